"""Whether a stent of the catalogue suits the narrowing, in one sentence, before it is placed."""

from __future__ import annotations

from surgitwin.core.plan import Plan
from surgitwin.procedures.base import Fit
from surgitwin.procedures.stent.check import check_stent
from surgitwin.procedures.stent.place import adjust
from surgitwin.procedures.stent.site import Stented
from surgitwin.procedures.vessel import VesselContext

ABOUT_ANATOMY = ("stent.tight", "stent.doubt", "stent.metal", "stent.predilated")
"""Findings that hold for every stent of this artery."""


def fit_hint(context: VesselContext, plan: Plan, catalogue_id: str) -> Fit:
    """The verdict on a stent at the plan's place, at its label diameter.

    Raises InputError "implant.unknown", "implant.wrong_kind".
    """
    there = adjust(context, plan, {"catalogue_id": catalogue_id})
    found = [f for f in check_stent(Stented.of(context, there), there) if f.code not in ABOUT_ANATOMY]
    for severity, verdict in (("error", "no"), ("warning", "tight")):
        reasons = [f.message for f in found if f.severity == severity]
        if reasons:
            return Fit("no" if verdict == "no" else "tight", reasons[0])
    said = next(f.message for f in found if f.code == "stent.ratio")
    return Fit("fits", said)
