"""A registered image on the grid of the other one, for looking at; the original stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid, LabelMap, Volume
from surgitwin.imaging.convert import to_sitk


def sitk_transform(matrix: FloatArray) -> sitk.AffineTransform:
    """SimpleITK's transform of a 4x4 that takes moving points to fixed ones: it maps the other way, as
    resampling needs."""
    back = np.linalg.inv(matrix)
    out = sitk.AffineTransform(3)
    out.SetMatrix(back[:3, :3].ravel().tolist())
    out.SetTranslation(back[:3, 3].tolist())
    return out


def resample_onto(moving: Volume, grid: ImageGrid, matrix: FloatArray) -> Volume:
    """`moving` interpolated linearly at the voxels of `grid` (float32); NaN where it has none.

    meta says that it was resampled.
    """
    values = _resampled(to_sitk(moving), grid, matrix, sitk.sitkLinear, np.nan, sitk.sitkFloat32)
    meta = {**moving.meta, "resampled": "linearly, by a registration"}
    return Volume(values, grid, moving.modality, moving.unit, meta, moving.scale_known)


def labels_onto(labels: LabelMap, grid: ImageGrid, matrix: FloatArray) -> LabelMap:
    """Labels at the voxels of `grid`, each by the nearest voxel."""
    array = _resampled(to_sitk(labels), grid, matrix, sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    return LabelMap(array, grid, labels.segments)


def _resampled(
    image: sitk.Image, grid: ImageGrid, matrix: FloatArray, how: int, outside: float, kind: int
) -> npt.NDArray[Any]:
    nk, nj, ni = grid.shape
    filter_ = sitk.ResampleImageFilter()
    filter_.SetSize((ni, nj, nk))
    filter_.SetOutputOrigin(grid.origin_mm.tolist())
    filter_.SetOutputSpacing(grid.spacing_mm.tolist())
    filter_.SetOutputDirection(grid.direction.ravel().tolist())
    filter_.SetTransform(sitk_transform(matrix))
    filter_.SetInterpolator(how)
    filter_.SetDefaultPixelValue(outside)
    filter_.SetOutputPixelType(kind)
    out: npt.NDArray[Any] = sitk.GetArrayFromImage(filter_.Execute(image))
    return out
