"""What the flow box asks for, and what it shows of the answers; without a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surgitwin.mechanics.flow.vessel_demand import flow_table
from surgitwin.planning.case import Case
from surgitwin.planning.vessels.flow import BEFORE, flow_cases, stored_flow
from surgitwin.planning.vessels.flow_rows import reduced_row, solved_row
from surgitwin.report.data import Fact
from surgitwin.report.words import number

TABLE, FLOW, MASS = "table", "flow", "mass"


@dataclass(frozen=True)
class FlowWish:
    """vessel: a row of the table, None when it is not named. flow_mL_min or mass_g: entered, else None."""

    vessel: str | None = None
    flow_mL_min: float | None = None
    mass_g: float | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """As `flow_cases` and the step "flow" take them."""
        return {"vessel": self.vessel, "flow_mL_min": self.flow_mL_min, "mass_g": self.mass_g}

    @property
    def missing(self) -> str:
        """What the user should still say, "" when nothing."""
        rows = flow_table()["vessels"]
        if self.vessel is None:
            return "Say which vessel it is: until then it is taken by its width."
        entered = self.flow_mL_min is not None or self.mass_g is not None
        if rows[self.vessel]["hyperaemic"] and not entered:
            return "Enter the flow or the myocardium that it supplies: from the width alone it is a guess."
        return ""


def vessel_choices() -> tuple[tuple[str | None, str], ...]:
    """Key and words of every vessel of the table, "not named" first."""
    rows = flow_table()["vessels"]
    return (None, "Not named"), *((key, str(row["title"])) for key, row in rows.items())


@dataclass(frozen=True, eq=False)
class FlowSeen:
    """rows: of `reduced_row` and, where it was computed, `solved_row`. missing_3d: names not computed yet."""

    rows: tuple[Mapping[str, Any], ...]
    missing_3d: tuple[str, ...]


def read_flow(case: Case, plans: Sequence[str], wish: FlowWish) -> FlowSeen:
    """The 0D answers, and those in 3D that are stored; errors of `flow_cases`. For a worker."""
    rows, missing = [], []
    for one in flow_cases(case, plans, **wish.arguments):
        rows.append(reduced_row(one))
        fine = stored_flow(case, one)
        if fine is None:
            missing.append(one.name)
        else:
            rows.append(solved_row(one, fine, stored_flow(case, one, "coarse")))
    return FlowSeen(tuple(rows), tuple(missing))


def flow_facts(rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> tuple[Fact, ...]:
    """A line for every lumen and level: the ratio with its band, and below it drop, shear and words."""
    return tuple(_fact(row, titles) for row in rows)


def _fact(row: Mapping[str, Any], titles: Mapping[str, str]) -> Fact:
    name = "Before" if row["plan"] == BEFORE else titles.get(row["plan"], row["plan"])
    what = "Pd/Pa at rest" if row["ffr"] is None else "FFR"
    low, high = row["ratio_band"]
    first, last = row["drop_band_mmHg"]
    lines = [
        f"drop {number(row['drop_mmHg'])} mmHg ({number(first)} to {number(last)}) "
        f"at {number(row['flow_mL_min'])} mL/min"
    ]
    if row["ffr"] is not None:
        lines.append(row["ffr_words"])
    if row["wall_shear"] is not None:
        lines.append(
            f"wall shear {number(row['wall_shear']['p50_Pa'])} Pa, 99 % under "
            f"{number(row['wall_shear']['p99_Pa'])} Pa"
        )
    if row.get("mesh_difference_mmHg") is not None:
        lines.append(f"drop on the coarser mesh differs by {number(abs(row['mesh_difference_mmHg']))} mmHg")
    value = f"{what} {row['ratio']:.2f} ({low:.2f} to {high:.2f})"
    return Fact(f"{name}, {row['level']}", value, "\n".join(lines), verified=bool(row["verified"]))


def flow_notes(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What the numbers rest on, each said once; first where the flow comes from."""
    if not rows:
        return ()
    settings = flow_table()["settings"]
    out = [f"Flow: {rows[0]['basis']}. Not calibrated to the patient unless it was entered."]
    if rows[0]["ffr"] is None:
        out.append(rows[0]["ffr_words"])
    else:
        zone = f"{settings['grey_low']:.2f} to {settings['grey_high']:.2f}"
        out.append(f"Grey zone of FFR: {zone}. A band that reaches into it decides nothing.")
    return tuple(dict.fromkeys([*out, *(w for r in rows for w in r["warnings"])]))
