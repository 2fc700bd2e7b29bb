"""The bone resampled along its own shaft: signed distances on an isotropic grid in a local frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
import SimpleITK as sitk  # noqa: N813

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.core.image import ImageGrid

SPACING_MM = 1.0
"""Numerical setting: spacing of the straightened grid (pixels of a thigh CT are 0.7 to 1 mm)."""
MARGIN_MM = 6.0
"""Numerical setting: room round the bone."""
SMOOTHING_MM = 1.0
"""Numerical setting (measured.md, Surface): Gaussian width on the signed distance."""


@dataclass(frozen=True, eq=False)
class StraightBone:
    """Signed distance mm (negative inside) [z, y, x] at `low_mm + SPACING_MM * (x, y, z)` in `frame`."""

    frame: Frame
    low_mm: FloatArray
    distance: FloatArray

    @cached_property
    def inside(self) -> npt.NDArray[np.bool_]:
        """Boolean [z, y, x]."""
        out: npt.NDArray[np.bool_] = self.distance < 0
        return out

    def axis_mm(self, axis: int) -> FloatArray:
        """Coordinates in mm along frame axis 0 x, 1 y, 2 z."""
        out: FloatArray = self.low_mm[axis] + SPACING_MM * np.arange(self.distance.shape[2 - axis])
        return out

    def points(self, mask: npt.NDArray[np.bool_]) -> FloatArray:
        """(n, 3) frame coordinates of the voxels of `mask` [z, y, x]."""
        out: FloatArray = self.low_mm + SPACING_MM * np.argwhere(mask)[:, ::-1]
        return out

    def distance_at(self, points: npt.ArrayLike) -> FloatArray:
        """Signed distance (...,) at frame points (..., 3); large outside the grid."""
        index = (np.asarray(points, float) - self.low_mm) / SPACING_MM
        out: FloatArray = ndi.map_coordinates(
            self.distance, np.moveaxis(index[..., ::-1], -1, 0), order=1, cval=MARGIN_MM
        )
        return out


def signed_distance(mask: npt.NDArray[np.bool_], spacing_kji: npt.ArrayLike) -> FloatArray:
    """Two-sided signed distance in mm, negative inside (measured.md: one map alone shrinks the bone)."""
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing([float(s) for s in np.asarray(spacing_kji)[::-1]])

    def mapped(binary: sitk.Image) -> sitk.Image:
        found: sitk.Image = sitk.SignedMaurerDistanceMap(binary, False, True, True)
        return found

    out: FloatArray = sitk.GetArrayFromImage((mapped(image) - mapped(image == 0)) * 0.5)
    return out


def straighten(mask: npt.NDArray[np.bool_], grid: ImageGrid, frame: Frame) -> StraightBone:
    """Resample `mask` [k, j, i] as signed distance on a grid along `frame`."""
    spacing = np.asarray(grid.spacing_mm)[::-1]
    hit = np.argwhere(mask)
    pad = np.ceil((MARGIN_MM + 2) / spacing).astype(int)
    low, high = hit.min(axis=0), hit.max(axis=0) + 1
    box = np.pad(mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], [(p, p) for p in pad])
    field = signed_distance(box, spacing)
    local = frame.from_lps(grid.index_to_lps(hit[:, ::-1]))
    start = np.floor(local.min(axis=0) - MARGIN_MM)
    shape = np.ceil((local.max(axis=0) + MARGIN_MM - start) / SPACING_MM).astype(int) + 1
    step = np.linalg.inv(grid.affine[:3, :3]) @ frame.axes * SPACING_MM  # voxel (i, j, k) per grid step
    origin = grid.lps_to_index(frame.to_lps(start)) - (low - pad)[::-1]
    flip = np.eye(3)[::-1]
    values = ndi.affine_transform(
        field,
        flip @ step @ flip,
        offset=origin[::-1],
        output_shape=tuple(int(n) for n in shape[::-1]),
        order=1,
        cval=MARGIN_MM + 2,
    )
    return StraightBone(frame, start, ndi.gaussian_filter(values, SMOOTHING_MM / SPACING_MM, mode="nearest"))
