"""The table of a comparison: rows at one healing stage and load, the best number of a row, what is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from surgitwin.report.summary import Metric, rows

Merit = Literal["best", "open", ""]
"""best: better than every other outside the bands; open: not distinguishable from the best."""


@dataclass(frozen=True)
class TableRow:
    """One metric and part under one load, over all plans in their order; merits: one per cell."""

    id: str
    part: str
    load_case: str
    cells: tuple[Metric | None, ...]
    merits: tuple[Merit, ...]


def table_rows(compare: Mapping[str, Any], stage: str = "") -> tuple[TableRow, ...]:
    """Rows at a healing stage ("" for each plan's own), in the order of the report."""
    shown = {**compare, "plans": [_at(p, stage) for p in compare["plans"]]}
    stale = [bool(p.get("stale")) for p in compare["plans"]]
    return tuple(TableRow(r.id, r.part, r.load_case, r.cells, merits(r.cells, stale)) for r in rows(shown))


def _at(plan: Mapping[str, Any], stage: str) -> dict[str, Any]:
    """The plan with the metrics of one stage, their stage left out so that rows meet."""
    wanted = stage or plan.get("healing") or ""
    kept = [m for m in plan["metrics"] if not wanted or m["healing"] in (wanted, "")]
    return {**plan, "metrics": [{**m, "healing": ""} for m in kept] if wanted else kept}


def merits(cells: tuple[Metric | None, ...], stale: list[bool]) -> tuple[Merit, ...]:
    """Which cell is best, by its limit's direction: without a limit no number is better than another.

    Numbers that are out of date or outside the model do not take part.
    """
    part = {
        n: c
        for n, c in enumerate(cells)
        if c is not None
        and c["value"] is not None
        and c["comparator"]
        and not stale[n]
        and not c.get("outside_model")
    }
    out: list[Merit] = [""] * len(cells)
    if len(part) < 2:
        return tuple(out)
    lower = next(iter(part.values()))["comparator"] in ("<", "<=")
    ends = {n: _ends(c, lower) for n, c in part.items()}
    best = min(ends, key=lambda n: ends[n][0])
    worst_of_best = ends[best][2]
    rivals = [n for n in ends if n != best and ends[n][1] <= worst_of_best]
    for n in rivals:
        out[n] = "open"
    out[best] = "open" if rivals else "best"
    return tuple(out)


def _ends(cell: Metric, lower: bool) -> tuple[float, float, float]:
    """Value, best and worst end of the band, as shares of the limit where there is one; less is better."""
    band = cell.get("band") or (cell["value"], cell["value"])
    scale = 1.0 / abs(cell["threshold"]) if cell["threshold"] else 1.0
    sign = scale if lower else -scale
    ends = sorted(sign * b for b in band)
    return sign * cell["value"], ends[0], ends[1]
