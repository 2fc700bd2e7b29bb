"""The membranous septum: the thin wall between outflow tract and right heart below the commissure of the
right and the non-coronary leaflets.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage

from surgitwin.anatomy.root.image import TISSUE_HU, RootImage
from surgitwin.anatomy.root.wall_map import WallMap
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Plane

DEPTH_MM = 12.0
"""Sought down to this depth below the annulus (length 2 to 7 mm, dimensions.md C3)."""
REACH_MM, RAY_STEP_MM = 10.0, 0.25
SECTOR_DEG = 15.0
RIGHT_HEART_HU = 150.0
"""The right heart must be this bright to be told from muscle: planning setting."""
STEP_MM = 1.0
"""The septum ends where the wall is 1 mm thicker than its thinnest part (membrane 1 to 2 mm; muscle 3.4 mm at
1 mm below it, dimensions.md C3)."""
THIN_MM = 3.0


@dataclass(frozen=True, eq=False)
class Septum:
    """Lower end of the membranous septum on the wall (LPS), and how sure: 0 to 1."""

    point_mm: FloatArray
    confidence: float


def find_septum(
    image: RootImage, wall: WallMap, annulus: Plane, right_mm: FloatArray, non_mm: FloatArray
) -> Septum | None:
    """Its lower end, from the thickness of the wall to the right heart; None where that has no contrast."""
    middle = _between(wall, right_mm, non_mm)
    turns = np.radians(np.arange(-SECTOR_DEG, SECTOR_DEG + 1, 5.0))
    rays = np.arange(0.0, REACH_MM + 1e-9, RAY_STEP_MM)
    levels = wall.height_mm[(wall.height_mm > -DEPTH_MM) & (wall.height_mm < 4.0)]
    angle, height, out = np.meshgrid(middle + turns, levels, rays, indexing="ij")
    profile = ndimage.gaussian_filter(image.sample(wall.points(angle, height, -out)), (0.7, 0.7, 0.0))
    rays_mm = _thickness(profile, image.lumen_HU)
    if not np.isfinite(rays_mm).any(axis=0).all():
        return None
    thickness = np.nanmedian(rays_mm, axis=0)
    over = annulus.distance(wall.points(np.full(len(levels), middle), levels))
    return _lower_end(wall, middle, levels, over, thickness)


def _between(wall: WallMap, right_mm: FloatArray, non_mm: FloatArray) -> float:
    """Angle midway between two hinges, on the shorter side."""
    local = wall.frame.from_lps(np.stack([right_mm, non_mm]))
    turn = np.exp(1j * np.arctan2(local[:, 1], local[:, 0]))
    return float(np.angle(turn.sum()))


def _thickness(profile: FloatArray, lumen_hu: float) -> FloatArray:
    """(a, h) mm of dark wall along rays (a, h, k) that reach a bright cavity; nan for rays that do not."""
    index = np.arange(profile.shape[2])
    far = np.quantile(profile[..., round(4.0 / RAY_STEP_MM) :], 0.9)
    darkest = profile[..., : round(6.0 / RAY_STEP_MM)].argmin(axis=2)
    dark = np.take_along_axis(profile, darkest[..., None], axis=2)[..., 0]
    level = 0.5 * (np.maximum(dark, TISSUE_HU) + min(far, lumen_hu))
    beyond = (profile > level[..., None]) & (index > darkest[..., None])
    first = beyond.argmax(axis=2)
    values = np.where(beyond.any(axis=2) & (far > RIGHT_HEART_HU), first * RAY_STEP_MM, np.nan)
    return np.where(beyond.any(axis=2) | (far <= RIGHT_HEART_HU), values, REACH_MM)


def _lower_end(
    wall: WallMap, middle: float, levels: FloatArray, over: FloatArray, thickness: FloatArray
) -> Septum | None:
    near = (over > -5.0) & (over < 2.0) & np.isfinite(thickness)
    if near.sum() < 4:
        return None
    thin = float(np.quantile(thickness[near], 0.2))
    if thin > THIN_MM:
        return None
    order = np.argsort(-over)
    below = [i for i in order if over[i] < 1.5 and np.isfinite(thickness[i])]
    for before, here in pairwise(below):
        if thickness[here] > thin + STEP_MM:
            share = (thin + STEP_MM - thickness[before]) / max(thickness[here] - thickness[before], 1e-6)
            height = levels[before] + np.clip(share, 0, 1) * (levels[here] - levels[before])
            sure = float(np.clip(1 - thin / THIN_MM, 0.1, 0.9))
            return Septum(wall.points(middle, height), sure)
    return None
