"""A segment as a picture of itself, on cubes: sections are measured on it where the image cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.tree.lumen import Lumen, Mask
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid

SMOOTHING_VOXELS = 0.8
"""Numerical setting: evens the steps of a voxel edge."""
_ROOM = 4  # numerical setting: empty voxels round the segment
_SAME = 1.001  # numerical setting: edges of voxels within this ratio are as long as each other


@dataclass(frozen=True, eq=False)
class Shade:
    """values float32 [k, j, i]: 1 inside the segment, 0 outside, smoothed. sigma_mm: of that blur, the same
    in every direction.
    """

    values: npt.NDArray[np.float32]
    grid: ImageGrid
    sigma_mm: float


def shade_of(lumen: Lumen) -> Shade:
    """The smoothed segment on cubes of its shortest voxel edge.

    Where voxels are no cubes, the border between slices follows the signed distance, at the level that keeps
    the volume of the voxels: the blur would else be another one along the slices than across them.
    """
    mask = np.pad(lumen.mask, _ROOM)
    spacing = lumen.spacing_kji
    step = float(spacing.min())
    if float(spacing.max()) > _SAME * step:
        mask = _on_cubes(mask, spacing, step)
    origin = lumen.lps(np.full((1, 3), -_ROOM))[0]
    grid = ImageGrid(mask.shape, origin, np.full(3, step), lumen.grid.direction)
    values = ndimage.gaussian_filter(mask.astype(np.float32), SMOOTHING_VOXELS)
    # A voxel is one or nothing by its centre: the mean over a voxel's width comes on top of the Gaussian.
    return Shade(values, grid, step * float(np.sqrt(SMOOTHING_VOXELS**2 + 1 / 12)))


def _on_cubes(mask: Mask, spacing: FloatArray, step_mm: float) -> Mask:
    """The mask [k, j, i] on cubes of step_mm, the first voxel's centre where it was."""
    inside = ndimage.distance_transform_edt(mask, sampling=spacing)
    field = (inside - ndimage.distance_transform_edt(~mask, sampling=spacing)).astype(np.float32)
    for axis, edge in enumerate(spacing):
        field = _finer(field, axis, float(edge) / step_mm)
    count = round(float(np.count_nonzero(mask)) * float(np.prod(spacing)) / step_mm**3)
    level = np.partition(field.ravel(), field.size - count)[field.size - count]
    over, least = field > level, field >= level  # distances of a straight wall are all alike
    fewer, more = count - np.count_nonzero(over), np.count_nonzero(least) - count
    out: Mask = over if fewer < more else least
    return out


def _finer(field: npt.NDArray[np.float32], axis: int, ratio: float) -> npt.NDArray[np.float32]:
    """The field with `ratio` times as many samples along an axis, linear between its own."""
    count = field.shape[axis]
    at = np.arange(int((count - 1) * ratio + 1e-6) + 1) / ratio
    low = np.clip(at.astype(int), 0, count - 2)
    share = (at - low).astype(np.float32)
    share = share.reshape([-1 if n == axis else 1 for n in range(3)])
    out: npt.NDArray[np.float32] = field.take(low, axis) * (1 - share) + field.take(low + 1, axis) * share
    return out
