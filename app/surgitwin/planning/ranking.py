"""Ranking of plans: pass or fail first, then one named metric, honest about what cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from surgitwin.core.metric import MetricValue


@dataclass(frozen=True)
class RankBy:
    """The metric that orders plans of equal pass/fail: lower is better.

    relative: divide by the metric's threshold, so that implants of different metals compare.
    """

    metric: str
    load_case: str
    relative: bool = True

    @property
    def text(self) -> str:
        """For the table's head."""
        share = " relative to its limit" if self.relative else ""
        return f"{self.metric} ({self.load_case}){share}, lower is better"


@dataclass(frozen=True)
class Score:
    """One plan's standing: failed thresholds, the ordering value with its band, how many rising
    loads are passed."""

    plan: str
    failed: tuple[str, ...]
    value: float | None
    band: tuple[float, float] | None
    reach: int = 0


def score(plan: str, metrics: Sequence[MetricValue], by: RankBy) -> Score:
    """The worst (largest) value over the parts that carry the metric decides."""
    failed = tuple(dict.fromkeys(m.id for m in metrics if m.passed is False))
    best: Score = Score(plan, failed, None, None)
    for m in metrics:
        if m.id != by.metric or m.load_case != by.load_case or m.value is None:
            continue
        scale = m.threshold if by.relative and m.threshold else 1.0
        value = m.value / scale
        if best.value is None or value > best.value:
            low, high = m.band or (m.value, m.value)
            best = Score(plan, failed, value, (low / scale, high / scale))
    return best


def failures_by_load(metrics: Sequence[MetricValue], loads: Sequence[str]) -> dict[str, list[str]]:
    """Load case -> ids of the metrics that fail in it, in the order of `loads`."""
    return {
        load: list(dict.fromkeys(m.id for m in metrics if m.load_case == load and m.passed is False))
        for load in loads
    }


def passes_up_to(failed: Mapping[str, Sequence[str]]) -> str | None:
    """The heaviest of the rising loads up to which nothing fails; None when the lightest fails already."""
    best = None
    for load, ids in failed.items():
        if ids:
            break
        best = load
    return best


def rank(
    metrics: Mapping[str, Sequence[MetricValue]], by: RankBy, rising_loads: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Contract rows `ranking`: rank, plan, passed, failed_metrics, by, tied_with.

    rising_loads: load cases from light to heavy; rows then say up to which one a plan meets every limit
    (`passes_up_to`) and what fails in each (`failed_by_load`). Order: pass before fail, then the plan
    that passes up to the heavier load, then the ordering metric. Plans are tied when pass, fail and
    heaviest passed load agree and their bands of the ordering metric overlap; tied neighbours share a
    rank. A plan without the ordering value comes last within its group.
    """
    failing = {plan: failures_by_load(values, rising_loads) for plan, values in metrics.items()}
    reach = {plan: _reach(failed, rising_loads) for plan, failed in failing.items()}
    scores = sorted(
        (replace(score(plan, values, by), reach=reach[plan]) for plan, values in metrics.items()),
        key=lambda s: (bool(s.failed), -s.reach, s.value is None, s.value or 0.0, s.plan),
    )
    rows: list[dict[str, Any]] = []
    for n, mine in enumerate(scores):
        shared = n > 0 and _tied(scores[n - 1], mine)
        rows.append(
            {
                "rank": rows[-1]["rank"] if shared else n + 1,
                "plan": mine.plan,
                "passed": not mine.failed,
                "failed_metrics": list(mine.failed),
                "by": by.text,
                "value": mine.value,
                "band": list(mine.band) if mine.band else None,
                "tied_with": [o.plan for o in scores if o is not mine and _tied(o, mine)],
                "passes_up_to": passes_up_to(failing[mine.plan]),
                "failed_by_load": failing[mine.plan],
            }
        )
    return rows


def _reach(failed: Mapping[str, Sequence[str]], loads: Sequence[str]) -> int:
    """How many of the rising loads are passed."""
    best = passes_up_to(failed)
    return 0 if best is None else list(loads).index(best) + 1


def _tied(a: Score, b: Score) -> bool:
    if (bool(a.failed), a.reach) != (bool(b.failed), b.reach) or a.band is None or b.band is None:
        return False
    return a.band[0] <= b.band[1] and b.band[0] <= a.band[1]
