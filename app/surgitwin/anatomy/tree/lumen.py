"""The piece of a segment in which the tree is looked for, and how deep each voxel lies in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from surgitwin.anatomy.tree import errors
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid

Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]

_CLICK_VOXELS = 4.0  # a click this far outside the segment still means it
_LEAST_VOXELS = 27
BALL_SHORT_VOXELS = 0.5
"""A ball inside a voxel model is about this much smaller than the lumen (phantoms)."""


@dataclass(frozen=True, eq=False)
class Lumen:
    """mask [k, j, i]: one connected piece, cavities filled, one empty voxel round it. depth_mm: distance of
    each voxel's centre to the wall. low: index (k, j, i) in the image of voxel 0. left_out: voxels of other
    pieces.
    """

    mask: Mask
    depth_mm: npt.NDArray[np.float32]
    low: Index
    grid: ImageGrid
    left_out: int

    @cached_property
    def voxels(self) -> Index:
        """Voxels (n, 3) of the mask, k, j, i."""
        return np.argwhere(self.mask)

    @property
    def spacing_kji(self) -> FloatArray:
        """Voxel size along k, j, i."""
        out: FloatArray = self.grid.spacing_mm[::-1]
        return out

    @property
    def voxel_mm(self) -> float:
        """Mean voxel size."""
        return float(self.grid.spacing_mm.mean())

    def lps(self, kji: npt.ArrayLike) -> FloatArray:
        """LPS (n, 3) of indices (n, 3), not only whole ones."""
        return self.grid.index_to_lps((np.asarray(kji) + self.low)[..., ::-1])

    def index(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Continuous (k, j, i) of LPS points (..., 3)."""
        out: FloatArray = self.grid.lps_to_index(points_mm)[..., ::-1] - self.low
        return out

    def inside(self, points_mm: FloatArray) -> Mask:
        """Which LPS points (n, 3) lie in voxels of the mask."""
        kji = np.rint(self.index(points_mm)).astype(int)
        ok = ((kji >= 0) & (kji < self.mask.shape)).all(-1)
        out: Mask = ok & self.mask[tuple(np.clip(kji, 0, np.array(self.mask.shape) - 1).T)]
        return out

    def nearest(self, name: str, point_mm: npt.ArrayLike) -> tuple[int, ...]:
        """Voxel of the mask at a click; InputError "tree.click_outside", "tree.click_apart"."""
        away, row = cKDTree(self.voxels * self.spacing_kji).query(self.index(point_mm) * self.spacing_kji)
        if away > _CLICK_VOXELS * self.voxel_mm:
            raise (
                errors.other_piece(name, point_mm, away)
                if self.left_out
                else errors.outside(name, point_mm, away)
            )
        return tuple(int(v) for v in self.voxels[row])


def find_lumen(mask: Mask, grid: ImageGrid, root_mm: npt.ArrayLike | None = None) -> Lumen:
    """The piece of the segment that holds the root (the largest without one).

    Raises InputError "tree.empty", "tree.click_outside".
    """
    if np.count_nonzero(mask) < _LEAST_VOXELS:
        raise errors.empty()
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    parts = cc3d.connected_components(np.ascontiguousarray(mask[box]), connectivity=26)
    known = cc3d.statistics(parts)
    counts = np.array(known["voxel_counts"], np.int64)
    counts[0] = 0
    first = np.array([b.start for b in box])
    label = int(counts.argmax())
    if root_mm is not None:
        label = _label_at(parts, grid, first, np.asarray(root_mm, float))
    part = known["bounding_boxes"][label]
    whole = np.pad(parts[part] == label, 1)
    whole = ndimage.binary_fill_holes(whole)
    spacing = grid.spacing_mm[::-1]
    depth = _depth(whole, spacing)
    low = first + np.array([b.start for b in part]) - 1
    return Lumen(whole, depth, low, grid, int(counts.sum() - counts[label]))


def _depth(mask: Mask, spacing: FloatArray) -> npt.NDArray[np.float32]:
    """Distance of each voxel's centre to the wall, which lies half a voxel this side of the nearest centre
    outside: half of what a voxel measures in that direction. At least an eighth of a voxel.
    """
    away, nearest = ndimage.distance_transform_edt(mask, sampling=spacing, return_indices=True)
    out = np.zeros(mask.shape, np.float32)
    steps = (nearest[:, mask].T - np.argwhere(mask)) * spacing
    half = 0.5 * np.linalg.norm(steps * spacing, axis=1) / away[mask]
    out[mask] = np.maximum(away[mask] - half, 0.25 * half)
    return out


def _label_at(parts: npt.NDArray[Any], grid: ImageGrid, first: Index, point: FloatArray) -> int:
    """Label of the piece at a click."""
    spacing = grid.spacing_mm[::-1]
    voxels = np.argwhere(parts > 0)
    at = (grid.lps_to_index(point)[::-1] - first) * spacing
    away, row = cKDTree(voxels * spacing).query(at)
    if away > _CLICK_VOXELS * float(spacing.mean()):
        raise errors.outside("root", point, float(away))
    return int(parts[tuple(voxels[row])])
