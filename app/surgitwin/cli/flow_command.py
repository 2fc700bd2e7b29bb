"""flow: pressure drop, FFR and wall shear stress of an artery before and after its plans."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.output import Output, progress, speaks, table


@click.command()
@click.argument("case", type=CASE)
@click.option("--plan", "plans", multiple=True, help="Also after this plan (may be repeated).")
@click.option("--3d", "solved", is_flag=True, help="Also in 3D (minutes); kept in the case.")
@click.option("--mass", "mass_g", type=float, metavar="G", help="Myocardium that the vessel supplies, g.")
@click.option("--flow", "flow_mL_min", type=float, metavar="ML_MIN", help="Flow at rest, mL/min.")
@click.option("--vessel", help="Row of the table of flows: coronary, common_carotid, external_iliac ...")
@speaks
def flow(
    case: Path,
    plans: tuple[str, ...],
    solved: bool,
    mass_g: float | None,
    flow_mL_min: float | None,
    vessel: str | None,
) -> Output:
    """Pressure along an artery, FFR and wall shear stress: at once (0D), and in 3D on request."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.vessels.flow import flow_cases, solve_flow_3d, stored_flow
    from surgitwin.planning.vessels.flow_rows import reduced_row, solved_row

    opened = Case.open(case)
    told, rows = progress(), []
    found = flow_cases(opened, plans, flow_mL_min=flow_mL_min, mass_g=mass_g, vessel=vessel)
    for k, one in enumerate(found):
        rows.append(reduced_row(one))
        if solved:
            fine = solve_flow_3d(opened, one, told.part(k / len(found), (k + 1) / len(found)))
            rows.append(solved_row(one, fine, stored_flow(opened, one, "coarse")))
    return Output({"flows": rows}, _text(rows))


def _text(rows: list[dict[str, Any]]) -> str:
    lines = [
        [
            r["plan"], r["level"], r["state"], f"{r['flow_mL_min']:.0f}",
            f"{r['drop_mmHg']:.1f} ({r['drop_band_mmHg'][0]:.1f} to {r['drop_band_mmHg'][1]:.1f})",
            f"{r['ratio']:.2f} ({r['ratio_band'][0]:.2f} to {r['ratio_band'][1]:.2f})", _shear(r),
        ]
        for r in rows
    ]  # fmt: skip
    head = ["lumen", "level", "state", "mL/min", "drop mmHg (band)", "Pd/Pa (band)", "wall shear Pa"]
    notes = [f"{r['plan']} {r['level']}: {r['ffr_words']}." for r in rows if r["ffr"] is not None]
    said = dict.fromkeys(w for r in rows for w in r["warnings"])
    return "\n".join(
        [table(lines, head), f"Flow: {rows[0]['basis']}.", *notes, *(f"Note: {w}" for w in said)]
    )


def _shear(row: Mapping[str, Any]) -> str:
    """Median and 99th percentile of the wall shear stress."""
    shear = row["wall_shear"]
    return "" if shear is None else f"{shear['p50_Pa']:.1f}, 99 %: {shear['p99_Pa']:.1f}"
