"""What became of the stent's shape: recoil, length, bone shape, straightening."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.implants import StentItem
from surgitwin.mechanics.devices.problem import Placement
from surgitwin.mechanics.devices.result import DeploymentResult

FEWEST_RINGS = 4
"""Both ends of the stent need two rings for a direction."""


def recoil_percent(result: DeploymentResult) -> FloatArray:
    """(r,) 100 (inflated - final) / inflated outer diameter; nan for a self-expanding stent."""
    inflated = result.balloon_diameter_mm
    out: FloatArray = 100 * (inflated - result.ring_diameter_mm) / inflated
    return out


def foreshortening_percent(item: StentItem, diameter_mm: FloatArray) -> float:
    """100 (crimped - deployed) / crimped length from the rings' kinematics at their outer diameters (r,)."""
    crimped = item.length_at_mm(item.crimped_diameter_mm)
    return 100 * (crimped - deployed_length_mm(item, diameter_mm)) / crimped


def deployed_length_mm(item: StentItem, diameter_mm: FloatArray) -> float:
    """Length at outer ring diameters (r,); links in phase leave only the two half rings at the ends."""
    change = np.array([item.ring_height_mm(float(d)) for d in diameter_mm])
    change -= item.ring_height_mm(item.diameter_mm)
    if item.link == "in_phase":
        return item.length_mm + float(change[0] + change[-1]) / 2
    return item.length_mm + float(change.sum())


def dogboning_percent(diameter_mm: FloatArray) -> float:
    """100 (D_ends - D_smallest) / D_ends of outer ring diameters (r,)."""
    ends = float(diameter_mm[0] + diameter_mm[-1]) / 2
    return 100 * (ends - float(diameter_mm.min())) / ends


def straightening_deg(before: Placement, result: DeploymentResult) -> float | None:
    """Bend of the line of ring centres before minus after; None with fewer than four rings."""
    if len(before.origin_mm) < FEWEST_RINGS:
        return None
    return bend_deg(before.origin_mm) - bend_deg(ring_centres(result))


def ring_centres(result: DeploymentResult) -> FloatArray:
    """(r, 3) centroids of the rings' outlines, LPS."""
    r = result.ring_radius_mm
    turn = 2 * np.pi * np.arange(r.shape[1]) / r.shape[1]
    area = np.sum(r**2, axis=1)
    x = 2 / 3 * np.sum(r**3 * np.cos(turn), axis=1) / area
    y = 2 / 3 * np.sum(r**3 * np.sin(turn), axis=1) / area
    out: FloatArray = result.ring_origin_mm + x[:, None] * result.ring_e1 + y[:, None] * result.ring_e2
    return out


def bend_deg(points_mm: FloatArray) -> float:
    """Angle between the directions of the first and of the last third of a line of points (r, 3), r >= 4.

    What a plaque pushes aside between them does not count.
    """
    n = max(2, len(points_mm) // 3)
    first, last = _direction(points_mm[:n]), _direction(points_mm[-n:])
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(first, last)), first @ last)))


def _direction(points_mm: FloatArray) -> FloatArray:
    """(3,) unit vector of the straight line nearest to points (k, 3), from the first to the last."""
    _, _, axes = np.linalg.svd(points_mm - points_mm.mean(axis=0), full_matrices=False)
    along: FloatArray = axes[0] * np.sign(axes[0] @ (points_mm[-1] - points_mm[0]))
    return along
