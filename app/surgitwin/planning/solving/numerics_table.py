"""Numerical checks of many results in one table, the same for the text, the report and the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surgitwin.mechanics.numerical_check import Check, not_met
from surgitwin.planning.case import Case
from surgitwin.planning.solving.numerics import checks, worst
from surgitwin.planning.solving.results import INTACT, read_run, result_entry, result_state
from surgitwin.planning.titles import short_title
from surgitwin.planning.uncertainty.findings import read_mesh_study

MARKS = {"ok": "✔", "bad": "✖", "note": ""}
TITLE = "Numerical quality"
NOTE = (
    "The worst value over a plan's loads. ✔ within its limit, ✖ over it; without a limit it informs and is "
    "not judged. These numbers tell how well the equations were solved, not how well they describe the "
    "patient."
)

ERROR_WORDS = (
    "Estimated mesh error: energy norm of the difference between the stress of the cells and its average at "
    "the nodes, by part and material (Zienkiewicz and Zhu 1987); stiffness that varies within bone counts as "
    "well. GCI: grid convergence index of three meshes, safety factor 1.25."
)


@dataclass(frozen=True)
class Checked:
    """The checks of one result: title of the plan, load -> checks."""

    name: str
    title: str
    loads: Mapping[str, tuple[Check, ...]]

    @property
    def worst(self) -> tuple[Check, ...]:
        """Every check once, at its worst load."""
        return tuple(worst(same) for same in zip(*self.loads.values(), strict=True))

    @property
    def not_met(self) -> list[tuple[str, Check]]:
        """Load and check of what is over its limit."""
        return [(load, c) for load, found in self.loads.items() for c in not_met(found)]


def run_checks(case: Case, run: Mapping[str, Any]) -> dict[str, tuple[Check, ...]]:
    """Load -> checks of a run record."""
    study = read_mesh_study(case, run["input_hash"])
    return {row["load_case"]: tuple(checks(row, run["metrics"], study)) for row in run["rows"]}


def case_checks(case: Case) -> list[Checked]:
    """Of the intact bone and every plan that have a result at their own stage, marked when out of date."""
    titles = {INTACT: "Intact bone", **{p.name: short_title(p) for p in case.plans().values()}}
    out = []
    for name, title in titles.items():
        entry = result_entry(case, name)
        run = None if entry is None else read_run(case, entry["input_hash"])
        if run is not None and run["rows"]:
            old = " (out of date)" if result_state(case, name) != "current" else ""
            out.append(Checked(name, title + old, run_checks(case, run)))
    return out


def number(check: Check) -> str:
    """The value with its unit; "-" without one."""
    if check.value is None:
        return "no study" if check.id == "mesh_study" else "-"
    if check.id in ("discretisation", "mesh_study", "pressure_oscillation"):
        return f"{100 * check.value:.2g} %"
    size = (
        f"{check.value:.2g}" if 1e-3 <= abs(check.value) < 1e4 or check.value == 0 else f"{check.value:.1e}"
    )
    return size if check.unit == "1" else f"{size} {check.unit}"


def limit(check: Check) -> str:
    """The limit with its sign; "none" without one."""
    if check.limit is None:
        return "none"
    unit = "" if check.unit == "1" else f" {check.unit}"
    return f"{'at least' if check.least else 'at most'} {check.limit:g}{unit}"


def head(found: Sequence[Checked]) -> tuple[str, ...]:
    """Titles of the columns."""
    return ("Check", "Limit", *(c.title for c in found))


def rows(found: Sequence[Checked]) -> list[tuple[str, ...]]:
    """One row a check: title, limit, worst value of every plan with its mark."""
    if not found:
        return []
    columns = [c.worst for c in found]
    return [
        (same[0].title, limit(_limited(same)), *(f"{MARKS[c.verdict]} {number(c)}".strip() for c in same))
        for same in zip(*columns, strict=True)
    ]


def _limited(same: Sequence[Check]) -> Check:
    """The one that says the limit: contact has one only where surfaces are in contact."""
    return next((c for c in same if c.limit is not None), same[0])


def words(found: Sequence[Checked]) -> str:
    """One line: "Numerical checks: all met", or what is not; "" without results."""
    if not found:
        return ""
    bad = [f"{c.title}: {x.title.lower()} ({number(x)}, {limit(x)})" for c in found for x in not_met(c.worst)]
    old = [c.title for c in found if any(x.value is None and "solve again" in x.words for x in c.worst)]
    end = f" Not recorded in full for {', '.join(old)}: simulate again." if old else ""
    if not bad:
        return f"Numerical checks: all met.{end}"
    return f"Numerical checks: not met by {'; '.join(bad)}.{end}"
