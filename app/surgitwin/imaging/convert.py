"""Images to and from SimpleITK (LPS, as here) and to VTK geometry."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista as pv
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.image import ImageGrid, LabelMap, Volume


def to_sitk(image: Volume | LabelMap) -> sitk.Image:
    """SimpleITK image with the same voxels (copied) and grid."""
    out = sitk.GetImageFromArray(image.array)
    out.SetOrigin(image.grid.origin_mm.tolist())
    out.SetSpacing(image.grid.spacing_mm.tolist())
    out.SetDirection(image.grid.direction.ravel().tolist())
    return out


def grid_of(image: sitk.Image) -> ImageGrid:
    """Grid of a three-dimensional SimpleITK image."""
    ni, nj, nk = image.GetSize()
    direction = np.array(image.GetDirection()).reshape(3, 3)
    return ImageGrid((nk, nj, ni), np.array(image.GetOrigin()), np.array(image.GetSpacing()), direction)


def from_sitk(image: sitk.Image, modality: str = "CT", unit: str = "HU") -> Volume:
    """Volume with the voxels (copied) and the grid of a SimpleITK image."""
    array: npt.NDArray[Any] = sitk.GetArrayFromImage(image)
    return Volume(array, grid_of(image), modality, unit)


def to_vtk(image: Volume | LabelMap, name: str = "values") -> pv.ImageData:
    """VTK image in LPS mm whose point array `name` shares memory with the voxels.

    Its direction matrix carries the orientation, so point (i, j, k) lies at `grid.index_to_lps`.
    vtkContourFilter (pyvista's default `contour`) and vtkOutlineFilter of VTK 9.6 ignore that matrix: use
    `contour(method="flying_edges")`; probing, slicing and thresholding respect it.
    """
    grid = image.grid
    out = pv.ImageData(
        dimensions=grid.shape[::-1],
        spacing=tuple(grid.spacing_mm),
        origin=tuple(grid.origin_mm),
        direction_matrix=grid.direction,
    )
    out.point_data[name] = image.array.ravel()
    return out
