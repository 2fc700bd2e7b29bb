"""How firm a ranking is: the plans ranked anew in every sample that all of them have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from surgitwin.core.metric import MetricValue
from surgitwin.planning.comparing.ranking import RankBy, order_key, score
from surgitwin.planning.uncertainty.statistics import proportion

Sample = Sequence[Sequence[Any]]
"""Metrics of one plan in one sample: [id, part, load case, healing, value, threshold, comparator] each."""


def robustness(
    samples: Mapping[str, Sequence[Sample | None]],
    by: RankBy,
    rising_loads: Sequence[str],
    confidence: float,
) -> dict[str, Any] | None:
    """How often each plan is first, and how often it stands before each other one.

    samples: plan -> its samples, in one order (the same draws), None where one failed. Plans that share a
    place share the count. None with fewer than two plans or without a common sample.
    """
    names = list(samples)
    common = [k for k, row in enumerate(zip(*samples.values(), strict=True)) if None not in row]
    if len(names) < 2 or not common:
        return None
    keys = [[_standing(n, samples[n][k] or (), by, rising_loads) for n in names] for k in common]
    first = dict.fromkeys(names, 0.0)
    for row in keys:
        best = [n for n, key in zip(names, row, strict=True) if key == min(row)]
        for n in best:
            first[n] += 1 / len(best)
    ahead = {
        a: {
            b: sum((row[i] < row[j]) + (row[i] == row[j]) / 2 for row in keys)
            for j, b in enumerate(names)
            if j != i
        }
        for i, a in enumerate(names)
    }
    count = len(common)
    return {
        "samples": count,
        "by": by.text,
        "first": {n: _share(x, count, confidence) for n, x in first.items()},
        "ahead": {a: {b: _share(x, count, confidence) for b, x in row.items()} for a, row in ahead.items()},
    }


def _share(hits: float, count: int, confidence: float) -> dict[str, Any]:
    value, (low, high) = proportion(hits, count, confidence)
    return {"share": value, "low": low, "high": high}


def _standing(plan: str, sample: Sample, by: RankBy, rising_loads: Sequence[str]) -> tuple[Any, ...]:
    """What the plan is ranked by in this sample, without its name."""
    return order_key(score(plan, [metric(row) for row in sample], by, rising_loads))[:-1]


def metric(row: Sequence[Any]) -> MetricValue:
    """A sample's row as the ranking takes it."""
    id_, part, load_case, healing, value, threshold, comparator = row
    return MetricValue(
        id_, part, load_case, healing, value, "1", threshold=threshold, comparator=comparator,
        reason=None if value is not None else "not given in this sample",
    )  # fmt: skip
