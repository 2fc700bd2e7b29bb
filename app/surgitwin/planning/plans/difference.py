"""What differs between two plans, in words and numbers: implants, sizes, places, screws, fracture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.implants import NailItem, item
from surgitwin.mechanics.materials import callus
from surgitwin.planning.plans.bone_axes import anatomical, plane_numbers, pose_numbers
from surgitwin.planning.plans.edit import screw_rows

SAME_MM, SAME_DEG = 0.05, 0.05
"""Smaller differences are none: they vanish in the digits shown (setting of the screen)."""


@dataclass(frozen=True)
class Difference:
    """One thing that differs. one, other: its words in both plans. change: from the first to the second;
    value: its size in `unit`, None where it has none."""

    topic: str
    what: str
    one: str
    other: str
    change: str = ""
    value: float | None = None
    unit: str = "1"

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return asdict(self)


def device_difference(one: Plan, other: Plan) -> tuple[Difference, ...]:
    """Every difference of two plans of a device in a vessel: the item, and each option of the plan."""
    rows = []
    first, second = (", ".join(i.catalogue_id for i in p.implants) for p in (one, other))
    if first != second:
        rows.append(Difference("Device", "Catalogue item", first, second))
    for key in sorted({*one.options, *other.options}):
        a, b = one.options.get(key), other.options.get(key)
        if a != b:
            rows.append(_option(key, a, b))
    return tuple(rows)


def _option(key: str, a: Any, b: Any) -> Difference:
    """One option that differs; its size where both are numbers."""
    unit = "mm" if key.endswith("_mm") else "1"
    name = key.removesuffix("_mm").replace("_", " ").capitalize()
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (a, b))
    words = {"mm": " mm"}.get(unit, "")
    first, second = (f"{v:g}{words}" if isinstance(v, int | float) else str(v or "not set") for v in (a, b))
    if not numbers:
        return Difference("Device", name, first, second)
    change = float(b) - float(a)
    return Difference("Device", name, first, second, f"{change:+g}{words}", abs(change), unit)


def plan_difference(anatomy: FemurAnatomy, one: Plan, other: Plan) -> tuple[Difference, ...]:
    """Every difference, from the first plan to the second; empty when they are the same operation.

    Places and turns are in the bone's own directions (see `bone_axes`).
    """
    rows: list[Difference] = []
    if one.side != other.side:
        rows.append(Difference("Side", "Side", one.side, other.side))
    rows += _fracture(anatomy, one.fracture, other.fracture)
    for n in range(max(len(one.implants), len(other.implants))):
        topic = "Implant" if max(len(one.implants), len(other.implants)) == 1 else f"Implant {n + 1}"
        rows += _implant(anatomy, topic, one, other, n)
    return tuple(rows)


def distance_mm(one: PlacedImplant, other: PlacedImplant) -> float:
    """How far apart the reference points of two placed implants are, mm."""
    return float(np.linalg.norm(other.pose[:3, 3] - one.pose[:3, 3]))


def angle_deg(one: FloatArray, other: FloatArray) -> float:
    """Smallest turn between two rotations (3, 3), degrees."""
    cosine = (np.trace(one.T @ other) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _fracture(anatomy: FemurAnatomy, one: Fracture | None, other: Fracture | None) -> Iterator[Difference]:
    topic = "Fracture"
    if one is None or other is None:
        if one is not other:
            said = ["none" if f is None else "present" for f in (one, other)]
            yield Difference(topic, "Fracture", said[0], said[1])
        return
    a, b = (plane_numbers(anatomy, f.plane) for f in (one, other))
    yield from _number(
        topic, "Below the lesser trochanter", a.below_mm, b.below_mm, "mm", "distal", "proximal"
    )
    # Between the planes: which way a normal points says nothing, nor whether it points up at all.
    tilt = float(np.degrees(np.arccos(min(abs(float(one.plane.normal @ other.plane.normal)), 1.0))))
    if tilt > SAME_DEG:
        words = [f"{n.tilt_front_deg:.0f}° front, {n.tilt_side_deg:.0f}° side" for n in (a, b)]
        yield Difference(topic, "Tilt", words[0], words[1], f"{tilt:.1f}° apart", tilt, "degrees")
    yield from _number(topic, "Width of the gap", one.gap_mm, other.gap_mm, "mm", "wider", "narrower")
    if one.healing != other.healing:
        yield Difference(topic, "Healing stage", callus(one.healing).title, callus(other.healing).title)
    if one.virtual != other.virtual:
        said = ["virtual" if f.virtual else "seen in the image" for f in (one, other)]
        yield Difference(topic, "Kind", said[0], said[1])


def _implant(anatomy: FemurAnatomy, topic: str, one: Plan, other: Plan, n: int) -> Iterator[Difference]:
    if n >= len(one.implants) or n >= len(other.implants):
        said = [
            item(p.implants[n].catalogue_id).title if n < len(p.implants) else "none" for p in (one, other)
        ]
        yield Difference(topic, "Implant", said[0], said[1])
        return
    a, b = one.implants[n], other.implants[n]
    kinds = [item(i.catalogue_id) for i in (a, b)]
    if a.catalogue_id != b.catalogue_id:
        yield Difference(topic, "Implant", kinds[0].title, kinds[1].title)
    if type(kinds[0]) is not type(kinds[1]):
        yield from _count(topic, [len(i.parameters["lengths_mm"]) for i in (a, b)])
        return
    yield from _place(anatomy, topic, a, b)
    yield from _screws(topic, one, other, n)


def _place(anatomy: FemurAnatomy, topic: str, a: PlacedImplant, b: PlacedImplant) -> Iterator[Difference]:
    point = "Top of the nail" if isinstance(item(a.catalogue_id), NailItem) else "Middle of the plate"
    p, q = pose_numbers(anatomy, a), pose_numbers(anatomy, b)
    medial, anterior, proximal = anatomical(anatomy, b.pose[:3, 3] - a.pose[:3, 3])
    rows = (
        ("along the bone", -p.below_mm, -q.below_mm, proximal, "proximal", "distal"),
        ("sideways", p.medial_mm, q.medial_mm, medial, "medial", "lateral"),
        ("front to back", p.anterior_mm, q.anterior_mm, anterior, "to the front", "to the back"),
    )
    for way, before, after, step, plus, minus in rows:
        if abs(step) > SAME_MM:
            change = f"{abs(step):.1f} mm {plus if step > 0 else minus}"
            yield Difference(
                topic, f"{point}, {way}", f"{before:.1f} mm", f"{after:.1f} mm", change, float(step), "mm"
            )
    for what, before, after in (
        ("Turn about the shaft", p.turn_deg, q.turn_deg),
        ("Tilt in the front view", p.tilt_front_deg, q.tilt_front_deg),
        ("Tilt in the side view", p.tilt_side_deg, q.tilt_side_deg),
    ):
        step = (after - before + 180.0) % 360.0 - 180.0
        if abs(step) > SAME_DEG:
            yield Difference(topic, what, f"{before:.1f}°", f"{after:.1f}°", f"{step:+.1f}°", step, "degrees")


def _screws(topic: str, one: Plan, other: Plan, n: int) -> Iterator[Difference]:
    a, b = ({r.place: r.length_mm for r in screw_rows(p, n)} for p in (one, other))
    counts = [sum(x is not None for x in rows.values()) for rows in (a, b)]
    yield from _count(topic, counts)
    for place in dict.fromkeys((*a, *b)):
        before, after = a.get(place), b.get(place)
        if before == after:
            continue
        said = ["empty" if x is None else f"{x:g} mm" for x in (before, after)]
        if before is None or after is None:
            yield Difference(topic, f"Screw, {place.lower()}", said[0], said[1])
        else:
            step = after - before
            yield Difference(topic, f"Screw, {place.lower()}", said[0], said[1], f"{step:+g} mm", step, "mm")


def _count(topic: str, counts: list[int]) -> Iterator[Difference]:
    if counts[0] != counts[1]:
        step = float(counts[1] - counts[0])
        yield Difference(topic, "Screws", f"{counts[0]}", f"{counts[1]}", f"{step:+.0f}", step)


def _number(
    topic: str, what: str, one: float, other: float, unit: str, plus: str, minus: str
) -> Iterator[Difference]:
    step = other - one
    if abs(step) > SAME_MM:
        change = f"{abs(step):.1f} {unit} {plus if step > 0 else minus}"
        yield Difference(topic, what, f"{one:.1f} {unit}", f"{other:.1f} {unit}", change, step, unit)
