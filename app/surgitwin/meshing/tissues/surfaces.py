"""A smooth closed surface of each segment as it is, and back: every piece and every cavity stays.

`meshing.surface.bone_surface` is for meshes: it keeps the largest piece and fills its cavities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name
from scipy import ndimage

from surgitwin.core.errors import GeometryError
from surgitwin.core.image import ImageGrid, LabelMap
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.field import (
    DistanceField,
    level_of_volume,
    polydata,
    two_sided_distance,
    voxels_inside,
)
from surgitwin.meshing.surface import contour

SPACING_RANGE_MM = (0.3, 1.0)
"""Numerical setting: the surface is made on cubes of the finest voxel edge, within these bounds: 1 mm is that
of `bone_surface`, finer than 0.3 mm fills the memory for a thorax."""

MARGIN_VOXELS = 4
"""Numerical setting: room round a segment, so that the smoothed surface closes."""


CORRECTIONS, SAME_VOLUME = 8, 0.002
"""Numerical setting: corrections of the level until the volume is within 0.2 %; what is left is stated."""


@dataclass(frozen=True, eq=False)
class SegmentSurface:
    """mesh: LPS mm, outward normals. volume_change: enclosed volume against the voxels', relative.
    deviation_p95_mm: 95th percentile of the distance of its points from the border of the voxels."""

    name: str
    mesh: SurfaceMesh
    volume_change: float
    deviation_p95_mm: float


def segment_surface(labels: LabelMap, name: str) -> SegmentSurface:
    """Surface of the segment called `name`, made to enclose the volume of its voxels.

    Signed distance (two-sided, so that the border is not on voxel centres) on isotropic cubes, smoothed by a
    Gaussian of one cube. Raises GeometryError "mesh.empty_labels", "mesh.surface_open"; KeyError.
    """
    mask = labels.mask(name)
    if not mask.any():
        raise GeometryError(
            "mesh.empty_labels",
            f"The segment {name} has no voxel to make a surface from.",
            hint="Segment it first, or remove it from the list.",
            where=name,
        )
    grid = labels.grid
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    cropped = np.pad(mask[box], MARGIN_VOXELS)
    start = np.array([s.start for s in box])[::-1] - MARGIN_VOXELS
    size = float(np.clip(grid.spacing_mm.min(), *SPACING_RANGE_MM))
    distance = _isotropic(two_sided_distance(cropped, grid.spacing_mm), size)
    raw = sitk.GetArrayFromImage(distance)
    smooth = sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(distance, size))
    iso = ImageGrid(raw.shape, grid.index_to_lps(start), np.full(3, size), grid.direction)
    target = float(np.count_nonzero(mask)) * grid.voxel_volume_mm3
    field = DistanceField(smooth, iso, level_of_volume(smooth, size, target))
    mesh = contour(field)
    for _ in range(CORRECTIONS):  # chords of triangles cut volume off, which the level gives back
        if abs(mesh.volume_mm3 / target - 1) < SAME_VOLUME:
            break
        field = replace(field, level_mm=field.level_mm + (target - mesh.volume_mm3) / mesh.area_mm2)
        mesh = contour(field)
    away = np.abs(DistanceField(raw, iso)(mesh.points_mm))
    return SegmentSurface(name, mesh, mesh.volume_mm3 / target - 1, float(np.percentile(away, 95)))


def _isotropic(distance: sitk.Image, size_mm: float) -> sitk.Image:
    """The field on cubes of `size_mm` from the same first voxel; outside is outside."""
    reach = [(n - 1) * s for n, s in zip(distance.GetSize(), distance.GetSpacing(), strict=True)]
    size = [int(r // size_mm) + 1 for r in reach]
    far = float(np.max(distance.GetSpacing())) * MARGIN_VOXELS
    out: sitk.Image = sitk.Resample(
        distance, size, sitk.Transform(), sitk.sitkLinear, (0.0, 0.0, 0.0), [size_mm] * 3,
        distance.GetDirection(), far,
    )  # fmt: skip
    return out


def surface_voxels(mesh: SurfaceMesh, grid: ImageGrid) -> npt.NDArray[np.bool_]:
    """Voxels [k, j, i] of any grid whose centres lie inside a closed surface in LPS mm."""
    index = SurfaceMesh(grid.lps_to_index(mesh.points_mm), mesh.triangles)
    plain = ImageGrid(grid.shape, np.zeros(3), np.ones(3), np.eye(3))
    return voxels_inside(polydata(index), plain) > 0
