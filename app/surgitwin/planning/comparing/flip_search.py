"""The smallest change of one number, or of one limit, that alters the outcome of a ranking.

Exact for the ranking's rules: an outcome can only change where a number meets its limit or where two
ordering values meet, so only these places are tried, each with the ranking's own functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from surgitwin.core.metric import MetricValue
from surgitwin.planning.comparing.ranking import RankBy, Score, order_key, score

Table = Mapping[str, Sequence[MetricValue]]
"""Plan -> its metrics."""
Effect = Literal["order", "fails", "passes", "bears more", "bears less"]
Group = tuple[str, str, str]
"""(plan, metric id, load case); plan "" stands for the limit of all plans."""

PAST = 1e-6
"""Numerical setting: how far beyond the meeting point the outcome is looked at, as a share of the change."""


@dataclass(frozen=True)
class Flip:
    """One number moved alone until the outcome changes.

    effect: "order" (`plan` and `other` change places; `plan` is the one ahead afterwards), else what becomes
    of `plan`: it "fails" or "passes" all limits, or "bears more" or "bears less" weight within them.
    owner: plan whose metric moves, "" when the limit of every plan moves. part: the part that is nearest;
    all parts and stages of the metric move in proportion. value, target: before and after, in `unit`
    (of the limit when owner is ""). within_band: whether `target` lies in the band; None without a band.
    """

    effect: Effect
    plan: str
    other: str
    owner: str
    metric: str
    part: str
    load_case: str
    unit: str
    value: float
    target: float
    band: tuple[float, float] | None
    within_band: bool | None

    @property
    def change(self) -> float:
        """Target minus value."""
        return self.target - self.value

    @property
    def percent(self) -> float:
        """The change in per cent of the value."""
        return 100 * (self.target / self.value - 1)


def moved(table: Table, flip: Flip) -> dict[str, list[MetricValue]]:
    """`table` with the flip's number moved to its target (its band in proportion)."""
    return _scaled(table, (flip.owner, flip.metric, flip.load_case), flip.target / flip.value)


def every_flip(
    table: Table, scores: Mapping[str, Score], by: RankBy, rising: tuple[str, ...]
) -> Iterator[tuple[Flip, Group]]:
    """The nearest change of every kind, up and down, for every number and limit that has a say."""
    for group in _groups(table, by):
        for upward in (True, False):
            said: set[tuple[str, str, str]] = set()
            for factor, row in _meetings(table, scores, group, by, upward):
                after = dict(scores)
                changed = _scaled(table, group, factor)
                for plan in [group[0]] if group[0] else list(table):
                    after[plan] = score(plan, changed[plan], by, rising)
                for effect, plan, other in _effects(scores, after):
                    if (effect, plan, other) not in said:
                        said.add((effect, plan, other))
                        yield _flip((effect, plan, other), group, row, factor), group


def _groups(table: Table, by: RankBy) -> list[Group]:
    """Numbers with a limit and the ordering numbers, then the limits themselves (of every load)."""
    out: dict[Group, None] = {}
    limits: dict[Group, None] = {}
    for plan, metrics in table.items():
        for m in metrics:
            if m.value is None:
                continue
            limited = m.threshold is not None and bool(m.comparator)
            if limited or (m.id, m.load_case) == (by.metric, by.load_case):
                out[plan, m.id, m.load_case] = None
            if limited:
                limits["", m.id, ""] = None
    return [*out, *limits]


def _members(table: Table, group: Group) -> list[tuple[str, MetricValue]]:
    """(plan, metric) rows that move together."""
    plan, id_, load = group
    return [
        (name, m)
        for name, metrics in table.items()
        for m in metrics
        if m.id == id_ and m.value is not None and plan in ("", name) and (not plan or m.load_case == load)
    ]


def _meetings(
    table: Table, scores: Mapping[str, Score], group: Group, by: RankBy, upward: bool
) -> list[tuple[float, MetricValue]]:
    """(factor, row) just beyond every place where something can change, nearest first.

    Factors are of the value, of the limit for a group without a plan; only positive ones up or down.
    """
    found: list[tuple[float, MetricValue]] = []
    for _, m in _members(table, group):
        if m.threshold and m.comparator and m.value:
            found.append((m.threshold / m.value if group[0] else m.value / m.threshold, m))
    if group[0] and group[1:] == (by.metric, by.load_case):
        mine = scores[group[0]].value
        worst = max((m for _, m in _members(table, group)), key=lambda m: _share(m, by), default=None)
        if mine and worst is not None:
            found += [
                (s.value / mine, worst) for s in scores.values() if s.plan != group[0] and s.value is not None
            ]
    wanted = [(f, m) for f, m in found if f > 0 and (f >= 1 if upward else f <= 1)]
    return sorted(((_beyond(f, upward), m) for f, m in wanted), key=lambda x: abs(x[0] - 1))


def _beyond(factor: float, upward: bool) -> float:
    extra = max(abs(factor - 1) * PAST, 1e-12)
    return factor + extra if upward else factor - extra


def _share(m: MetricValue, by: RankBy) -> float:
    return (m.value or 0.0) / (m.threshold if by.relative and m.threshold else 1.0)


def _scaled(table: Table, group: Group, factor: float) -> dict[str, list[MetricValue]]:
    """The table with the group's values (and bands) times `factor`, or its limits for a group of no plan."""
    moving = {id(m) for _, m in _members(table, group)}

    def one(m: MetricValue) -> MetricValue:
        if id(m) not in moving or m.value is None:
            return m
        if not group[0]:
            return m if m.threshold is None else replace(m, threshold=m.threshold * factor)
        band = None if m.band is None else (m.band[0] * factor, m.band[1] * factor)
        return replace(m, value=m.value * factor, band=band)

    return {plan: [one(m) for m in metrics] for plan, metrics in table.items()}


def _effects(before: Mapping[str, Score], after: Mapping[str, Score]) -> list[tuple[Effect, str, str]]:
    """What changed: (effect, plan, other)."""
    out: list[tuple[Effect, str, str]] = []
    was = [s.plan for s in sorted(before.values(), key=order_key)]
    now = [s.plan for s in sorted(after.values(), key=order_key)]
    for n, first in enumerate(was):
        out += [("order", o, first) for o in was[n + 1 :] if now.index(o) < now.index(first)]
    for plan, old in before.items():
        new = after[plan]
        if bool(old.failed) != bool(new.failed):
            out.append(("fails" if new.failed else "passes", plan, ""))
        elif old.reach != new.reach:
            out.append(("bears more" if new.reach > old.reach else "bears less", plan, ""))
    return out


def _flip(what: tuple[Effect, str, str], group: Group, row: MetricValue, factor: float) -> Flip:
    assert row.value is not None
    owner, id_, load = group
    if not owner:
        assert row.threshold is not None
        value, band, within = row.threshold, None, None
    else:
        value, band = row.value, row.band
        within = None if band is None else band[0] <= value * factor <= band[1]
    return Flip(
        *what, owner, id_, row.part, load or row.load_case, row.unit, value, value * factor, band, within
    )
