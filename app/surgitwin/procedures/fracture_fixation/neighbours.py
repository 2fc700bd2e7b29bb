"""Distances from implants to what they must not touch: keep-out structures and joints."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.solids import ArcRod, Box, ImplantSolids, Solid
from surgitwin.procedures.base import Context, Finding, Severity
from surgitwin.procedures.fracture_fixation.options import limit
from surgitwin.procedures.fracture_fixation.screw_checks import finding
from surgitwin.procedures.fracture_fixation.site import Site

LOOK_MM = 60.0
"""Points further from every implant than this are left out: only a far value would change, and the
message then says "more than". Numerical setting."""
HEAD_POINTS = 1500
"""Points on the sphere of the femoral head: 2 mm apart on a head of 25 mm (numerical setting)."""
NECK_DEPTH_MM = 2.0
"""Where the sphere lies deeper than this inside the bone is the neck, not the joint (numerical setting)."""

ESTIMATED = "where the surface of the femoral head is estimated to be"


def check_neighbours(context: Context, site: Site, built: list[ImplantSolids]) -> list[Finding]:
    """Findings "keep_out.distance" (every implant and structure) and "joint.distance" (screws and nails)."""
    out: list[Finding] = []
    for solids in built:
        for name, points in context.keep_out.items():
            out += _keep_out(solids, name, np.asarray(points))
        out += _joint(context, site, solids)
    return out


def _keep_out(solids: ImplantSolids, name: str, points: FloatArray) -> list[Finding]:
    words = name.replace("_", " ")
    wanted = limit("keep_out_distance")
    found = _closest(solids, points, ("plate", "nail", "screw", "bolt"))
    if found is None:
        return []
    room, part, at = found
    severity: Severity = "error" if room <= 0 else "warning" if room < wanted else "info"
    if room <= 0:
        text = f"{part.capitalize()} touches or enters {words}, which is marked keep out."
    elif room > LOOK_MM / 2:
        text = f"The implant stays more than {LOOK_MM / 2:g} mm away from {words} (at least {wanted:g} mm)."
    else:
        text = f"{part.capitalize()} lies {room:.1f} mm from {words} (at least {wanted:g} mm)."
    return [finding("keep_out.distance", severity, solids.name, room, "mm", text, at)]


def _joint(context: Context, site: Site, solids: ImplantSolids) -> list[Finding]:
    """The nearest joint surface: the femoral head's sphere, or a neighbouring bone."""
    wanted = limit("joint_distance")
    roles = ("nail", "screw", "bolt")
    head = site.anatomy.landmarks.get("head_centre")
    rows: list[tuple[float, str, FloatArray, str]] = []
    if head is not None:
        found = _closest(solids, _articular(site), roles)
        if found is not None:
            rows.append((*found, ESTIMATED if head.estimated else "the surface of the femoral head"))
    if context.other_bone is not None:
        found = _closest(solids, context.other_bone, roles)
        if found is not None:
            rows.append((*found, "the neighbouring bone"))
    if not rows:
        return []
    room, part, at, name = min(rows, key=lambda row: row[0])
    severity: Severity = "error" if room <= 0 else "warning" if room < wanted else "info"
    if name == ESTIMATED:
        # A head that the image does not show accuses nobody of more than standing in its way.
        severity = "warning" if room <= 0 else "info"
    if room <= 0:
        text = f"{part.capitalize()} reaches into the joint at {name}."
    elif room > LOOK_MM / 2:
        text = f"The implant stays more than {LOOK_MM / 2:g} mm away from {name} (at least {wanted:g} mm)."
    else:
        text = f"{part.capitalize()} lies {room:.1f} mm from {name} (at least {wanted:g} mm)."
    return [finding("joint.distance", severity, solids.name, room, "mm", text, at)]


def _articular(site: Site) -> FloatArray:
    """(n, 3) points on the femoral head's sphere, LPS, without the part inside the neck."""
    n = np.arange(HEAD_POINTS) + 0.5
    z = 1 - 2 * n / HEAD_POINTS
    angle = np.pi * (1 + 5**0.5) * n
    ring = np.sqrt(1 - z * z)
    sphere = np.column_stack([ring * np.cos(angle), ring * np.sin(angle), z])
    points = site.anatomy.landmarks["head_centre"].point_mm + site.anatomy.head_radius_mm * sphere
    outside: FloatArray = points[site.outline(points) > -NECK_DEPTH_MM]
    return outside


def _closest(
    solids: ImplantSolids, points: FloatArray, roles: tuple[str, ...]
) -> tuple[float, str, FloatArray] | None:
    """Smallest distance (mm, negative inside), the name of that part, and the point; None without either.

    Points beyond LOOK_MM of the implant's box are left out; when all are, the nearest corner counts.
    """
    parts = [s for s in solids.solids if s.role in roles]
    if not parts or not len(points):
        return None
    corners = np.concatenate([_box(s) for s in parts])
    low, high = corners.min(axis=0), corners.max(axis=0)
    beyond = np.linalg.norm(np.maximum(np.maximum(low - points, points - high), 0), axis=1)
    near = points[beyond < LOOK_MM]
    if not len(near):
        near = points[[int(beyond.argmin())]]
    away = np.stack([s.distance(near) for s in parts])
    part, at = np.unravel_index(int(away.argmin()), away.shape)
    return float(away[part, at]), _title(parts[int(part)]), near[int(at)]


def _title(part: Solid) -> str:
    return f"the {part.name}" if part.role in ("plate", "nail") else part.name


def _box(solid: Solid) -> FloatArray:
    """(2, 3) corners of a box round a solid, LPS."""
    if isinstance(solid, Box):
        reach = np.abs(np.asarray(solid.axes)) @ np.asarray(solid.half_mm)
        return np.array([solid.centre_mm - reach, solid.centre_mm + reach])
    if isinstance(solid, ArcRod):
        line = solid.centreline(np.linspace(0, solid.length_mm, 17))
    else:
        line = np.array([solid.start_mm, solid.end_mm])
    return np.array([line.min(axis=0) - solid.radius_mm, line.max(axis=0) + solid.radius_mm])
