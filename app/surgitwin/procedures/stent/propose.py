"""Stents proposed for a narrowing: one of each line that is made for the artery."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from surgitwin.core.errors import GeometryError
from surgitwin.core.plan import Plan
from surgitwin.implants import StentItem, stent, stents
from surgitwin.procedures.base import Proposal
from surgitwin.procedures.stent.check import check_stent
from surgitwin.procedures.stent.place import margin_mm, nearest, plan_name, planned, within
from surgitwin.procedures.stent.site import Site, Stented
from surgitwin.procedures.stent.table import setting

MOST_LINES = 3
"""Planning setting: so many lines are proposed, of both ways of expansion before a second of the same way."""


def propose(site: Site, options: Mapping[str, Any]) -> Proposal:
    """Two plans or more: the best size of each line, or of one stent asked for with its neighbours.

    Raises GeometryError "stent.no_size" when no line has a size for this artery.
    """
    options = {"predilation_mm": predilation_mm(site), **options}
    items = _asked_for(site, options) if "device" in options else _chosen(site, options)
    if not items:
        raise GeometryError(
            "stent.no_size",
            f"No stent of the catalogue suits a {site.vessel} artery of {site.lesion.reference_mm:.1f} mm.",
            hint="Name another artery with the option vessel, or a stent with the option device.",
            where="device",
        )
    plans = tuple(_plan(site, item, options) for item in items)
    warnings = [_doubt(site)] if site.lesion.doubt or site.artery.indicative else []
    for plan in plans:
        found = check_stent(_stented(site, plan), plan)
        warnings += [f"Plan {plan.name}: {f.message}" for f in found if f.severity != "info"]
    return Proposal(plans, tuple(warnings))


def predilation_mm(site: Site) -> float:
    """Lumen to open a tight or calcified narrowing to before the stent; 0 for others."""
    lesion = site.lesion
    tight = lesion.diameter_percent > setting("predilate_above_percent")
    if not tight and lesion.calcified <= setting("predilate_calcified"):
        return 0.0
    return round(setting("predilate_share") * lesion.reference_mm, 1)


def wanted_length_mm(site: Site, options: Mapping[str, Any]) -> float:
    """Lesion and the margins on both sides."""
    return site.lesion.end_mm - site.lesion.start_mm + 2 * margin_mm(site, options)


def wanted_diameter_mm(site: Site, item: StentItem) -> float:
    """Label that the reference diameter asks for."""
    reference = site.lesion.reference_mm
    if item.expansion == "self_expanding":
        return reference + setting("oversize_mm")
    return reference * setting("balloon_ratio")


def best_of_line(site: Site, line: str, options: Mapping[str, Any]) -> StentItem | None:
    """The size of a line next to what is wanted; None when the line has no diameter near it.

    Length: the shortest that covers lesion and margins, else the longest that the vessel takes.
    """
    items = [i for i in stents().values() if i.line == line]
    wanted = wanted_diameter_mm(site, items[0])
    sizes = sorted({i.diameter_mm for i in items})
    step = max((b - a for a, b in pairwise(sizes)), default=1.0)
    if not sizes[0] - step / 2 <= wanted <= sizes[-1] + step / 2:
        return None
    low, high = site.range_mm
    diameter = min(sizes, key=lambda d: (abs(d - wanted), d))
    fitting = [i for i in items if i.diameter_mm == diameter and i.length_mm <= high - low]
    fitting.sort(key=lambda i: i.length_mm)
    length = wanted_length_mm(site, options)
    return next((i for i in fitting if i.length_mm >= length), fitting[-1] if fitting else None)


def _chosen(site: Site, options: Mapping[str, Any]) -> list[StentItem]:
    """The best of each line, both ways of expansion first; one line alone comes with its next diameter."""
    lines = list(dict.fromkeys(i.line for i in stents().values() if i.vessel == site.vessel))
    found = [b for line in lines if (b := best_of_line(site, line, options)) is not None]
    first = {i.expansion: i for i in reversed(found)}.values()
    ordered = sorted(first, key=found.index) + [i for i in found if i not in first]
    return _two(ordered[:MOST_LINES])


def _asked_for(site: Site, options: Mapping[str, Any]) -> list[StentItem]:
    return _two([stent(str(options["device"]))])


def _two(items: list[StentItem]) -> list[StentItem]:
    """The same, and when it is one only, the next wider (else narrower) of its line."""
    if len(items) != 1:
        return items
    item = items[0]
    sizes = sorted({i.diameter_mm for i in stents().values() if i.line == item.line})
    at = sizes.index(item.diameter_mm)
    other = sizes[at + 1] if at + 1 < len(sizes) else sizes[at - 1]
    return [item, nearest(item, diameter_mm=other)]


def _plan(site: Site, item: StentItem, options: Mapping[str, Any]) -> Plan:
    middle = float(options.get("position_mm", (site.lesion.start_mm + site.lesion.end_mm) / 2))
    if "position_mm" not in options:
        middle = within(site, item, middle)
    return planned(site, item, middle, options, plan_name(item))


def _stented(site: Site, plan: Plan) -> Stented:
    item = stent(plan.implants[0].catalogue_id)
    middle, half = float(plan.options["position_mm"]), item.length_mm / 2
    diameter = float(plan.options.get("balloon_mm", item.diameter_mm))
    return Stented(site, item, middle - half, middle + half, diameter)


def _doubt(site: Site) -> str:
    reasons = "; ".join(r for r in (site.lesion.doubt, site.artery.indicative) if r)
    return f"Sizes are indicative: {reasons}."
