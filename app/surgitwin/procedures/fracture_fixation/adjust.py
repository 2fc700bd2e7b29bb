"""Adjusting one implant by hand: placed, resized, snapped, slid, turned, its screws fitted.

Everything answers in a few milliseconds once the bone's distance grid is there (`Site.of`), so that a
drag may call it at every step. Numbers of holes, the side that a plate faces, the depth and the turn of
a nail are the surgeon's: nothing here changes them unasked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.frame import rotation_about
from surgitwin.core.plan import PlacedImplant, Plan
from surgitwin.implants import NailItem, PlateItem, item, locked_holes, nail_rod
from surgitwin.procedures.base import Handles
from surgitwin.procedures.fracture_fixation.nail import centre_nail, fit_nail, with_bolts
from surgitwin.procedures.fracture_fixation.options import limit, option
from surgitwin.procedures.fracture_fixation.plate import (
    Pattern,
    centreline,
    fit_plate,
    middle_z,
    patterns,
    place_of,
    with_screws,
)
from surgitwin.procedures.fracture_fixation.site import Site

Placeable = PlateItem | NailItem
WAYS_TRIED = 7
"""So many ways to lay a plate over the fracture are tried, some 10 ms each (numerical setting)."""


def placeable(catalogue_id: str) -> Placeable:
    """The plate or nail of an id; InputError "implant.unknown", "implant.wrong_kind" (a screw alone)."""
    found = item(catalogue_id)
    if isinstance(found, PlateItem | NailItem):
        return found
    raise InputError(
        "implant.wrong_kind",
        f"{found.title} cannot be placed alone.",
        hint="Place a plate or a nail; its screws come with it.",
        where=catalogue_id,
    )


def implant_at(plan: Plan, index: int) -> tuple[PlacedImplant, Placeable]:
    """Implant `index` of a plan with its catalogue item; InputError "plan.no_implant"."""
    if not 0 <= index < len(plan.implants):
        raise InputError(
            "plan.no_implant",
            f"The plan {plan.name} has no implant {index + 1}.",
            hint=f"It has {len(plan.implants)}. Add one from the implant list.",
            where=plan.name,
        )
    placed = plan.implants[index]
    return placed, placeable(placed.catalogue_id)


def with_implant(plan: Plan, index: int, placed: PlacedImplant) -> Plan:
    """The plan with another implant at `index`."""
    rows = list(plan.implants)
    rows[index] = placed
    return replace(plan, implants=tuple(rows))


def place(site: Site, plan: Plan, catalogue_id: str) -> Plan:
    """The plan with one more implant: a plate laterally over the fracture (over the middle of the shaft
    without one), a nail centred in the canal from its entry."""
    found = placeable(catalogue_id)
    if isinstance(found, NailItem):
        placed = with_bolts(site, found, fit_nail(site, found))
    else:
        placed = _over_fracture(site, plan, found, 0.0)
    return replace(plan, implants=(*plan.implants, placed))


def resize(site: Site, plan: Plan, index: int, catalogue_id: str) -> Plan:
    """Another size at the same place: a plate stays on its side of the shaft, a nail keeps its entry.

    A plate with as many holes keeps its height and its screws; one with more or fewer is laid over the
    fracture again. An implant of another kind comes to its own first place.
    """
    placed, old = implant_at(plan, index)
    new = placeable(catalogue_id)
    if isinstance(new, PlateItem) and isinstance(old, PlateItem):
        z, out = place_of(site, old, placed.pose)
        if new.n_holes == old.n_holes:
            pose = fit_plate(site, new, z, standoff(plan), out)
            return with_implant(plan, index, with_screws(site, new, pose, _holes(placed)))
        return with_implant(plan, index, _over_fracture(site, plan, new, out))
    if isinstance(new, NailItem) and isinstance(old, NailItem):
        pose = centre_nail(site, new, placed.pose)
        return with_implant(plan, index, with_bolts(site, new, pose, locked_holes(old, placed)))
    return with_implant(plan, index, place(site, replace(plan, implants=()), catalogue_id).implants[0])


def snap(site: Site, plan: Plan, index: int) -> Plan:
    """A plate laid on the bone where it is, on the side that it is on; a nail centred in the canal at its
    depth and turn. Screws are refitted."""
    return slide(site, plan, index, 0.0, centre=True)


def slide(site: Site, plan: Plan, index: int, mm: float, centre: bool = False) -> Plan:
    """Moved `mm` proximally: a plate along the shaft, laid on the bone again; a nail along its own arc."""
    placed, found = implant_at(plan, index)
    if isinstance(found, PlateItem):
        z, out = place_of(site, found, placed.pose)
        return _laid(site, plan, index, z + mm, out)
    pose = along(found, placed.pose, mm)
    if centre:
        pose = centre_nail(site, found, pose)
    return with_implant(plan, index, with_bolts(site, found, pose, locked_holes(found, placed)))


def turn(site: Site, plan: Plan, index: int, degrees: float) -> Plan:
    """A plate moved round the shaft and laid on the bone again; a nail turned about the line between its
    ends. Positive: the lateral side goes to the front."""
    placed, found = implant_at(plan, index)
    if isinstance(found, PlateItem):
        z, out = place_of(site, found, placed.pose)
        return _laid(site, plan, index, z, out + degrees)
    held = handles(site, plan, index)
    pose = turned(placed.pose, held.pivot_mm, held.turn, degrees)
    return with_implant(plan, index, with_bolts(site, found, pose, locked_holes(found, placed)))


def refit_screws(site: Site, plan: Plan, index: int, holes: Sequence[int] | None = None) -> Plan:
    """Screws aimed and measured again; with `holes` exactly these are filled and old screws stay as they
    are. Raises InputError "implant.parameter" for a hole that the implant does not have."""
    placed, found = implant_at(plan, index)
    if isinstance(found, PlateItem):
        count, before = found.n_holes, list(_holes(placed))
    else:
        count, before = len(found.holes_mm), locked_holes(found, placed)
    wanted = before if holes is None else sorted({int(n) for n in holes})
    if not all(1 <= n <= count for n in wanted):
        raise InputError(
            "implant.parameter",
            f"{found.title} has holes 1 to {count}.",
            hint="Choose holes that it has.",
            where=found.id,
        )
    if isinstance(found, PlateItem):
        made = with_screws(site, found, placed.pose, tuple(wanted))
    else:
        made = with_bolts(site, found, placed.pose, wanted)
    if holes is not None:
        made = _keeping(made, placed, wanted, before)
    return with_implant(plan, index, made)


def handles(site: Site, plan: Plan, index: int) -> Handles:
    """Axes of `slide` and `turn`; see `procedures.base.Handles`."""
    placed, found = implant_at(plan, index)
    frame, pose = site.anatomy.frame, placed.pose
    up = frame.axes[:, 2]
    if isinstance(found, PlateItem):
        z = float(frame.from_lps(pose[:3, 3])[2])
        slope, offset = centreline(site, z - found.length_mm / 2, z + found.length_mm / 2)
        pivot = frame.to_lps(offset + slope * z + np.array([0.0, 0.0, z]))
        axis = frame.vector_to_lps(slope + np.array([0.0, 0.0, 1.0]))
        origin, direction = pose[:3, 3], axis / np.linalg.norm(axis)
        turning = up
    else:
        rod = nail_rod(found, pose)
        ends = rod.centreline(np.array([0.0, found.length_mm]))
        origin, pivot = rod.centreline(found.length_mm / 2), ends[0]
        direction = -rod.tangent_at(found.length_mm / 2)
        turning = (ends[0] - ends[1]) / np.linalg.norm(ends[0] - ends[1])
    # On a left femur x is medial: a right-handed turn about z would bring the lateral side to the back.
    return Handles(origin, direction, pivot, turning * site.lateral)


def along(found: NailItem, pose: FloatArray, mm: float) -> FloatArray:
    """The pose (4x4) of a nail moved `mm` proximally along its own arc."""
    rod = nail_rod(found, pose)
    z = -rod.tangent_at(-mm)
    x = pose[:3, 0]
    out = np.eye(4)
    out[:3, :3] = np.column_stack([x, np.cross(z, x), z])
    out[:3, 3] = rod.centreline(-mm)
    return out


def turned(pose: FloatArray, pivot_mm: FloatArray, axis: FloatArray, degrees: float) -> FloatArray:
    """The pose (4x4) turned right-handed about an axis through a point, LPS."""
    rotation = rotation_about(axis, np.radians(degrees))
    out = np.eye(4)
    out[:3, :3] = rotation @ pose[:3, :3]
    out[:3, 3] = pivot_mm + rotation @ (pose[:3, 3] - pivot_mm)
    return out


def standoff(plan: Plan) -> float:
    """Distance (mm) of a plate from the bone that the plan's options ask for."""
    rule = option("standoff_mm")
    return float(rule.parse(plan.options.get(rule.name, rule.default)))


@dataclass(frozen=True, eq=False)
class Laid:
    """A plate over the fracture. pattern: its holes; pose (4x4 to LPS); away_mm: largest distance of a
    filled hole to the bone; beyond_mm: how far it reaches past the modelled bone, negative: not so far."""

    pattern: Pattern
    pose: FloatArray
    away_mm: float
    beyond_mm: float


def best_laid(site: Site, plan: Plan, plate: PlateItem, out_deg: float = 0.0) -> Laid:
    """A plate over the fracture of a plan (over the middle of the shaft without one).

    The most even way that lies within the limit of `plate.standoff`, else the closest to the bone; its
    distal hole stays above the cut of the model where that is possible. A plate with under six holes is
    laid with its middle over the fracture, every hole filled.
    """
    laid: list[Laid] = []
    for pattern, z in _ways(site, plan, plate):
        pose = fit_plate(site, plate, z, standoff(plan), out_deg)
        feet = [pose[:3, :3] @ [0.0, 0.0, plate.hole_z_mm(n)] + pose[:3, 3] for n in pattern.filled]
        beyond = site.distal_z_mm - (z - plate.length_mm / 2)
        laid.append(Laid(pattern, pose, float(site.outline(feet).max()), beyond))
        if laid[-1].away_mm <= limit("plate_standoff_max"):
            return laid[-1]
    return min(laid, key=lambda one: round(one.away_mm, 1))


def _ways(site: Site, plan: Plan, plate: PlateItem) -> list[tuple[Pattern, float]]:
    """Patterns of holes with the height (mm) of the plate's middle, most even first."""
    rule = option("screws_per_side")
    per_side = int(rule.parse(plan.options.get(rule.name, rule.default)))
    z = (site.distal_z_mm + site.trochanter_z_mm) / 2
    z = z if plan.fracture is None else site.height(plan.fracture)
    found = list(patterns(plate.n_holes, per_side))
    if not found:
        upper = (plate.n_holes + 1) // 2
        found = [Pattern(upper, plate.n_holes - upper, tuple(range(1, plate.n_holes + 1)))]
    ways = [(pattern, middle_z(site, plate, pattern, z)) for pattern in found[:WAYS_TRIED]]
    inside = [w for w in ways if w[1] + plate.hole_z_mm(plate.n_holes) >= site.distal_z_mm]
    return inside or ways[:1]


def _over_fracture(site: Site, plan: Plan, plate: PlateItem, out_deg: float) -> PlacedImplant:
    laid = best_laid(site, plan, plate, out_deg)
    return with_screws(site, plate, laid.pose, laid.pattern.filled)


def _laid(site: Site, plan: Plan, index: int, z_mm: float, out_deg: float) -> Plan:
    placed, found = implant_at(plan, index)
    assert isinstance(found, PlateItem)
    pose = fit_plate(site, found, z_mm, standoff(plan), out_deg)
    return with_implant(plan, index, with_screws(site, found, pose, _holes(placed)))


def _holes(placed: PlacedImplant) -> tuple[int, ...]:
    return tuple(int(n) for n in placed.parameters.get("holes", ()))


def _keeping(
    made: PlacedImplant, old: PlacedImplant, holes: Sequence[int], before: Sequence[int]
) -> PlacedImplant:
    """`made` with the old length (and start) in every hole that was filled before."""
    parameters: dict[str, Any] = dict(made.parameters)
    for key in ("starts_mm", "lengths_mm"):
        if key in parameters:
            known = dict(zip(before, old.parameters[key], strict=True))
            new = parameters[key]
            parameters[key] = [float(known.get(n, x)) for n, x in zip(holes, new, strict=True)]
    return replace(made, parameters=parameters)
