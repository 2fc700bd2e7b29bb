"""One plan changed by hand: depth or size; its pose and name follow."""

from __future__ import annotations

from collections.abc import Mapping

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.errors import UsageError
from surgitwin.core.plan import Plan
from surgitwin.implants import valve
from surgitwin.procedures.valve.options import option
from surgitwin.procedures.valve.place import depth, item_of, valve_plan

KNOWN = ("catalogue_id", "depth_mm")


def adjust(root: RootAnatomy, plan: Plan, changes: Mapping[str, object]) -> Plan:
    """The plan of the same name with another depth_mm or catalogue_id, placed at the present annulus.

    Raises UsageError "option.unknown", "option.value", "option.range", InputError "implant.unknown".
    """
    unknown = sorted(set(changes) - set(KNOWN))
    if unknown:
        raise UsageError(
            "option.unknown",
            f"A valve plan has no {', '.join(unknown)} to change.",
            hint=f"It has {', '.join(KNOWN)}.",
            where=", ".join(unknown),
        )
    deep = depth(plan)
    if "depth_mm" in changes:
        deep = float(option("depth_mm").parse(changes["depth_mm"]))
    item = valve(str(changes["catalogue_id"])) if "catalogue_id" in changes else item_of(plan)
    return valve_plan(root, item, deep, plan.name)
