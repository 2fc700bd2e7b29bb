"""Parametric geometry: a placed catalogue item as solids in LPS.

Local frames (right-handed, mm), carried to LPS by the pose:

- plate: origin in the middle of the bone-facing face; x away from bone, y along the width, z proximal.
  Screws stand square to the plate in their holes, from the outer face through bone, fused with it
  (fixed-angle locking heads). Empty holes are cut as round holes.
- nail: origin in the middle of the proximal end; z proximal along the nail there, y anterior, so the
  nail runs along -z and bends to -y (its bow is convex to the front). Bolts run along x, fused with the
  nail: the shank is bonded to the wall of its hole, the clearance of the hole is left out. Empty holes are
  cut with the bolt's diameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Frame
from surgitwin.core.plan import PlacedImplant
from surgitwin.core.solids import ArcRod, Box, Cylinder, ImplantSolids, Solid
from surgitwin.implants import tables
from surgitwin.implants.items import NailItem, PlateItem

PLATE_PARAMETERS = ("screw", "holes", "lengths_mm")
NAIL_PARAMETERS = ("bolt", "insertion", "starts_mm", "lengths_mm")
NAIL_OPTIONAL = ("holes",)


def build(placed: PlacedImplant) -> ImplantSolids:
    """Solids of a placed plate or nail in LPS.

    Plate parameters: `screw` (catalogue id), `holes` (numbers of the filled holes, 1 most proximal),
    `lengths_mm` (one per filled hole, from the plate's outer face). Nail parameters: `bolt` (id),
    `insertion` ("+x" or "-x": the side of the heads), `starts_mm` (distance of each bolt's head end from
    the nail's axis), `lengths_mm`; one per locked hole, proximal first. `holes`: numbers of the locked
    holes (1 most proximal); all of them where it is absent.

    Raises InputError: "implant.unknown", "implant.wrong_kind", "implant.parameter".
    """
    found = tables.item(placed.catalogue_id)
    if isinstance(found, PlateItem):
        return _build_plate(found, placed)
    if isinstance(found, NailItem):
        return _build_nail(found, placed)
    raise InputError(
        "implant.wrong_kind",
        f"{placed.catalogue_id} cannot be placed alone.",
        hint="Place a plate or a nail; its screws are parameters of it.",
    )


def nail_rod(item: NailItem, pose: FloatArray) -> ArcRod:
    """The nail's rod in LPS without bolts; its arc length 0 is the proximal end."""
    frame = Frame.from_matrix(pose)
    return ArcRod(
        "nail",
        "nail",
        frame.origin_mm,
        frame.vector_to_lps([0.0, 0.0, -1.0]),
        frame.vector_to_lps([0.0, -1.0, 0.0]),
        item.curvature_per_mm,
        item.length_mm,
        item.diameter_mm / 2,
    )


def _build_plate(item: PlateItem, placed: PlacedImplant) -> ImplantSolids:
    frame = Frame.from_matrix(placed.pose)
    p = _parameters(placed, PLATE_PARAMETERS)
    screw = tables.screw(p["screw"], "screw")
    holes = [int(n) for n in p["holes"]]
    lengths = _lengths(placed, p, len(holes))
    if len(set(holes)) != len(holes) or not all(1 <= n <= item.n_holes for n in holes):
        raise _bad(placed, f"holes must be different numbers from 1 to {item.n_holes}")
    t = item.thickness_mm
    half = np.array([t, item.width_mm, item.length_mm]) / 2
    solids: list[Solid] = [Box("plate", "plate", frame.to_lps([t / 2, 0, 0]), frame.axes, half)]
    for number, length in zip(holes, lengths, strict=True):
        z = item.hole_z_mm(number)
        ends = frame.to_lps([[t, 0, z], [t - length, 0, z]])
        solids.append(Cylinder("screw", f"screw {number}", ends[0], ends[1], screw.model_diameter_mm / 2))
    for number in range(1, item.n_holes + 1):
        if number not in holes:
            z = item.hole_z_mm(number)
            ends = frame.to_lps([[t + 1, 0, z], [-1, 0, z]])
            solids.append(
                Cylinder("hole", f"empty hole {number}", ends[0], ends[1], item.hole_diameter_mm / 2)
            )
    return _construct(item, solids)


def _build_nail(item: NailItem, placed: PlacedImplant) -> ImplantSolids:
    frame = Frame.from_matrix(placed.pose)
    p = _parameters(placed, NAIL_PARAMETERS, NAIL_OPTIONAL)
    bolt = tables.screw(p["bolt"], "bolt")
    holes = locked_holes(item, placed)
    lengths = _lengths(placed, p, len(holes))
    if p["insertion"] not in ("+x", "-x"):
        raise _bad(placed, "insertion must be '+x' or '-x'")
    if len(p["starts_mm"]) != len(lengths):
        raise _bad(placed, "starts_mm needs one value per locked hole")
    towards = frame.vector_to_lps([1.0 if p["insertion"] == "+x" else -1.0, 0, 0])
    rod = nail_rod(item, placed.pose)
    centres = rod.centreline(np.array(item.holes_mm))
    solids: list[Solid] = [rod]
    radius = bolt.model_diameter_mm / 2
    for n, start, length in zip(holes, p["starts_mm"], lengths, strict=True):
        head = centres[n - 1] + float(start) * towards
        solids.append(Cylinder("bolt", f"bolt {n}", head, head - length * towards, radius))
    out = (item.diameter_mm / 2 + 1) * towards
    for n in set(range(1, len(centres) + 1)) - set(holes):
        ends = centres[n - 1] + out, centres[n - 1] - out
        solids.append(Cylinder("hole", f"empty hole {n}", *ends, radius))
    return _construct(item, solids)


def locked_holes(item: NailItem, placed: PlacedImplant) -> list[int]:
    """Numbers of a placed nail's locked holes, 1 most proximal. Raises InputError ("implant.parameter")."""
    count = len(item.holes_mm)
    holes = [int(n) for n in placed.parameters.get("holes", range(1, count + 1))]
    if holes != sorted(set(holes)) or not all(1 <= n <= count for n in holes):
        raise _bad(placed, f"holes must be different numbers from 1 to {count}, in order")
    return holes


def _construct(item: PlateItem | NailItem, solids: list[Solid]) -> ImplantSolids:
    metal = tables.material(item.material)
    return ImplantSolids(
        name=item.id,
        solids=tuple(solids),
        material=metal.title,
        modulus_MPa=metal.modulus_MPa,
        poisson=metal.poisson,
        yield_MPa=metal.yield_MPa,
        endurance_MPa=metal.endurance_MPa,
        source=metal.source,
        verified=metal.verified,
    )


def _parameters(
    placed: PlacedImplant, known: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    unknown = sorted(set(placed.parameters) - set(known) - set(optional))
    missing = sorted(set(known) - set(placed.parameters))
    if unknown or missing:
        raise _bad(placed, f"unknown {unknown}, missing {missing}; it takes {list(known)}")
    return placed.parameters


def _lengths(placed: PlacedImplant, parameters: Mapping[str, Any], count: int) -> list[float]:
    lengths = [float(x) for x in parameters["lengths_mm"]]
    if len(lengths) != count or not all(x > 0 for x in lengths):
        raise _bad(placed, f"lengths_mm needs {count} positive values")
    return lengths


def _bad(placed: PlacedImplant, what: str) -> InputError:
    return InputError(
        "implant.parameter",
        f"{placed.catalogue_id}: {what}.",
        hint="Correct the parameters of this implant in the plan.",
        where=placed.catalogue_id,
    )
