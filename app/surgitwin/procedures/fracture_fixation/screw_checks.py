"""Checks of single screws and bolts: reach, length, distance to gap and cut, collisions."""

from __future__ import annotations

from itertools import combinations
from typing import cast

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Fracture
from surgitwin.core.solids import Cylinder, ImplantSolids
from surgitwin.procedures.base import Finding, Severity
from surgitwin.procedures.fracture_fixation.options import limit
from surgitwin.procedures.fracture_fixation.site import Site

LENGTH_STEP_MM = 0.01


def finding(
    code: str,
    severity: Severity,
    implant: str,
    value: float,
    unit: str,
    text: str,
    at: npt.ArrayLike | None = None,
) -> Finding:
    """A finding whose message is the sentence `text`; at (3,): its place, LPS."""
    place = None if at is None else tuple(round(float(x), 2) for x in np.asarray(at, float))
    return Finding(code, severity, text, implant, round(float(value), 3), unit, cast(_Point, place))


_Point = tuple[float, float, float] | None


def fixings_of(solids: ImplantSolids) -> list[Cylinder]:
    """Screws and bolts of an implant."""
    return [s for s in solids.solids if isinstance(s, Cylinder) and s.role in ("screw", "bolt")]


def check_screw(
    site: Site, fracture: Fracture | None, implant: str, fixing: Cylinder, lengths_mm: tuple[float, ...]
) -> list[Finding]:
    """Findings of one screw; `lengths_mm` are those that it is made in."""
    name = fixing.name.capitalize()
    out: list[Finding] = []
    if min(abs(fixing.length_mm - x) for x in lengths_mm) > LENGTH_STEP_MM:
        text = f"{name} is not made in a length of {fixing.length_mm:.1f} mm."
        out.append(finding("screw.length", "error", implant, fixing.length_mm, "mm", text, fixing.start_mm))
    entries, exits = site.outline.crossings(fixing.start_mm, fixing.direction, fixing.length_mm + 40)
    if not len(entries) or entries[0] > fixing.length_mm:
        text = f"{name} does not reach bone."
        return [*out, finding("screw.misses_bone", "error", implant, 0.0, "mm", text, fixing.start_mm)]
    out += _near_cortex(site, implant, fixing)
    out += [_past_cortex(implant, fixing, exits), _cut_distance(site, implant, fixing)]
    if fracture is not None:
        out.append(_gap_distance(implant, fixing, fracture, float(entries[0]), exits))
    return out


def holds(site: Site, fixing: Cylinder) -> bool:
    """Whether a screw or bolt goes through both cortices."""
    entries, exits = site.outline.crossings(fixing.start_mm, fixing.direction, fixing.length_mm)
    through = len(entries) > 0 and len(exits) > 0 and float(exits[0]) <= fixing.length_mm
    return through and _head_depth(site, fixing) <= limit("head_depth_max")


def check_sides(site: Site, fracture: Fracture, implant: str, fixings: list[Cylinder]) -> list[Finding]:
    """Bicortical screws on the weaker side of the fracture: two bolts hold a nail, three screws a plate.

    A nail with fewer is free to turn or slide there and is refused; a plate gets a warning.
    """
    held = [f for f in fixings if holds(site, f)]
    middle = [float(fracture.plane.distance((f.start_mm + f.end_mm) / 2)) for f in held]
    count = min(sum(d > 0 for d in middle), sum(d < 0 for d in middle))
    plated = any(f.role == "screw" for f in fixings)
    wanted = int(limit("screws_per_side_min" if plated else "bolts_per_side_min"))
    severity: Severity = "info"
    if count < wanted:
        severity = "warning" if plated and count > 0 else "error"
    word = "screw" if plated else "bolt"
    one = count == 1
    text = (
        f"The weaker side of the fracture has {count} {word}{'' if one else 's'} that "
        f"hold{'s' if one else ''} both cortices (at least {wanted})."
    )
    return [finding("screw.side", severity, implant, float(count), "1", text)]


def check_collisions(built: list[ImplantSolids]) -> list[Finding]:
    """Screws against screws of one implant, and implants against each other."""
    out: list[Finding] = []
    for solids in built:
        for a, b in combinations(fixings_of(solids), 2):
            room = float(b.distance(_axis(a)).min()) - a.radius_mm
            if room < 0:
                text = f"{a.name.capitalize()} cuts {-room:.1f} mm into {b.name}."
                at = _axis(a)[int(b.distance(_axis(a)).argmin())]
                out.append(finding("implant.collision", "error", solids.name, room, "mm", text, at))
    for one, other in combinations(built, 2):
        points = np.vstack([_axis(s) for s in one.solids if isinstance(s, Cylinder) and s.role != "hole"])
        radius = max(s.radius_mm for s in one.solids if isinstance(s, Cylinder))
        room = float(other.distance(points).min()) - radius
        if room < 0:
            text = f"{one.name} cuts {-room:.1f} mm into {other.name}."
            at = points[int(other.distance(points).argmin())]
            out.append(finding("implant.collision", "error", one.name, room, "mm", text, at))
    return out


def _head_depth(site: Site, fixing: Cylinder) -> float:
    """How deep in the bone a screw starts, mm; negative outside."""
    return -float(site.outline(fixing.start_mm))


def _near_cortex(site: Site, implant: str, fixing: Cylinder) -> list[Finding]:
    depth = _head_depth(site, fixing)
    if depth <= limit("head_depth_max"):
        return []
    text = f"{fixing.name.capitalize()} starts {depth:.1f} mm inside the bone and misses its near cortex."
    return [finding("screw.unicortical", "warning", implant, depth, "mm", text, fixing.start_mm)]


def _past_cortex(implant: str, fixing: Cylinder, exits: FloatArray) -> Finding:
    name = fixing.name.capitalize()
    past = fixing.length_mm - float(exits[0]) if len(exits) else -np.inf
    if past < 0:
        short = -past if np.isfinite(past) else 40.0
        text = f"{name} ends inside the bone, at least {short:.1f} mm short of its far surface."
        return finding("screw.unicortical", "warning", implant, short, "mm", text, fixing.end_mm)
    allowed = limit("screw_protrusion_max")
    severity: Severity = "warning" if past > allowed else "info"
    if past > limit("screw_protrusion_error"):
        severity = "error"
    text = f"{name} stands {past:.1f} mm out of the far surface of the bone (at most {allowed:g} mm)."
    return finding("screw.protrusion", severity, implant, past, "mm", text, fixing.end_mm)


def _cut_distance(site: Site, implant: str, fixing: Cylinder) -> Finding:
    lowest = float(site.anatomy.frame.from_lps([fixing.start_mm, fixing.end_mm])[:, 2].min())
    room = lowest - fixing.radius_mm - site.distal_z_mm
    near = limit("cut_distance")
    name = fixing.name.capitalize()
    severity: Severity = "error" if room < 0 else "warning" if room < near - 1e-6 else "info"
    if room < 0:
        text = f"{name} lies {-room:.1f} mm beyond the distal cut of the model."
    else:
        text = f"{name} lies {room:.1f} mm from the distal cut of the model (at least {near:g} mm)."
    return finding("screw.cut_distance", severity, implant, room, "mm", text, fixing.end_mm)


def _gap_distance(
    implant: str, fixing: Cylinder, fracture: Fracture, entry: float, exits: FloatArray
) -> Finding:
    """Distance from the screw's part in bone to the nearer face of the gap; negative inside the gap."""
    end = min(float(exits[0]) if len(exits) else fixing.length_mm, fixing.length_mm)
    along = np.linspace(entry, end, 9)[:, None]
    axis = fixing.start_mm + along * fixing.direction
    distance = fracture.plane.distance(axis)
    nearest = axis[int(np.abs(distance).argmin())]
    tilt = np.sqrt(max(1 - float(fixing.direction @ fracture.plane.normal) ** 2, 0.0))
    crosses = bool(distance.min() < 0 < distance.max())
    room = 0.0 if crosses else float(np.abs(distance).min())
    room -= fracture.gap_mm / 2 + fixing.radius_mm * tilt
    wanted = limit("screw_gap_distance")
    name = fixing.name.capitalize()
    severity: Severity = "error" if room < 0 else "warning" if room < wanted else "info"
    if room < 0:
        text = f"{name} runs {-room:.1f} mm into the fracture gap."
    else:
        text = f"{name} lies {room:.1f} mm from the fracture gap (at least {wanted:g} mm)."
    return finding("screw.gap_distance", severity, implant, room, "mm", text, nearest)


def _axis(cylinder: Cylinder) -> FloatArray:
    t = np.arange(0.0, cylinder.length_mm + 0.5, 0.5)[:, None]
    out: FloatArray = cylinder.start_mm + np.minimum(t, cylinder.length_mm) * cylinder.direction
    return out
