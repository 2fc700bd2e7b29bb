"""Changes of one plan: fracture, implants, screws. Pure functions, each with the words of its undo step.

What follows the bone (snap, slide, turn, screw lengths) belongs to the procedure; what is said by a number
or a choice stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.implants import PlateItem, item, locked_holes, nail, nail_place, screw
from surgitwin.mechanics.materials import callus, callus_stages, default_callus
from surgitwin.planning.plans.bone_axes import PlaneNumbers, plane_from, plane_numbers
from surgitwin.procedures.base import Parameter
from surgitwin.procedures.registry import get


@dataclass(frozen=True)
class ScrewRow:
    """One hole of an implant. number: 1 most proximal. length_mm None: empty. lengths_mm: what is made."""

    number: int
    place: str
    length_mm: float | None
    lengths_mm: tuple[float, ...]


def gap_rule(plan: Plan) -> Parameter:
    """The range of widths that can be meshed, and why it ends there."""
    return next(p for p in get(plan.procedure).parameters if p.name == "gap_mm")


def with_fracture(plan: Plan, anatomy: FemurAnatomy, **changes: Any) -> Plan:
    """The plan with another fracture; a plan without one gets a virtual cut first.

    changes: below_mm, tilt_front_deg, tilt_side_deg (see `PlaneNumbers`), gap_mm, healing, virtual.
    Raises UsageError "option.range" (width), "plan.tilt"; InputError "material.unknown" (healing).
    """
    old = plan.fracture or default_fracture(plan, anatomy)
    numbers = plane_numbers(anatomy, old.plane)
    moved = {k: float(changes[k]) for k in ("below_mm", "tilt_front_deg", "tilt_side_deg") if k in changes}
    plane = old.plane
    if moved:
        plane = plane_from(anatomy, replace(numbers, **moved))
        if "below_mm" not in moved:
            plane = Plane(old.plane.point_mm, plane.normal)
    gap = (
        float(gap_rule(plan).parse(changes.get("gap_mm", old.gap_mm))) if "gap_mm" in changes else old.gap_mm
    )
    healing = str(changes.get("healing", old.healing))
    callus(healing)
    virtual = bool(changes.get("virtual", old.virtual))
    return replace(plan, fracture=Fracture(plane, gap, healing, virtual))


def with_plane(plan: Plan, anatomy: FemurAnatomy, plane: Plane) -> Plan:
    """The plan with its cut in another plane (a drag), its normal turned proximally."""
    old = plan.fracture or default_fracture(plan, anatomy)
    if float(plane.normal @ anatomy.frame.axes[:, 2]) < 0:
        plane = Plane(plane.point_mm, -np.asarray(plane.normal))
    return replace(plan, fracture=replace(old, plane=plane))


def without_fracture(plan: Plan) -> Plan:
    """The plan for an unbroken bone."""
    return replace(plan, fracture=None)


def default_fracture(plan: Plan, anatomy: FemurAnatomy) -> Fracture:
    """A virtual transverse cut where the procedure would make it."""
    rules = {p.name: p for p in get(plan.procedure).parameters}
    below = float(rules["cut_below_lt_mm"].default or 0.0)
    plane = plane_from(anatomy, PlaneNumbers(below, 0.0, 0.0))
    return Fracture(plane, float(rules["gap_mm"].default or 0.0), default_callus(), virtual=True)


def healing_choices() -> dict[str, str]:
    """Healing stages: name -> words."""
    return {name: tissue.title for name, tissue in callus_stages().items()}


def implant_of(plan: Plan, index: int) -> PlacedImplant:
    """Implant `index`; InputError "plan.no_implant"."""
    if not 0 <= index < len(plan.implants):
        raise InputError(
            "plan.no_implant",
            f"The plan {plan.name} has no implant {index + 1}.",
            hint=f"It has {len(plan.implants)}. Add one from the implant list.",
            where=plan.name,
        )
    return plan.implants[index]


def with_implant(plan: Plan, index: int, placed: PlacedImplant) -> Plan:
    """Implant `index` replaced; `len(plan.implants)` adds one."""
    rows = list(plan.implants)
    if index != len(rows):
        implant_of(plan, index)
    rows[index : index + 1] = [placed]
    return replace(plan, implants=tuple(rows))


def without_implant(plan: Plan, index: int) -> Plan:
    """The plan without implant `index`."""
    implant_of(plan, index)
    return replace(plan, implants=plan.implants[:index] + plan.implants[index + 1 :])


def with_pose(plan: Plan, index: int, pose: npt.ArrayLike) -> Plan:
    """Implant `index` at another rigid pose (4x4 to LPS), screws as they are."""
    return with_implant(plan, index, replace(implant_of(plan, index), pose=np.asarray(pose, float)))


def screw_rows(plan: Plan, index: int) -> tuple[ScrewRow, ...]:
    """Every hole of implant `index` from proximal to distal, filled or not."""
    placed = implant_of(plan, index)
    found, p = item(placed.catalogue_id), placed.parameters
    if isinstance(found, PlateItem):
        places = [f"Hole {n}" for n in range(1, found.n_holes + 1)]
        filled = dict(zip((int(n) for n in p["holes"]), p["lengths_mm"], strict=True))
        made = screw(str(p["screw"])).lengths_mm
    else:
        rod = nail(placed.catalogue_id)
        places = [nail_place(rod, n).capitalize() for n in range(1, len(rod.holes_mm) + 1)]
        filled = dict(zip(locked_holes(rod, placed), p["lengths_mm"], strict=True))
        made = screw(str(p["bolt"])).lengths_mm
    return tuple(
        ScrewRow(n, place, None if n not in filled else float(filled[n]), made)
        for n, place in enumerate(places, 1)
    )


def with_screw_length(plan: Plan, index: int, number: int, length_mm: float) -> Plan:
    """The screw in hole `number` in another length. Raises InputError "screw.not_made" (no such length in
    the catalogue) and "screw.empty_hole"."""
    placed = implant_of(plan, index)
    rows = [r for r in screw_rows(plan, index) if r.length_mm is not None]
    row = next((r for r in rows if r.number == number), None)
    if row is None:
        raise InputError(
            "screw.empty_hole",
            f"Hole {number} has no screw.",
            hint="Fill the hole first.",
            where=f"hole {number}",
        )
    if length_mm not in row.lengths_mm:
        near = min(row.lengths_mm, key=lambda x: abs(x - length_mm))
        raise InputError(
            "screw.not_made",
            f"This screw is not made in {length_mm:g} mm.",
            hint=f"The nearest length is {near:g} mm.",
            where=f"hole {number}",
        )
    order = _order(placed)
    lengths = [float(length_mm if n == number else x) for n, x in order.items()]
    return with_implant(plan, index, replace(placed, parameters={**placed.parameters, "lengths_mm": lengths}))


def _order(placed: PlacedImplant) -> Mapping[int, float]:
    """Hole number -> length, in the order of the parameters."""
    p = placed.parameters
    found = item(placed.catalogue_id)
    numbers = [int(n) for n in p["holes"]] if isinstance(found, PlateItem) else None
    if numbers is None:
        numbers = locked_holes(nail(placed.catalogue_id), placed)
    return dict(zip(numbers, (float(x) for x in p["lengths_mm"]), strict=True))
