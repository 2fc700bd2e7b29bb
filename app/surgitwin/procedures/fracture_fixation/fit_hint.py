"""Whether a size of the catalogue suits this bone and fracture, in one sentence, before it is placed."""

from __future__ import annotations

from surgitwin.core.errors import GeometryError
from surgitwin.core.plan import Plan
from surgitwin.implants import NailItem, PlateItem
from surgitwin.procedures.base import Fit
from surgitwin.procedures.fracture_fixation.adjust import best_laid, placeable
from surgitwin.procedures.fracture_fixation.nail import fit_nail, misfit, reaming
from surgitwin.procedures.fracture_fixation.options import limit, option
from surgitwin.procedures.fracture_fixation.site import Site

ENOUGH_PER_SIDE = 3


def fit_hint(site: Site, plan: Plan, catalogue_id: str) -> Fit:
    """The verdict on a plate or nail at its first place (`adjust.place`).

    Raises InputError "implant.unknown", "implant.wrong_kind" as `adjust.placeable`.
    """
    found = placeable(catalogue_id)
    try:
        return _nail(site, plan, found) if isinstance(found, NailItem) else _plate(site, plan, found)
    except GeometryError as error:
        return Fit("no", error.message)


def _nail(site: Site, plan: Plan, nail: NailItem) -> Fit:
    pose = fit_nail(site, nail)
    rule = option("ream_limit_mm")
    allowed = float(rule.parse(plan.options.get(rule.name, rule.default)))
    if plan.fracture is not None:
        reason = misfit(site, plan.fracture, nail, pose, allowed)
        if reason is not None:
            return Fit("no", _sentence(reason))
    cut = reaming(site, nail, pose)
    if cut is None:
        return Fit("no", "It does not reach the shaft.")
    if cut.depth_mm > allowed:
        return Fit(
            "no", f"Reaming would take {cut.depth_mm:.1f} mm of the canal wall (limit {allowed:g} mm)."
        )
    if cut.depth_mm > 0:
        return Fit("fits", f"Reaming takes {cut.depth_mm:.1f} mm of the canal wall.")
    return Fit("fits", f"The canal leaves {-cut.depth_mm:.1f} mm of room.")


def _plate(site: Site, plan: Plan, plate: PlateItem) -> Fit:
    laid = best_laid(site, plan, plate)
    pattern, away = laid.pattern, laid.away_mm
    if laid.beyond_mm > 0:
        return Fit("no", f"Its lower end lies {laid.beyond_mm:.0f} mm beyond the imaged bone.")
    sides = f"{pattern.proximal} + {pattern.distal} holes beside the fracture"
    if plan.fracture is None:
        sides = f"{plate.n_holes} holes"
    elif min(pattern.proximal, pattern.distal) < ENOUGH_PER_SIDE:
        return Fit("no", f"Only {sides}; three on each side are needed.")
    if away > limit("plate_standoff_max"):
        return Fit("tight", f"Stands up to {away:.0f} mm off the bone at a screw; {sides}.")
    return Fit("fits", f"{_capital(sides)}; lies within {away:.1f} mm of the bone.")


def _sentence(text: str) -> str:
    return f"{_capital(text)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
