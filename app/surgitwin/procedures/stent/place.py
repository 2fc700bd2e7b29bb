"""A stent on the centreline: plans made, moved along the vessel and resized."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import PlacedImplant, Plan
from surgitwin.core.vessel import Course
from surgitwin.implants import StentItem, stent, stents
from surgitwin.procedures.base import parse_options
from surgitwin.procedures.stent.site import Site, item_of
from surgitwin.procedures.stent.table import parameters, setting
from surgitwin.procedures.vessel import Knob, VesselContext

NAME = "stent"
SIZES = ("diameter_mm", "length_mm")


def pose_at(course: Course, s_mm: float) -> FloatArray:
    """Rigid pose of the device's frame: origin at arc length s on the course, z downstream, x along e1."""
    points, tangent, e1, e2 = course.frames_at(np.array([s_mm]))
    pose = np.eye(4)
    pose[:3] = np.stack([e1[0], e2[0], tangent[0], points[0]], axis=1)
    return pose


def within(site: Site, item: StentItem, middle_mm: float) -> float:
    """The middle moved so that the stent stays in the measured vessel; centred when it is longer."""
    low, high = site.range_mm
    half = item.length_mm / 2
    if item.length_mm > high - low:
        return (low + high) / 2
    return float(np.clip(middle_mm, low + half, high - half))


def planned(site: Site, item: StentItem, middle_mm: float, options: Mapping[str, Any], name: str) -> Plan:
    """A plan with this stent; `position_mm` and, for a balloon, `balloon_mm` are written to its options."""
    course = site.artery.tube.course
    kept = {k: v for k, v in options.items() if k not in ("device", "balloon_mm")}
    kept |= {"position_mm": round(middle_mm, 3), "vessel": site.vessel}
    if item.expansion == "balloon_expandable":
        kept["balloon_mm"] = float(options.get("balloon_mm", item.diameter_mm))
    placed = PlacedImplant(item.id, pose_at(course, middle_mm))
    return Plan(NAME, name, "none", None, (placed,), kept)


def plan_name(item: StentItem) -> str:
    """A short name: "cocr-iliac-6x29"."""
    return f"{item.line}-{item.diameter_mm:g}x{item.length_mm:g}"


def adjust(context: VesselContext, plan: Plan, changes: Mapping[str, object]) -> Plan:
    """The plan with other options, another "catalogue_id", or the size of its line next to
    "diameter_mm" or "length_mm". A new diameter takes the balloon along.

    Raises UsageError for unknown options, InputError "implant.unknown".
    """
    old = item_of(plan)
    rest = {k: v for k, v in changes.items() if k not in ("catalogue_id", *SIZES)}
    item = stent(str(changes["catalogue_id"])) if "catalogue_id" in changes else old
    sizes = {k: float(str(changes[k])) for k in SIZES if k in changes}
    if sizes:
        item = nearest(item, **sizes)
    given = dict(plan.options)
    if item.diameter_mm != old.diameter_mm:
        given.pop("balloon_mm", None)
    options = parse_options(parameters(), {**given, **rest})
    site = Site.of(context, options)
    return planned(site, item, float(options["position_mm"]), options, plan.name)


def nearest(
    item: StentItem, *, diameter_mm: float | None = None, length_mm: float | None = None
) -> StentItem:
    """The stent of the same line that is nearest in diameter and then in length."""
    diameter = item.diameter_mm if diameter_mm is None else diameter_mm
    length = item.length_mm if length_mm is None else length_mm
    line = [i for i in stents().values() if i.line == item.line]
    return min(line, key=lambda i: (abs(i.diameter_mm - diameter), abs(i.length_mm - length)))


def knobs(context: VesselContext, plan: Plan) -> tuple[Knob, ...]:
    """Sliders: position along the vessel, diameter, length, and the balloon where there is one."""
    site, item = Site.of(context, plan.options), item_of(plan)
    low, high = site.range_mm
    half = min(item.length_mm, high - low) / 2
    line = [i for i in stents().values() if i.line == item.line]
    diameters = sorted({i.diameter_mm for i in line})
    lengths = sorted({i.length_mm for i in line if i.diameter_mm == item.diameter_mm})
    out = [
        Knob("position_mm", "Position along the vessel", "mm", low + half, high - half, 0.5),
        Knob("diameter_mm", "Diameter", "mm", diameters[0], diameters[-1], _step(diameters)),
        Knob("length_mm", "Length", "mm", lengths[0], lengths[-1], _step(lengths)),
    ]
    if item.expansion == "balloon_expandable":
        lowest = min(item.diameter_mm, site.lesion.reference_mm)
        out.append(Knob("balloon_mm", "Balloon", "mm", lowest, item.max_diameter_mm, 0.05))
    return tuple(out)


def margin_mm(site: Site, options: Mapping[str, Any]) -> float:
    """Healthy vessel wanted under the stent on each side of the lesion."""
    return float(options.get("margin_mm", setting(f"margin_{site.vessel}_mm")))


def _step(values: list[float]) -> float:
    return float(min(np.diff(values))) if len(values) > 1 else 1.0
