"""open, doctor, demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.output import Output, progress, speaks, table
from surgitwin.core.errors import UsageError
from surgitwin.core.progress import Progress


@click.command("open")
@click.argument("case", type=CASE, required=False)
@speaks
def open_case(case: Path | None) -> Output:
    """Open CASE in the window; without CASE the window begins with Import."""
    from surgitwin.planning.case import Case

    if case is None:
        return Output({"case": None}, "Closed the window.", _show(None))
    Case.open(case)
    return Output({"case": str(case)}, f"Closed {case}.", _show(case))


def _show(case: Path | None, before: Callable[[Progress], object] | None = None) -> int:
    """Run the window on `case`, made by `before`, until it is closed (UsageError "usage.no_screen")."""
    from surgitwin.planning.doctor import has_screen

    if not has_screen():
        raise UsageError(
            "usage.no_screen",
            "There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set).",
            hint="Use `surgitwin report CASE --out FILE.html`, or run under a desktop or Xvfb.",
        )
    from surgitwin.viewer.app import run

    return int(run(case, before))


@click.command()
@speaks
def doctor() -> Output:
    """Check that this computer has all that the program needs."""
    from surgitwin.planning.doctor import run_checks

    checks = run_checks()
    rows = [
        ["ok" if c.ok else ("missing (optional)" if c.optional else "FAIL"), c.name, c.detail, c.hint]
        for c in checks
    ]
    failed = any(not c.ok and not c.optional for c in checks)
    return Output(
        {"checks": [asdict(c) for c in checks]},
        table(rows, ["state", "check", "found", "next step"]),
        5 if failed else 0,
    )


@click.command()
@click.argument("name", type=click.Choice(["femur", "tavi", "stent"]))
@click.option("--headless", is_flag=True, help="Compute and report, open no window.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True)
@click.option("--size", type=float, default=None, help="Mesh size in mm (femur).")
@click.option("--cores", type=click.IntRange(1), default=None)
@speaks
def demo(name: str, headless: bool, out: Path, size: float | None, cores: int | None) -> Output:
    """Run the sample case from DICOM to the compared plans; writes compare.json, report.html, pictures."""
    from surgitwin.planning.demo import demo_in_process, run_demo

    if not headless:
        case = out / f"{name}.twin"
        before = partial(demo_in_process, name, out, size_mm=size, cores=cores)
        code = _show(case, lambda progress: before(progress=progress))
        files = {"compare": str(out / "compare.json"), "report": str(out / "report.html")}
        pictures = sorted(str(p) for p in (out / "pictures").glob("*.png"))
        return Output({**files, "pictures": pictures, "case": str(case)}, f"Closed {case}.", code)
    made = run_demo(name, out, size_mm=size, cores=cores, progress=progress())
    data = {
        "compare": str(made.compare),
        "report": str(made.report),
        "pictures": [str(p) for p in made.pictures],
    }
    text = f"Report: {made.report}\nComparison: {made.compare}\nCase: {made.case}"
    return Output({**data, "case": str(made.case)}, text)
