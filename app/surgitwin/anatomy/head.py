"""The femoral head and neck where the image shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.optimize

from surgitwin.anatomy.straight import SPACING_MM, StraightBone
from surgitwin.anatomy.tables import rule
from surgitwin.core.arrays import FloatArray

MAX_RMS_MM = 1.0
"""Numerical setting: a head rounder than this is a head (about one voxel)."""
MIN_COVERAGE = 0.9
"""Numerical setting: share of the sphere, away from the neck, that must be bone surface."""
FREE_DEG = 110.0
"""Numerical setting: the head's free surface reaches this far round from its medial pole."""
NEAR_MM = 2.0
"""Numerical setting: surface within this distance of the sphere belongs to the head."""


@dataclass(frozen=True, eq=False)
class Head:
    """Sphere: centre_mm (3,), radius_mm, rms_mm of its surface, coverage 0..1 of its free part."""

    centre_mm: FloatArray
    radius_mm: float
    rms_mm: float
    coverage: float


def find_head(bone: StraightBone, neck_angle: float, lesser_z: float) -> Head | None:
    """The head as a sphere in the frame of `bone`, or None when the image does not show a whole one.

    neck_angle: direction of the neck about z (rad); lesser_z: height of the lesser trochanter (mm).
    """
    shell = np.abs(bone.distance) < 1.0
    points, offset = bone.points(shell), bone.distance[shell]
    out = np.array([np.cos(neck_angle), np.sin(neck_angle), 0.0])
    reach = points @ out
    above = (points[:, 2] > lesser_z + 10) & (reach > 0)
    if not above.any():
        return None
    mean_radius = rule("head_diameter_mm")[0] / 2
    take = above & (reach > float(reach[above].max()) - mean_radius)
    centre, radius = fit_sphere(points[take], offset[take])
    for _ in range(10):
        arm = points - centre
        length = np.linalg.norm(arm, axis=1)
        pole = _pole(out)
        free = arm @ pole > np.cos(np.radians(FREE_DEG)) * length
        take = above & free & (np.abs(length - radius - offset) < NEAR_MM)
        if take.sum() < 100:
            return None
        centre, radius = fit_sphere(points[take], offset[take])
    error = np.linalg.norm(points[take] - centre, axis=1) - radius - offset[take]
    head = Head(
        centre, radius, float(np.sqrt(np.mean(error**2))), _coverage(bone, centre, radius, _pole(out))
    )
    whole = head.coverage >= MIN_COVERAGE and head.rms_mm <= MAX_RMS_MM
    return head if whole and abs(radius - mean_radius) < 0.4 * mean_radius else None


def _pole(out: FloatArray) -> FloatArray:
    angle = np.radians(180 - rule("neck_shaft_angle_deg")[0])
    pole: FloatArray = np.sin(angle) * out + np.array([0, 0, np.cos(angle)])
    return pole


def _coverage(bone: StraightBone, centre: FloatArray, radius: float, pole: FloatArray) -> float:
    """Share of the free part of the sphere where the bone's surface lies within NEAR_MM."""
    n = np.arange(600) + 0.5
    polar, turn = np.arccos(1 - 2 * n / 600), np.pi * (1 + np.sqrt(5)) * n
    ray = np.stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], 1)
    ray = ray[ray @ pole > np.cos(np.radians(FREE_DEG))]
    return float((np.abs(bone.distance_at(centre + radius * ray)) < NEAR_MM).mean())


def fit_sphere(points: FloatArray, offset: FloatArray) -> tuple[FloatArray, float]:
    """Centre (3,) and radius of the sphere that (n, 3) points miss by the signed `offset` (n,), robustly."""
    a = np.c_[2 * points, np.ones(len(points))]
    start = np.linalg.lstsq(a, (points**2).sum(axis=1), rcond=None)[0]
    radius = float(np.sqrt(max(start[3] + start[:3] @ start[:3], 1.0)))

    def residual(p: npt.NDArray[np.float64]) -> FloatArray:
        out: FloatArray = np.linalg.norm(points - p[:3], axis=1) - p[3] - offset
        return out

    fit = scipy.optimize.least_squares(residual, np.r_[start[:3], radius], loss="soft_l1", f_scale=0.5)
    return fit.x[:3], float(fit.x[3])


def neck_axis(bone: StraightBone, head: Head, neck_angle: float) -> tuple[FloatArray, FloatArray]:
    """Centre (3,) of the narrowest neck section and unit direction (3,) from there to the head's centre.

    Sections square to the axis are taken between the head's rim and two radii from its centre.
    """
    inside = bone.points(bone.inside)
    near = inside[np.linalg.norm(inside - head.centre_mm, axis=1) < 2.5 * head.radius_mm]
    direction = _pole(np.array([np.cos(neck_angle), np.sin(neck_angle), 0.0]))
    centre = head.centre_mm - 1.2 * head.radius_mm * direction
    for _ in range(8):
        back = (head.centre_mm - near) @ direction
        across = np.linalg.norm(near - head.centre_mm + back[:, None] * direction, axis=1)
        best = np.inf
        for depth in np.arange(0.8 * head.radius_mm, 1.6 * head.radius_mm, 2 * SPACING_MM):
            section = near[(np.abs(back - depth) < SPACING_MM) & (across < 1.1 * head.radius_mm)]
            if 0 < len(section) < best:
                best, centre = len(section), section.mean(axis=0)
        direction = head.centre_mm - centre
        direction /= np.linalg.norm(direction)
    return centre, direction
