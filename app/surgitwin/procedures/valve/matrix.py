"""The proposal: three sizes by three depths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.errors import UsageError
from surgitwin.core.plan import Plan
from surgitwin.implants import ValveItem
from surgitwin.procedures.base import Proposal
from surgitwin.procedures.valve.options import depths, family, option
from surgitwin.procedures.valve.place import plan_name, valve_plan
from surgitwin.procedures.valve.sizing import range_excess, sized_value

SIZES = 3


def best_size(items: tuple[ValveItem, ...], root: RootAnatomy) -> ValveItem:
    """The size whose published range holds the annulus or comes nearest to it.

    Of two that hold it, the one whose middle of the range is nearer.
    """
    annulus = root.sections["annulus"]

    def off(item: ValveItem) -> tuple[float, float]:
        low, high = item.accepted
        middle = abs(2 * sized_value(item, annulus) / (low + high) - 1)
        return abs(range_excess(item, annulus)), middle

    return min(items, key=off)


def neighbours(items: tuple[ValveItem, ...], middle: ValveItem) -> tuple[ValveItem, ...]:
    """Three sizes with `middle` among them, in the middle where the family has one on both sides."""
    first = min(max(items.index(middle) - 1, 0), max(len(items) - SIZES, 0))
    return items[first : first + SIZES]


def propose(root: RootAnatomy, chosen: Mapping[str, Any]) -> Proposal:
    """Nine plans, sizes first; sizes out of their range stay in, told in the warnings."""
    items = family(str(chosen["family"]))
    middle = best_size(items, root) if "size_mm" not in chosen else _by_size(items, float(chosen["size_mm"]))
    rows = _depths(chosen)
    plans = tuple(
        valve_plan(root, item, depth, plan_name(item, depth))
        for item in neighbours(items, middle)
        for depth in rows
    )
    return Proposal(plans, _warnings(root, items, middle, plans))


def _by_size(items: tuple[ValveItem, ...], size_mm: float) -> ValveItem:
    for item in items:
        if item.size_mm == size_mm:
            return item
    raise UsageError(
        "option.value",
        f"size_mm = {size_mm:g} is not made in this family.",
        hint=f"Use one of {', '.join(f'{i.size_mm:g}' for i in items)}.",
        where="size_mm",
    )


def _depths(chosen: Mapping[str, Any]) -> tuple[float, ...]:
    """The family's depths, moved so that the middle one is the depth that was asked for."""
    known, allowed = depths(str(chosen["family"])), option("depth_mm")
    if "depth_mm" not in chosen:
        return known
    low, high = float(allowed.minimum or 0.0), float(allowed.maximum or 0.0)
    shift = float(chosen["depth_mm"]) - known[len(known) // 2]
    shift = max(shift, low - known[0])
    shift = min(shift, high - known[-1])
    return tuple(d + shift for d in known)


def _warnings(
    root: RootAnatomy, items: tuple[ValveItem, ...], middle: ValveItem, plans: tuple[Plan, ...]
) -> tuple[str, ...]:
    out = [root.indicative] if root.indicative else []
    annulus = root.sections["annulus"]
    off = range_excess(best_size(items, root), annulus)
    if off:
        end = "smaller" if off < 0 else "larger"
        out.append(
            f"The annulus ({sized_value(middle, annulus):.0f} {'mm2' if middle.sized_by == 'area' else 'mm'} "
            f"{middle.sized_by}) is {end} than every published range of {middle.title[:-3]}: try the other "
            "family, and check the hinge points."
        )
    outside = dict.fromkeys(
        p.name.rsplit("-", 1)[0]
        for p in plans
        for i in items
        if p.implants[0].catalogue_id == i.id and range_excess(i, annulus)
    )
    if outside:
        out.append(f"Outside their published range, kept for comparison: {', '.join(outside)}.")
    return tuple(out)
