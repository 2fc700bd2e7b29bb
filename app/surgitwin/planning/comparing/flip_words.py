"""What would flip the ranking, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from surgitwin.planning.comparing.flip import Decision, Flips
from surgitwin.planning.comparing.flip_search import Flip
from surgitwin.planning.comparing.ranking import Score
from surgitwin.report.words import figures, name_text, number, uncapital, unit_text

Names = Mapping[str, str]
SHOWN = 3
"""Flips of the order, and of every plan's outcome, that are told (the nearest; display only)."""


def flip_words(flips: Flips, names: Names, plans: Names) -> tuple[str, ...]:
    """All sentences: what decides, what would change the order, what would change an outcome, what is open.

    names: machine names to words (metrics, loads, parts); plans: plan name to title.
    """
    return (
        *decision_words(flips, names, plans),
        *order_words(flips, names, plans),
        *outcome_words(flips, names, plans),
        *open_words(flips, names, plans),
    )


def decision_words(flips: Flips, names: Names, plans: Names) -> tuple[str, ...]:
    """Neighbour by neighbour: what separates them."""
    if not flips.decisions:
        return ("Fewer than two plans have results that are up to date: there is no order to flip.",)
    return tuple(_decision(d, flips, names, plans) for d in flips.decisions)


def order_words(flips: Flips, names: Names, plans: Names) -> tuple[str, ...]:
    """The nearest changes that put two plans in the other order."""
    if not flips.decisions:
        return ()
    if not flips.order:
        return ("No single number and no limit, changed alone, would change the order.",)
    return tuple(flip_sentence(f, names, plans) for f in flips.order[:SHOWN])


def outcome_words(flips: Flips, names: Names, plans: Names) -> tuple[str, ...]:
    """For every plan the nearest changes of pass or fail, and of the load that it bears."""
    found = dict.fromkeys(f.plan for f in flips.outcome)
    near = [f for plan in found for f in [x for x in flips.outcome if x.plan == plan][:SHOWN]]
    return tuple(flip_sentence(f, names, plans) for f in near)


def open_words(flips: Flips, names: Names, plans: Names) -> tuple[str, ...]:
    """The limits that lie within a band: pass or fail is not decided there."""
    out = []
    for plan, crossing in flips.undecided.items():
        said = "; ".join(_under(id_, load, names) for id_, load in crossing)
        out.append(f"{_called(plan, plans)}: not decided, because the limit lies within the band: {said}.")
    return tuple(out)


def flip_sentence(flip: Flip, names: Names, plans: Names) -> str:
    """One flip: what would happen, what has to change and by how much, and whether its band allows it."""
    if flip.owner == flip.plan:
        whose = "its own " if flip.effect == "order" else "its "
    else:
        whose = f"{_called(flip.owner, plans)}'s " if flip.owner else ""
    number_ = f"{whose}{_under(flip.metric, flip.load_case, names)}"
    if not flip.owner:
        number_ = f"the limit (for all plans) of {uncapital(name_text(flip.metric, names))}"
    return f"{_effect(flip, plans)} if {number_} were {_change(flip)}. {_band(flip)}".strip()


def _effect(flip: Flip, plans: Names) -> str:
    who = _called(flip.plan, plans)
    return {
        "order": f"{who} would rank before {_called(flip.other, plans)}",
        "fails": f"{who} would no longer meet every limit",
        "passes": f"{who} would meet every limit",
        "bears more": f"{who} would meet its limits up to a heavier load",
        "bears less": f"{who} would meet its limits only up to a lighter load",
    }[flip.effect]


def _change(flip: Flip) -> str:
    """ "12 % lower: 283 MPa in place of 321 MPa (a change of 38 MPa)"."""
    unit = unit_text(flip.unit)
    way = "higher" if flip.change > 0 else "lower"
    size = _percent(abs(flip.percent))
    ends = f"{figures(flip.target, flip.unit)}{unit} in place of {figures(flip.value, flip.unit)}{unit}"
    return f"{size} {way}: {ends} (a change of {figures(abs(flip.change), flip.unit)}{unit})"


def _percent(value: float) -> str:
    if value < 0.1:
        return "under 0.1\u202f%"
    return f"{number(value)}\u202f%" if value >= 1 else f"{value:.1f}\u202f%"


def _band(flip: Flip) -> str:
    if not flip.owner:
        return ""
    if flip.band is None:
        return "It has no band."
    ends = f"{figures(flip.band[0], flip.unit)} to {figures(flip.band[1], flip.unit)}{unit_text(flip.unit)}"
    if flip.within_band:
        return f"This lies within its band ({ends}), so it is not decided."
    return f"This lies outside its band ({ends})."


def _decision(decision: Decision, flips: Flips, names: Names, plans: Names) -> str:
    a, b = (_called(s.plan, plans) for s in (decision.ahead, decision.behind))
    why = {
        "limits": f"{a} meets every limit, {b} does not",
        "load": f"{a} meets its limits {_reach(decision.ahead, flips, names)}, "
        f"{b} {_reach(decision.behind, flips, names)}",
        "missing": f"{b} has no value of {_under(flips.by.metric, flips.by.load_case, names)}",
        "metric": f"by {_under(flips.by.metric, flips.by.load_case, names)}: "
        f"{_share(decision.ahead.value, flips)} for {a}, {_share(decision.behind.value, flips)} for {b}",
        "equal": "both have the same numbers",
    }[decision.reason]
    if decision.distinguishable:
        return f"{a} ranks before {b}: {why}."
    return f"{a} and {b} are not distinguishable within their bands ({why})."


def _reach(one: Score, flips: Flips, names: Names) -> str:
    if not one.reach:
        return "under no load" + (" that this model can judge" if one.invalid_loads else "")
    return f"up to {uncapital(name_text(flips.rising_loads[one.reach - 1], names))}"


def _share(value: float | None, flips: Flips) -> str:
    if value is None:
        return "no value"
    return f"{number(100 * value)}\u202f% of the limit" if flips.by.relative else number(value)


def _under(id_: str, load: str, names: Names) -> str:
    return f"{uncapital(name_text(id_, names))} under {uncapital(name_text(load, names))}"


def _called(plan: str, plans: Names) -> str:
    return plans.get(plan) or name_text(plan).capitalize()
