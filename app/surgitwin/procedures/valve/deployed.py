"""Shape of the deployed frame and stress in the wall."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import DeviceFrame
from surgitwin.core.vessel import measure_section
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.problem import Placement
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.valve.options import section

PARTS = ("inflow", "annulus", "outflow")
OUTLINE_ANGLES = 360
"""Numerical setting: a circle of 48 corners would have an eccentricity of 0.002."""


def places_mm(frame: DeviceFrame, depth_mm: float) -> dict[str, float]:
    """Height over the inflow end at which each part is measured: end rings, and the annulus plane."""
    z = [r.z_mm for r in frame.rings]
    return {"inflow": z[0], "annulus": min(max(depth_mm, z[0]), z[-1]), "outflow": z[-1]}


def along(frame: DeviceFrame, at_mm: float, by_ring: FloatArray) -> FloatArray:
    """Values of the rings (rings, ...) at a height, linear between rings, constant beyond them."""
    z = np.array([r.z_mm for r in frame.rings])
    if len(z) == 1:
        return np.asarray(by_ring[0])
    i = int(np.clip(np.searchsorted(z, at_mm) - 1, 0, len(z) - 2))
    share = float(np.clip((at_mm - z[i]) / (z[i + 1] - z[i]), 0, 1))
    return np.asarray(by_ring[i] * (1 - share) + by_ring[i + 1] * share)


def eccentricity(radius_mm: FloatArray) -> float:
    """1 - min/max width of a closed outline of radii (t,), linear in between."""
    radius_mm = refined(radius_mm[None], OUTLINE_ANGLES)[0]
    turn = 2 * np.pi * np.arange(len(radius_mm)) / len(radius_mm)
    outline = np.column_stack([radius_mm * np.cos(turn), radius_mm * np.sin(turn), np.zeros(len(turn))])
    return measure_section(outline).eccentricity


def refined(radius_mm: FloatArray, angles: int) -> FloatArray:
    """(rings, t) radii at more angles (rings, angles), linear between the given ones."""
    given = np.arange(radius_mm.shape[1] + 1) / radius_mm.shape[1]
    wanted = np.arange(angles) / angles
    closed = np.concatenate([radius_mm, radius_mm[:, :1]], axis=1)
    return np.stack([np.interp(wanted, given, row) for row in closed])


def recoil_percent(frame: DeviceFrame, at_mm: float, result: DeploymentResult) -> float | None:
    """Fall of the diameter from full inflation; None for a self-expanding device."""
    full = float(along(frame, at_mm, result.balloon_diameter_mm))
    if not np.isfinite(full):
        return None
    return 100 * (full - float(along(frame, at_mm, result.ring_diameter_mm))) / full


def final_rings(result: DeploymentResult) -> Placement:
    """Frames of the rings after deployment."""
    return Placement(result.ring_origin_mm, result.ring_e1, result.ring_e2, result.ring_axis)


def wall_stress(wall: WallMesh, result: DeploymentResult) -> float:
    """99th percentile by volume of the largest principal stress, without calcium and cut ends, MPa."""
    known = section("stress")
    corners = wall.points_mm[wall.cells[:, :4]]
    edges = corners[:, 1:] - corners[:, :1]
    volume = np.abs(np.linalg.det(edges)) / 6
    away = cKDTree(wall.points_mm[wall.ends]).query(corners.mean(axis=1))[0]
    keep = (wall.calcium < 0.5) & (away >= known["end_mm"])
    if not keep.any():
        keep[:] = True
    order = np.argsort(result.stress_MPa[keep])
    stress, weight = result.stress_MPa[keep][order], volume[keep][order]
    share = np.cumsum(weight) / weight.sum()
    return float(stress[int(np.searchsorted(share, known["percentile"] / 100))])
