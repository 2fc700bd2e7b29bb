"""Values between voxels: at points, on oblique planes, and in a part of the image."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name
from scipy import ndimage

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.core.image import ImageGrid, LabelMap, Volume
from surgitwin.imaging.convert import to_sitk

Outside = Literal["nearest"] | float

EDGE_TOLERANCE = 1e-6
"""In voxels: a point so close to the outermost voxel centres counts as inside (rounding of the affine)."""


def sample(volume: Volume, points_lps: npt.ArrayLike, outside: Outside = float("nan")) -> FloatArray:
    """Trilinear values (...,) float64 at points (..., 3) in LPS mm.

    outside: the value for points beyond the outermost voxel centres, or "nearest" for that of the
    nearest point of the grid.
    """
    points = np.asarray(points_lps, float)
    index = volume.grid.lps_to_index(points)[..., ::-1]
    flat = np.moveaxis(index, -1, 0).reshape(3, -1)
    values: FloatArray = ndimage.map_coordinates(
        volume.array, flat, output=np.float64, order=1, mode="nearest"
    )
    if outside != "nearest":
        last = np.array(volume.grid.shape)[:, None] - 1
        out = ((flat < -EDGE_TOLERANCE) | (flat > last + EDGE_TOLERANCE)).any(axis=0)
        values[out] = outside
    return values.reshape(points.shape[:-1])


def plane_grid(frame: Frame, size_mm: tuple[float, float], spacing_mm: float, n_slices: int = 1) -> ImageGrid:
    """Grid in the local x (i) and y (j) directions of `frame`, centred on its origin, stacked along z (k).

    size_mm: extent in x and y; spacing_mm: of the pixels and of the slices.
    """
    ni, nj = (max(1, round(extent / spacing_mm) + 1) for extent in size_mm)
    corner = -0.5 * spacing_mm * np.array([ni - 1, nj - 1, n_slices - 1])
    return ImageGrid((n_slices, nj, ni), frame.to_lps(corner), np.full(3, float(spacing_mm)), frame.axes)


def reformat(
    volume: Volume, grid: ImageGrid, outside: float = -1000.0, source: sitk.Image | None = None
) -> Volume:
    """The volume on another grid, trilinear, float32; `outside` where the image does not reach.

    source: `to_sitk(volume)` kept by callers that reformat often (saves the copy).
    """
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize([int(n) for n in grid.shape[::-1]])
    resampler.SetOutputOrigin(grid.origin_mm.tolist())
    resampler.SetOutputSpacing(grid.spacing_mm.tolist())
    resampler.SetOutputDirection(grid.direction.ravel().tolist())
    resampler.SetInterpolator(sitk.sitkLinear)
    resampler.SetDefaultPixelValue(float(outside))
    resampler.SetOutputPixelType(sitk.sitkFloat32)
    result = resampler.Execute(to_sitk(volume) if source is None else source)
    array: npt.NDArray[Any] = sitk.GetArrayFromImage(result)
    return Volume(array, grid, volume.modality, volume.unit, volume.meta)


def crop[Image: (Volume, LabelMap)](
    image: Image, low: tuple[int, int, int], high: tuple[int, int, int]
) -> Image:
    """Voxels low <= (k, j, i) < high, clipped to the image. ValueError when none is left."""
    shape = image.grid.shape
    start = [min(max(a, 0), n) for a, n in zip(low, shape, strict=True)]
    stop = [min(max(b, 0), n) for b, n in zip(high, shape, strict=True)]
    if any(b <= a for a, b in zip(start, stop, strict=True)):
        raise ValueError(f"crop {low} to {high} holds no voxel of {shape}")
    part = image.array[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    origin = image.grid.index_to_lps(start[::-1])
    return dataclasses.replace(
        image, array=part, grid=dataclasses.replace(image.grid, shape=part.shape, origin_mm=origin)
    )
