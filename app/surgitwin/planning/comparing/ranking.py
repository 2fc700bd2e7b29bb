"""Ranking of plans: pass or fail first, then one named metric, honest about what cannot be told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surgitwin.core.metric import VALIDITY_METRIC, MetricValue


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
    """One plan's standing.

    failed: metrics whose value misses its limit. undecided: metrics whose band crosses it. may_pass,
    may_fail: what is possible within the bands. value, band: of the ordering metric. reach: how many of
    the rising loads are valid and passed; reach_band: lowest and highest number within the bands.
    invalid_loads: loads outside the model's validity, where motion and stress are overestimates;
    ordered_invalid: the ordering load is one of them.
    """

    plan: str
    failed: tuple[str, ...]
    undecided: tuple[str, ...]
    may_pass: bool
    may_fail: bool
    value: float | None
    band: tuple[float, float] | None
    reach: int
    reach_band: tuple[int, int]
    failed_by_load: Mapping[str, Sequence[str]]
    invalid_loads: tuple[str, ...]
    ordered_invalid: bool


def score(plan: str, every: Sequence[MetricValue], by: RankBy, rising_loads: Sequence[str] = ()) -> Score:
    """Standing of one plan; of the parts that carry the ordering metric the largest value and band count.

    The validity metric is no limit of the plan: where it fails, a failing metric is an overestimate and
    may pass in truth, and the ordering metric may be anything below its value.
    """
    invalid = tuple(
        dict.fromkeys(m.load_case for m in every if m.id == VALIDITY_METRIC and m.passed is False)
    )
    metrics = [m for m in every if m.id != VALIDITY_METRIC]
    value, band = _ordering(metrics, by)

    def outcomes(m: MetricValue) -> frozenset[bool]:
        return m.outcomes | {True} if m.outcomes and m.load_case in invalid else m.outcomes

    def reach(verdict: Callable[[MetricValue], bool], valid_only: bool = True) -> int:
        passed = [
            not (valid_only and load in invalid)
            and not any(verdict(m) for m in metrics if m.load_case == load)
            for load in rising_loads
        ]
        return passed.index(False) if False in passed else len(passed)

    return Score(
        plan,
        failed=_ids(m for m in metrics if m.passed is False),
        undecided=_ids(m for m in metrics if len(outcomes(m)) == 2),
        may_pass=not any(outcomes(m) == {False} for m in metrics),
        may_fail=any(False in m.outcomes for m in metrics),
        value=value,
        band=band,
        reach=reach(lambda m: m.passed is False),
        reach_band=(reach(lambda m: False in m.outcomes), reach(lambda m: outcomes(m) == {False}, False)),
        failed_by_load={
            load: list(_ids(m for m in metrics if m.load_case == load and m.passed is False))
            for load in rising_loads
        },
        invalid_loads=invalid,
        ordered_invalid=by.load_case in invalid,
    )


def _ids(metrics: Iterable[MetricValue]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.id for m in metrics))


def _ordering(metrics: Sequence[MetricValue], by: RankBy) -> tuple[float | None, tuple[float, float] | None]:
    found = [m for m in metrics if (m.id, m.load_case) == (by.metric, by.load_case) and m.value is not None]
    rows = []
    for m in found:
        scale = m.threshold if by.relative and m.threshold else 1.0
        rows.append([x / scale for x in (m.value or 0.0, *(m.band or (m.value or 0.0, m.value or 0.0)))])
    if not rows:
        return None, None
    value, low, high = (max(column) for column in zip(*rows, strict=True))
    return value, (low, high)


def rank(
    metrics: Mapping[str, Sequence[MetricValue]], by: RankBy, rising_loads: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Contract rows `ranking`: rank, plan, passed, failed_metrics, by, tied_with.

    rising_loads: load cases from light to heavy; rows then say up to which one a plan meets every limit
    (`passes_up_to`; loads outside the model's validity do not count) and what fails in each
    (`failed_by_load`). Order: pass before fail, then the plan that passes up to the heavier load, then
    the ordering metric. Plans are tied, and neighbours share a rank, when nothing of this is decided
    outside their bands: limits that a band crosses (`undecided_metrics`) count either way. A plan
    without the ordering value comes last in its group.
    """
    scores = sorted(
        (score(plan, values, by, rising_loads) for plan, values in metrics.items()),
        key=order_key,
    )
    rows: list[dict[str, Any]] = []
    for n, mine in enumerate(scores):
        shared = n > 0 and tied(scores[n - 1], mine)
        rows.append(
            {
                "rank": rows[-1]["rank"] if shared else n + 1,
                "plan": mine.plan,
                "passed": not mine.failed,
                "failed_metrics": list(mine.failed),
                "undecided_metrics": list(mine.undecided),
                "by": by.text,
                "value": mine.value,
                "band": list(mine.band) if mine.band else None,
                "tied_with": [o.plan for o in scores if o is not mine and tied(o, mine)],
                "passes_up_to": rising_loads[mine.reach - 1] if mine.reach else None,
                "failed_by_load": dict(mine.failed_by_load),
                "invalid_loads": list(mine.invalid_loads),
            }
        )
    return rows


def order_key(one: Score) -> tuple[bool, int, bool, float, str]:
    """What plans are sorted by: pass before fail, reach, the ordering metric, at last the name."""
    return (bool(one.failed), -one.reach, one.value is None, one.value or 0.0, one.plan)


def tied(a: Score, b: Score) -> bool:
    """Whether pass or fail, reach and ordering metric all overlap within the bands."""
    if a.band is None or b.band is None:
        return False
    same_verdict = (a.may_pass and b.may_pass) or (a.may_fail and b.may_fail)
    if not same_verdict or not _overlap(a.reach_band, b.reach_band):
        return False
    # Where it is open which plan bears more, the ordering metric, which comes after it, decides nothing.
    reach_is_open = len({*a.reach_band, *b.reach_band}) > 1
    return reach_is_open or _overlap(_possible(a), _possible(b))


def _possible(one: Score) -> tuple[float, float]:
    """Where the ordering value may lie: anything below the band where it is an overestimate."""
    low, high = one.band or (0.0, 0.0)
    return (0.0, high) if one.ordered_invalid else (low, high)


def _overlap(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]
