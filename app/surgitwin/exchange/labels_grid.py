"""Whether two grids hold the same voxels, and moving labels from one to the other without resampling."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid

SAME_VOXEL = 0.02
"""Numerical setting: largest distance, in voxels, of a voxel centre from its partner. Files keep six
digits or more; half a voxel off is another grid."""


def shift_of(source: ImageGrid, grid: ImageGrid) -> FloatArray | None:
    """4x4 from (i, j, k) of `source` to (i, j, k) of `grid` when its voxels lie on those of `grid`, as whole
    numbers; axes may be exchanged or turned, and `source` may be a part of `grid` or reach beyond it."""
    m = np.linalg.solve(grid.affine, source.affine)
    whole = np.rint(m)
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in source.shape[::-1]], indexing="ij")).reshape(3, -1)
    off = (m - whole)[:3] @ np.vstack([corners, np.ones(corners.shape[1])])
    signed = np.abs(whole[:3, :3])
    axes = (signed.sum(axis=0) == 1).all() and (signed.sum(axis=1) == 1).all()
    return whole if axes and np.abs(off).max() <= SAME_VOXEL else None


def inside(shift: FloatArray, source: ImageGrid, grid: ImageGrid) -> bool:
    """Whether every voxel of `source` is one of `grid` under `shift_of`."""
    ends = np.array([(0, 0, 0), np.array(source.shape[::-1]) - 1])
    there = ends @ shift[:3, :3].T + shift[:3, 3]
    return bool((there >= 0).all() and (there < grid.shape[::-1]).all())


def placed(array: npt.NDArray[Any], source: ImageGrid, grid: ImageGrid) -> npt.NDArray[np.uint8]:
    """Labels [k, j, i] of `source` on `grid`; what lies beyond `grid` is left out. ValueError when they do
    not share voxels."""
    m = shift_of(source, grid)
    if m is None:
        raise ValueError("the grids do not share voxels")
    turn, start = m[:3, :3].astype(int), m[:3, 3].astype(int)
    order = [int(np.flatnonzero(turn[a])[0]) for a in range(3)]
    signs = [int(turn[a, order[a]]) for a in range(3)]
    ijk = array.T.transpose(order)
    ijk = ijk[tuple(slice(None, None, s) for s in signs)]
    size = np.array(ijk.shape)
    low = np.array([start[a] if signs[a] > 0 else start[a] - size[a] + 1 for a in range(3)])
    full = np.array(grid.shape[::-1])
    begin, end = np.maximum(low, 0), np.minimum(low + size, full)
    out = np.zeros(grid.shape, np.uint8)
    if (end > begin).all():
        there = tuple(slice(b, e) for b, e in zip(begin, end, strict=True))
        here = tuple(slice(b, e) for b, e in zip(begin - low, end - low, strict=True))
        out.T[there] = ijk[here]
    return out
