"""Signed distance fields: the smooth inside/outside function that surfaces and tetrahedra come from.

Negative inside. A field lives on its own isotropic grid (an `ImageGrid`, so index to LPS has one home)
and is sampled anywhere in LPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its documented short name
from scipy import ndimage
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance
from vtkmodules.vtkImagingStencil import vtkImageStencilToImage, vtkPolyDataToImageStencil

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import GeometryError
from surgitwin.core.image import ImageGrid
from surgitwin.core.mesh import SurfaceMesh

CACHE_MARGIN_MM = 4.0
"""Numerical setting: how far the grid reaches beyond the shape, so that gradients exist at its border."""


@dataclass(frozen=True, eq=False)
class DistanceField:
    """Signed distance in mm, float32 [k, j, i] on an isotropic grid; the shape is where it is < level."""

    array: npt.NDArray[np.float32]
    grid: ImageGrid
    level_mm: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", readonly(self.array, np.float32))

    def __call__(self, points_mm: npt.ArrayLike) -> FloatArray:
        """(...,) signed distance at (..., 3) LPS points, trilinear; positive outside the grid."""
        p = np.asarray(points_mm, float)
        kji = self.grid.lps_to_index(p.reshape(-1, 3))[:, ::-1].T
        value = ndimage.map_coordinates(self.array, kji, order=1, mode="nearest")
        size = np.array(self.grid.shape)[:, None] - 1
        beyond = np.linalg.norm(kji - np.clip(kji, 0, size), axis=0) * float(self.grid.spacing_mm[0])
        out: FloatArray = (value + beyond - self.level_mm).reshape(p.shape[:-1])
        return out

    @property
    def bounds_mm(self) -> FloatArray:
        """(2, 3) lowest and highest LPS corner of a box round the inside."""
        inside = np.argwhere(self.array < self.level_mm)
        low, high = inside.min(axis=0) - 1, inside.max(axis=0) + 1
        corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
        lps = self.grid.index_to_lps(corners[:, ::-1])
        return np.stack([lps.min(axis=0), lps.max(axis=0)])

    @property
    def volume_mm3(self) -> float:
        """Volume of the inside, from the part of every voxel that lies below the level."""
        return _volume(self.array, self.level_mm, float(self.grid.spacing_mm[0]))


def field_from_mask(
    mask: npt.NDArray[np.bool_], grid: ImageGrid, spacing_mm: float, smooth_mm: float
) -> tuple[DistanceField, DistanceField]:
    """The smoothed field of a mask [k, j, i], its level set so that volume is kept, and the unsmoothed one.

    spacing_mm: of the isotropic grid. smooth_mm: standard deviation of the Gaussian. The distance is
    half of (M(mask) - M(not mask)) with Maurer's map M: one map alone puts the border on voxel centres.
    Only the largest piece is kept and closed cavities are filled.
    Raises GeometryError "mesh.empty_labels" when the mask has no voxel.
    """
    if not mask.any():
        raise GeometryError(
            "mesh.empty_labels",
            "There is no voxel to make a surface from.",
            hint="Check the threshold of the segmentation.",
        )
    cropped, start = _crop(mask, int(np.ceil(CACHE_MARGIN_MM / float(grid.spacing_mm.min()))))
    distance = _resample(two_sided_distance(cropped, grid.spacing_mm), grid.spacing_mm, spacing_mm)
    smooth = sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(distance, smooth_mm))
    raw = sitk.GetArrayFromImage(distance)
    iso = ImageGrid(raw.shape, grid.index_to_lps(start[::-1]), np.full(3, spacing_mm), grid.direction)
    smooth = _one_piece(smooth)
    target = float(np.count_nonzero(_one_piece_mask(cropped))) * grid.voxel_volume_mm3
    level = level_of_volume(smooth, spacing_mm, target)
    return DistanceField(smooth, iso, level), DistanceField(raw, iso)


def field_from_surface(mesh: SurfaceMesh, spacing_mm: float = 1.0) -> DistanceField:
    """Signed distance of a closed surface: exact near it, by a distance map further away.

    Signs come from the surface's own normals (vtkImplicitPolyDataDistance), so it must be closed.
    """
    low = mesh.points_mm.min(axis=0) - CACHE_MARGIN_MM
    high = mesh.points_mm.max(axis=0) + CACHE_MARGIN_MM
    n = np.ceil((high - low) / spacing_mm).astype(int) + 1
    grid = ImageGrid((int(n[2]), int(n[1]), int(n[0])), low, np.full(3, spacing_mm), np.eye(3))
    poly = polydata(mesh)
    inside = voxels_inside(poly, grid)
    far = sitk.GetArrayFromImage(two_sided_distance(inside, grid.spacing_mm))
    band = np.argwhere(np.abs(far) < 3 * spacing_mm)
    exact = vtkImplicitPolyDataDistance()
    exact.SetInput(poly)
    values = vtkDoubleArray()
    exact.FunctionValue(numpy_to_vtk(grid.index_to_lps(band[:, ::-1]), deep=True), values)
    far[tuple(band.T)] = vtk_to_numpy(values)
    return DistanceField(far, grid)


def polydata(mesh: SurfaceMesh) -> vtkPolyData:
    """The surface as VTK's type."""
    points = vtkPoints()
    points.SetData(numpy_to_vtk(mesh.points_mm, deep=True))
    cells = vtkCellArray()
    offsets = np.arange(0, 3 * len(mesh.triangles) + 1, 3, dtype=np.int64)
    cells.SetData(
        numpy_to_vtk(offsets, deep=True), numpy_to_vtk(mesh.triangles.astype(np.int64).ravel(), deep=True)
    )
    out = vtkPolyData()
    out.SetPoints(points)
    out.SetPolys(cells)
    return out


def voxels_inside(poly: vtkPolyData, grid: ImageGrid) -> npt.NDArray[np.uint8]:
    """Voxels [k, j, i] of an axis-aligned grid whose centres lie inside the surface."""
    stencil = vtkPolyDataToImageStencil()
    stencil.SetInputData(poly)
    stencil.SetOutputOrigin(*grid.origin_mm)
    stencil.SetOutputSpacing(*grid.spacing_mm)
    stencil.SetOutputWholeExtent(*(v for n in grid.shape[::-1] for v in (0, n - 1)))
    image = vtkImageStencilToImage()
    image.SetInputConnection(stencil.GetOutputPort())
    image.SetInsideValue(1)
    image.SetOutsideValue(0)
    image.Update()
    array = vtk_to_numpy(image.GetOutput().GetPointData().GetScalars())
    out: npt.NDArray[np.uint8] = array.reshape(grid.shape).astype(np.uint8)
    return out


def level_of_volume(array: npt.NDArray[Any], spacing_mm: float, volume_mm3: float) -> float:
    """The level below which `array` encloses `volume_mm3` (bisection to 1e-4 mm)."""
    low, high = -3 * spacing_mm, 3 * spacing_mm
    band = array[array < high + spacing_mm]
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (middle, high) if _volume(band, middle, spacing_mm) < volume_mm3 else (low, middle)
    return (low + high) / 2


def _volume(array: npt.NDArray[Any], level: float, spacing_mm: float) -> float:
    share = np.clip(0.5 - (array - level) / spacing_mm, 0, 1)
    return float(share.sum(dtype=np.float64)) * spacing_mm**3


def _crop(mask: npt.NDArray[np.bool_], pad: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]:
    """The mask's bounding box padded by `pad` empty voxels, and the index [k, j, i] of its first voxel."""
    slices = ndimage.find_objects(mask.astype(np.uint8))[0]
    start = np.array([s.start for s in slices]) - pad
    return np.pad(mask[slices].astype(np.uint8), pad), start


def two_sided_distance(mask: npt.NDArray[Any], spacing_mm: FloatArray) -> sitk.Image:
    """Distance in mm (float32, negative inside) of voxels [k, j, i] to the border of a mask."""
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing([float(s) for s in spacing_mm])

    def maurer(of: sitk.Image) -> sitk.Image:
        out: sitk.Image = sitk.SignedMaurerDistanceMap(of, squaredDistance=False, useImageSpacing=True)
        return out

    out: sitk.Image = sitk.Cast((maurer(image) - maurer(image == 0)) * 0.5, sitk.sitkFloat32)
    return out


def _resample(image: sitk.Image, spacing_mm: FloatArray, new_mm: float) -> sitk.Image:
    size = [int(np.ceil((n - 1) * s / new_mm)) for n, s in zip(image.GetSize(), spacing_mm, strict=True)]
    out: sitk.Image = sitk.Resample(
        image, size, sitk.Transform(), sitk.sitkLinear, (0.0, 0.0, 0.0), [new_mm] * 3,
        image.GetDirection(), CACHE_MARGIN_MM,
    )  # fmt: skip
    return out


def _one_piece_mask(mask: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Largest 6-connected piece with its closed cavities filled."""
    body = cc3d.largest_k(mask.astype(np.uint8), k=1, connectivity=6) > 0
    outside = cc3d.connected_components(~body, connectivity=6)
    out: npt.NDArray[np.bool_] = outside != outside[0, 0, 0]
    return out


def _one_piece(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The field without separate pieces and cavities: their sign is turned over."""
    inside = array < 0
    body = _one_piece_mask(inside)
    size = np.maximum(np.abs(array), 1e-3)
    return np.where(inside == body, array, np.where(body, -size, size)).astype(np.float32)
