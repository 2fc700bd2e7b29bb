"""Ranking of plans: pass or fail first, then one named metric, honest about what cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """One plan's standing: failed thresholds, and the ordering value with its band."""

    plan: str
    failed: tuple[str, ...]
    value: float | None
    band: tuple[float, float] | None


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


def rank(metrics: Mapping[str, Sequence[MetricValue]], by: RankBy) -> list[dict[str, Any]]:
    """Contract rows `ranking`: rank, plan, passed, failed_metrics, by, tied_with.

    Plans are tied when both pass or both fail and their bands of the ordering metric overlap; tied
    neighbours share a rank. A plan without the ordering value comes last within its group.
    """
    scores = sorted(
        (score(plan, values, by) for plan, values in metrics.items()),
        key=lambda s: (bool(s.failed), s.value is None, s.value if s.value is not None else 0.0, s.plan),
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
            }
        )
    return rows


def _tied(a: Score, b: Score) -> bool:
    if bool(a.failed) != bool(b.failed) or a.band is None or b.band is None:
        return False
    return a.band[0] <= b.band[1] and b.band[0] <= a.band[1]
