"""Whether a valve of the catalogue suits a root, in one sentence."""

from __future__ import annotations

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.plan import Plan
from surgitwin.implants import valve
from surgitwin.procedures.base import Fit
from surgitwin.procedures.valve.check import check
from surgitwin.procedures.valve.place import depth, valve_plan
from surgitwin.procedures.valve.sizing import oversizing_area, oversizing_perimeter

OF_THE_SIZE = ("valve.out_of_range", "valve.no_size", "valve.sinus_small")


def fit(root: RootAnatomy, plan: Plan, catalogue_id: str) -> Fit:
    """ "no" outside the imaged landing zone, "tight" outside a published range or in a small sinus.

    Raises InputError "implant.unknown", "implant.wrong_kind".
    """
    item = valve(catalogue_id)
    found = check(root, valve_plan(root, item, depth(plan), plan.name))
    for finding in found:
        if finding.severity == "error":
            return Fit("no", finding.message)
    for finding in found:
        if finding.code in OF_THE_SIZE:
            return Fit("tight", finding.message)
    annulus = root.sections["annulus"]
    area, around = oversizing_area(item, annulus.area_mm2), oversizing_perimeter(item, annulus.perimeter_mm)
    return Fit(
        "fits", f"In its published range; oversized by {area:.1f} % in area, {around:.1f} % in perimeter."
    )
