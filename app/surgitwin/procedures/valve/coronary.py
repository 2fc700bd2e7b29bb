"""How near frame and open leaflet come to a coronary ostium."""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import DeviceFrame
from surgitwin.core.plan import Plan
from surgitwin.mechanics.devices.problem import Placement
from surgitwin.procedures.valve import walls
from surgitwin.procedures.valve.deployed import refined
from surgitwin.procedures.valve.options import section
from surgitwin.procedures.valve.place import depth, item_of, rings

SIDES = ("left", "right")
STEP_MM = 0.5
ANGLES = 180
"""Numerical settings: spacing of the points on the device's surface, along and around."""


def ostium(root: RootAnatomy, side: str) -> FloatArray | None:
    """(3,) LPS, None when it was not found."""
    found = root.landmarks.get(f"ostium_{side}")
    return None if found is None else found.point_mm


def virtual_clearance(root: RootAnatomy, plan: Plan, side: str) -> float | None:
    """mm from the ostium to the valve at its label size, where `clearance` says; None without an ostium."""
    item = item_of(plan)
    radius = nominal_outer_mm(item.frame)[:, None] / 2 * np.ones((1, 8))
    return clearance(root, plan, side, rings(root, plan), radius, None)


def nominal_outer_mm(frame: DeviceFrame) -> FloatArray:
    """(rings,) outer diameters in the nominal state: label size, or as heat-set."""
    if frame.kind == "balloon_expandable":
        return np.full(len(frame.rings), frame.nominal_diameter_mm)
    return np.array([r.rest_diameter_mm + r.strut_thickness_mm for r in frame.rings])


def clearance(
    root: RootAnatomy,
    plan: Plan,
    side: str,
    stand: Placement,
    radius_mm: FloatArray,
    moved_mm: FloatArray | None,
) -> float | None:
    """mm from the ostium to the device over the height that leaflet and frame share, less the leaflet.

    stand, radius_mm (rings, t): frames and outer radii of the rings. moved_mm (3,): how the wall moved at
    the ostium. None when the ostium was not found, or the frame ends below the annulus.
    """
    point = ostium(root, side)
    if point is None:
        return None
    frame = item_of(plan).frame
    low = max(0.0, depth(plan))
    tip = depth(plan) + float(section("coronary")["leaflet_height_mm"][side])
    high = min(tip, frame.length_mm)
    if high <= low:
        return None
    surface = outer_surface(frame, stand, radius_mm, low, high)
    where = point if moved_mm is None else point + moved_mm
    nearest = float(np.sqrt(((surface - where) ** 2).sum(-1)).min())
    return nearest - walls.thickness_mm(walls.LEAFLET)


def outer_surface(
    frame: DeviceFrame, stand: Placement, radius_mm: FloatArray, low_mm: float, high_mm: float
) -> FloatArray:
    """(k, 3) points between two heights over the inflow end; rings joined by straight lines."""
    z = np.array([r.z_mm for r in frame.rings])
    radius_mm = refined(radius_mm, ANGLES)
    turn = 2 * np.pi * np.arange(ANGLES) / ANGLES
    ray = stand.e1[:, None] * np.cos(turn)[:, None] + stand.e2[:, None] * np.sin(turn)[:, None]
    wall = stand.origin_mm[:, None] + ray * radius_mm[..., None]
    levels = np.linspace(low_mm, high_mm, max(2, round((high_mm - low_mm) / STEP_MM) + 1))
    at = np.clip(np.searchsorted(z, levels) - 1, 0, len(z) - 2)
    share = np.clip((levels - z[at]) / (z[at + 1] - z[at]), 0, 1)[:, None, None]
    # Beyond the end rings' middles the outline goes on straight along their axes.
    beyond = (levels - np.clip(levels, z[0], z[-1]))[:, None, None]
    axis = np.where(levels[:, None] < z[0], stand.axis[0], stand.axis[-1])[:, None]
    out: FloatArray = (wall[at] * (1 - share) + wall[at + 1] * share + beyond * axis).reshape(-1, 3)
    return out
