"""What would flip the ranking: what separates neighbours, which changes alter it, what is not decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from surgitwin.core.metric import MetricValue
from surgitwin.planning.comparing.flip_search import Flip, Group, Table, every_flip
from surgitwin.planning.comparing.metric_json import metric_from_json
from surgitwin.planning.comparing.ranking import RankBy, Score, order_key, score, tied
from surgitwin.planning.comparing.step import RANK_BY, RISING_LOADS

Reason = Literal["limits", "load", "missing", "metric", "equal"]


@dataclass(frozen=True)
class Decision:
    """Two neighbours of the ranking and what separates them; distinguishable: outside their bands.

    "limits": one meets every limit; "load": one bears a heavier load; "missing": one has no ordering value;
    "metric": the ordering metric; "equal": nothing.
    """

    ahead: Score
    behind: Score
    reason: Reason
    distinguishable: bool


@dataclass(frozen=True)
class Flips:
    """by: the ordering metric. decisions: neighbour by neighbour. order, outcome: the flips, nearest first.
    undecided: plan -> (metric id, load case) whose band crosses its limit."""

    by: RankBy
    rising_loads: tuple[str, ...]
    decisions: tuple[Decision, ...]
    order: tuple[Flip, ...]
    outcome: tuple[Flip, ...]
    undecided: Mapping[str, tuple[tuple[str, str], ...]]


def find_flips(
    compare: Mapping[str, Any], by: RankBy = RANK_BY, rising_loads: Sequence[str] = RISING_LOADS
) -> Flips:
    """Flips of `compare` (the object of ``compare.json``).

    As in the ranking, plans that are out of date and further healing stages are left out.
    """
    return flips_of(ranked_metrics(compare), by, rising_loads)


def ranked_metrics(compare: Mapping[str, Any]) -> dict[str, list[MetricValue]]:
    """Plan -> the metrics that the ranking counts: current ones, at the plan's own healing stage."""
    out = {}
    for plan in compare["plans"]:
        if not plan.get("stale"):
            own = plan.get("healing")
            counted = [m for m in plan["metrics"] if own is None or m["healing"] in (own, "")]
            out[str(plan["name"])] = [metric_from_json(dict(m)) for m in counted]
    return out


def flips_of(table: Table, by: RankBy, rising_loads: Sequence[str] = ()) -> Flips:
    """The same from metrics by plan."""
    rising = tuple(rising_loads)
    scores = {plan: score(plan, metrics, by, rising) for plan, metrics in table.items()}
    ranked = sorted(scores.values(), key=order_key)
    pairs = list(pairwise(ranked))
    found: dict[tuple[str, str, str, Group], Flip] = {}
    for flip, group in every_flip(table, scores, by, rising):
        key = (flip.effect, flip.plan, flip.other, group)
        if key not in found or abs(flip.percent) < abs(found[key].percent):
            found[key] = flip
    nearest = sorted(found.values(), key=lambda f: abs(f.percent))
    return Flips(
        by,
        rising,
        tuple(Decision(a, b, _reason(a, b), not tied(a, b)) for a, b in pairs),
        tuple(f for f in nearest if f.effect == "order"),
        tuple(f for f in nearest if f.effect != "order"),
        {plan: _crossing(metrics) for plan, metrics in table.items() if _crossing(metrics)},
    )


def _crossing(metrics: Sequence[MetricValue]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((m.id, m.load_case) for m in metrics if len(m.outcomes) == 2))


def _reason(ahead: Score, behind: Score) -> Reason:
    one, two = order_key(ahead), order_key(behind)
    names: tuple[Reason, ...] = ("limits", "load", "missing", "metric")
    return next((name for name, x, y in zip(names, one, two, strict=False) if x != y), "equal")
