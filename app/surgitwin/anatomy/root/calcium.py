"""Calcium of the valve and the outflow tract: two rules for the volume, and which cusp it belongs to."""

from __future__ import annotations

import cc3d
import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.root.image import RootImage
from surgitwin.anatomy.root.wall_map import WallMap
from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import Calcium

FIXED_HU = 850.0
"""Contrast CT (Jilaihawi 2014, 10.1093/ehjci/jeu162)."""
ABOVE_LUMEN_HU = 100.0
"""Lumen + 100 HU (AUC 0.81, physics.md 3.3)."""
FIXED, RELATIVE = "fixed 850 HU", "lumen + 100 HU"
OUTFLOW_MM, ABOVE_MM, BESIDE_MM = 12.0, 18.0, 3.5
"""Region: from 12 mm below the annulus to 18 mm above it, up to 3.5 mm outside the inner wall."""
BEYOND_SHARE = 0.3
"""An island with more than this share of itself outside the region is dense contrast of a vein or chamber."""
SPECK_MM3 = 3.0
"""Smaller islands are noise: planning setting."""
REGIONS = ("left", "right", "non", "outflow")


def find_calcium(image: RootImage, wall: WallMap, annulus: Plane, hinges_mm: FloatArray) -> Calcium:
    """Calcium near the valve. hinges_mm (3, 3): left, right, non-coronary; the nearest names the cusp.

    Voxels of the smoothed image, islands under 3 mm3 dropped. points_mm: voxels over 850 HU.
    """
    points, index, near = _bright_voxels(image, wall, annulus)
    values = image.array[tuple(index.T)]
    voxel = image.grid.voxel_volume_mm3
    relative = image.lumen_HU + ABOVE_LUMEN_HU
    kept = {
        name: _islands(index, values > limit, near, voxel)
        for name, limit in ((FIXED, FIXED_HU), (RELATIVE, relative))
    }
    calcium = points[kept[FIXED]]
    return Calcium(
        calcium,
        voxel,
        FIXED_HU,
        {name: float(keep.sum() * voxel) for name, keep in kept.items()},
        regions(calcium, voxel, annulus, hinges_mm),
    )


def regions(
    points_mm: FloatArray, voxel_mm3: float, annulus: Plane, hinges_mm: FloatArray
) -> dict[str, float]:
    """Volume, mm3, by cusp above the annulus plane and of the outflow tract below it."""
    above = annulus.distance(points_mm) >= 0
    flat = points_mm - annulus.point_mm
    toward = hinges_mm - annulus.point_mm
    toward = toward / np.linalg.norm(toward, axis=1, keepdims=True)
    cusp = (flat @ toward.T).argmax(axis=1) if len(points_mm) else np.zeros(0, int)
    out = {name: float((above & (cusp == n)).sum() * voxel_mm3) for n, name in enumerate(REGIONS[:3])}
    out["outflow"] = float((~above).sum() * voxel_mm3)
    return out


def _bright_voxels(
    image: RootImage, wall: WallMap, annulus: Plane
) -> tuple[FloatArray, IntArray, npt.NDArray[np.bool_]]:
    """Points and array indices (k, 3) of voxels over lumen + 100 HU, and which lie in the region."""
    index = np.argwhere(image.array > image.lumen_HU + ABOVE_LUMEN_HU)
    points = image.grid.index_to_lps(index[:, ::-1])
    level = annulus.distance(points)
    local = wall.frame.from_lps(points)
    radius = np.hypot(local[:, 0], local[:, 1])
    limit = wall.radius(np.arctan2(local[:, 1], local[:, 0]), local[:, 2]) + BESIDE_MM
    near = (level > -OUTFLOW_MM) & (level < ABOVE_MM) & (radius < limit)
    return points, index, near


def _islands(
    index: IntArray, bright: npt.NDArray[np.bool_], near: npt.NDArray[np.bool_], voxel_mm3: float
) -> npt.NDArray[np.bool_]:
    """Those of `bright` voxels in the region whose islands are no specks and lie mostly in the region."""
    if not (bright & near).any():
        return bright & near
    low = index[bright].min(axis=0)
    mask = np.zeros(index[bright].max(axis=0) - low + 1, np.uint8)
    mask[tuple((index[bright] - low).T)] = 1
    labels = cc3d.connected_components(mask, connectivity=26)
    island = labels[tuple((index[bright] - low).T)]
    whole = np.bincount(island)
    inside = np.bincount(island[near[bright]], minlength=len(whole))
    good = (inside * voxel_mm3 >= SPECK_MM3) & (inside >= (1 - BEYOND_SHARE) * whole)
    out = np.zeros_like(bright)
    out[bright] = good[island]
    return out & near
