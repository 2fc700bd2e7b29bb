"""The numbers of a chart, picked from a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surgitwin.report.summary import load_order, marked_metrics, rising_loads

Metric = Mapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """One plan's number in a chart. limit: the threshold, None without one. judged: False where the model is
    not valid (an overestimate); stale: the result is out of date."""

    plan: str
    value: float
    low: float
    high: float
    unit: str
    limit: float | None
    comparator: str
    judged: bool
    stale: bool

    def share(self, value: float) -> float:
        """`value` in per cent of the limit."""
        return 100 * value / self.limit if self.limit else float("nan")


def at_stage(plan: Mapping[str, Any], stage: str = "") -> list[Metric]:
    """Metrics of one plan at a healing stage ("" for the plan's own), marked where the model is not valid."""
    wanted = stage or plan.get("healing") or ""
    here = [m for m in plan["metrics"] if not wanted or m["healing"] in (wanted, "")]
    return marked_metrics({**plan, "metrics": here})


def heaviest_load(compare: Mapping[str, Any]) -> str:
    """The last of the loads that the ranking walks through, "" without loads."""
    loads = rising_loads(compare) or load_order(compare)
    return loads[-1] if loads else ""


def marks(compare: Mapping[str, Any], metric: str, load: str, stage: str = "") -> list[Mark]:
    """One mark per plan that has the number: of its parts the one that uses most of its limit."""
    found = []
    for plan in compare["plans"]:
        here = [
            m
            for m in at_stage(plan, stage)
            if m["id"] == metric and m["load_case"] == load and m["value"] is not None
        ]
        if here:
            found.append(_mark(plan, max(here, key=_use)))
    return found


def _use(metric: Metric) -> float:
    return float(metric["value"] / (metric["threshold"] or 1.0))


def _mark(plan: Mapping[str, Any], metric: Metric) -> Mark:
    low, high = metric.get("band") or (metric["value"], metric["value"])
    return Mark(
        plan["name"],
        metric["value"],
        low,
        high,
        metric["unit"],
        metric["threshold"] if metric["comparator"] else None,
        metric["comparator"],
        not metric.get("outside_model", False),
        bool(plan.get("stale")),
    )


def loads_of(compare: Mapping[str, Any], metric: str) -> tuple[str, ...]:
    """Load cases that have the metric, in the order of `load_order`."""
    having = {m["load_case"] for p in compare["plans"] for m in p["metrics"] if m["id"] == metric}
    return tuple(x for x in load_order(compare) if x in having)


def stages_of(compare: Mapping[str, Any]) -> tuple[str, ...]:
    """Healing stages of all plans, each once: every plan's own first, as compared."""
    said: Sequence[str] = [s for p in compare["plans"] for s in p.get("healing_stages") or ()]
    return tuple(dict.fromkeys(said))
