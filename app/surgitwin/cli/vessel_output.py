"""What segment and solve print for vessel cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from surgitwin.cli.output import Output, progress, table

if TYPE_CHECKING:
    from surgitwin.planning.case import Case


def segment_vessel_command(path: Path, preset: str, pairs: dict[str, str]) -> Output:
    """Segment and measure a vessel from two points."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.vessels.anatomy_facts import anatomy_rows, anatomy_summary
    from surgitwin.planning.vessels.segment_step import parse_clicks, segment_vessel

    clicks = parse_clicks(preset, pairs)
    opened = Case.open(path)
    with opened.folder.locked():
        done = segment_vessel(opened, preset, clicks or None, progress())
    segments = done.state["labels"]["segments"]
    rows = [[s["name"], str(s["voxels"]), f"{s['volume_ml']:.1f}"] for s in segments]
    summary = anatomy_summary(done)
    lines = [
        table(rows, ["segment", "voxels", "ml"]),
        "",
        table([[r.name, r.value, r.source] for r in anatomy_rows(done)], ["measure", "value", "remark"]),
        *(f"Note: {n['message']}" for n in summary["notices"]),
    ]
    return Output({"segments": segments, "side": "none", "anatomy": summary}, "\n".join(lines))


def solve_vessel_command(
    case: Case, plans: tuple[str, ...], level: str, size: float, cores: int | None
) -> Output:
    """Deploy the devices of plans."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.vessels.results import failure_of, stale_warnings
    from surgitwin.planning.vessels.solve import solve_vessel

    with case.folder.locked():
        runs = solve_vessel(case, plans or None, level, size=size, cores=cores, progress=progress())
    after = Case.open(case.folder.path)
    failures = {n: f for n in after.plans() if (f := failure_of(after, n)) is not None}
    warnings = stale_warnings(after) + [f"Plan {n}: {f['message']} {f['hint']}" for n, f in failures.items()]
    rows = [
        [
            r["plan"],
            r["level"],
            str(r["dofs"]),
            str(r["iterations"]),
            _number(r["force_N"], "{:.1f}"),
            _number(r["balance"], "{:.1e}"),
            _number(r["wall_s"]["total"], "{:.1f}"),
            "yes" if r["cached"] else "no",
        ]
        for r in runs
    ]
    head = ["plan", "level", "unknowns", "iterations", "radial force N", "balance", "s", "cached"]
    text = table(rows, head) if rows else "L0 is geometry: nothing is solved. See `surgitwin compare`."
    return Output({"runs": runs, "warnings": warnings}, "\n".join([text, *(f"Note: {w}" for w in warnings)]))


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)
