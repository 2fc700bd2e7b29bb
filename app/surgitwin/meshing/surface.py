"""From labels to one smooth watertight surface whose deviation from the labels is stated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkSMPTools
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.image import ImageGrid, LabelMap
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.alike import first_alike
from surgitwin.meshing.field import DistanceField, field_from_mask
from surgitwin.meshing.surface_kernels import at_voxels, count_open, placed, renumbered

LARGE = 8_000_000
"""Numerical setting: voxels from which threads are worth their start (some 0.02 s on one core)."""

WELD = 1e-6
"""Numerical setting: points nearer than this (in grid steps, for surfaces of grids) are one."""


@dataclass(frozen=True, eq=False)
class Surface:
    """A closed surface and how far it lies from what it was made from.

    mesh: triangles with outward normals. field: its signed distance. deviation_*: distance of its points
    from the border of the labels, mm. volume_mm3: enclosed; volume_change: against the labels, relative
    (0.01 is +1 %).
    """

    mesh: SurfaceMesh
    field: DistanceField
    deviation_mean_mm: float
    deviation_p95_mm: float
    deviation_max_mm: float
    volume_mm3: float
    volume_change: float

    def as_dict(self) -> dict[str, float]:
        """The numbers without the arrays."""
        skip = ("mesh", "field")
        return {k: getattr(self, k) for k in self.__dataclass_fields__ if k not in skip}


def bone_surface(
    labels: LabelMap,
    names: Sequence[str] = ("femur", "femur_canal"),
    spacing_mm: float = 1.0,
    smooth_mm: float = 1.0,
    progress: Progress = SILENT,
) -> Surface:
    """Smooth watertight surface of the named segments together, in LPS mm.

    spacing_mm, smooth_mm: isotropic grid and Gaussian of the signed distance (1 mm and 1 mm gave a mean
    deviation of 0.23 mm on a femur with 3.27 mm slices, shared/measured.md). The iso-level is chosen so
    that the volume of the labels is kept.
    Raises GeometryError "mesh.empty_labels" or "mesh.surface_open"; KeyError for an unknown name.
    """
    progress("Measuring distances to the bone's border", 0.0)
    mask = labels.mask(*names)
    smooth, raw = field_from_mask(mask, labels.grid, spacing_mm, smooth_mm)
    progress("Extracting the surface", 0.6)
    mesh = contour(smooth)
    kept = smooth.volume_mm3
    smooth = replace(smooth, level_mm=smooth.level_mm + (kept - mesh.volume_mm3) / mesh.area_mm2)
    mesh = contour(smooth)  # now without the volume that the chords of the first one cut off
    away = np.abs(raw(mesh.points_mm))
    target = float(np.count_nonzero(mask)) * labels.grid.voxel_volume_mm3
    progress("Surface done", 1.0)
    return Surface(
        mesh=mesh,
        field=smooth,
        deviation_mean_mm=float(away.mean()),
        deviation_p95_mm=float(np.percentile(away, 95)),
        deviation_max_mm=float(away.max()),
        volume_mm3=mesh.volume_mm3,
        volume_change=mesh.volume_mm3 / target - 1,
    )


def contour(field: DistanceField) -> SurfaceMesh:
    """Surface of a field at its level, outward normals, LPS mm.

    Raises GeometryError "mesh.surface_open" when it is not closed.
    """
    mesh = isosurface(field.array, field.grid, field.level_mm, inside_above=False)
    require_closed(mesh, "surface of the labels")
    return mesh


@contextmanager
def _all_cores() -> Iterator[None]:
    """VTK's filters run in threads meanwhile. VTK's wheel begins without, and not all of them are safe in
    threads: left on, one of them ended the program, reading points that were not there.
    """
    before = vtkSMPTools.GetBackend()
    vtkSMPTools.SetBackend("STDThread")
    try:
        yield
    finally:
        vtkSMPTools.SetBackend(before)


def isosurface(
    array: npt.NDArray[Any], grid: ImageGrid, level: float, inside_above: bool = True
) -> SurfaceMesh:
    """Surface of {array = level} for [k, j, i] numbers of any kind, LPS mm, by Flying Edges (large
    images on all cores).

    inside_above: whether the inside has the higher numbers (an image) or the lower ones (a distance);
    normals point outwards. Open where the shape leaves the image.
    """
    image = vtkImageData()
    image.SetDimensions(*array.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=False))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, level)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    with _all_cores() if array.size >= LARGE else nullcontext():
        edges.Update()
    out = edges.GetOutput()
    if not out.GetNumberOfPolys():
        return SurfaceMesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    points = vtk_to_numpy(out.GetPoints().GetData())
    triangles = vtk_to_numpy(out.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    number = _joined_at_voxels(points)
    flip = bool(inside_above != (np.linalg.det(grid.direction) > 0))
    new, faces, used = renumbered(triangles, number, flip)
    return SurfaceMesh(placed(points, new, used, grid.direction * grid.spacing_mm, grid.origin_mm), faces)


def _joined_at_voxels(points: FloatArray) -> npt.NDArray[np.int32]:
    """(n,) number of each point, those that coincide at a voxel taking the first one's.

    The points lie on edges of the grid, in index coordinates: only there can two be one.
    """
    number = np.arange(len(points), dtype=np.int32)
    rows = np.flatnonzero(at_voxels(points, 2 * WELD))
    if len(rows):
        index = np.rint(points[rows]).astype(np.int64)
        key = (index[:, 2] << 42) + (index[:, 1] << 21) + index[:, 0]
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        number[rows] = rows[first][inverse]
    return number


def weld(points: FloatArray, triangles: IntArray, tolerance: float = WELD) -> tuple[FloatArray, IntArray]:
    """Join points that coincide within `tolerance` and drop triangles that collapse. Points stand in the
    order in which triangles name them."""
    number = first_alike(np.round(points / tolerance).astype(np.int64))
    new, faces, used = renumbered(np.ascontiguousarray(triangles), number, False)
    kept = np.flatnonzero(new >= 0)
    out = np.empty((used, 3))
    out[new[kept]] = points[kept]
    return out, faces


def open_edges(triangles: IntArray) -> int:
    """Number of edges that do not join exactly two triangles in opposite directions."""
    if not len(triangles):
        return 0
    return count_open(np.ascontiguousarray(triangles), int(triangles.max()) + 1)


def require_closed(mesh: SurfaceMesh, where: str) -> None:
    """Raise GeometryError "mesh.surface_open" unless every edge joins two triangles."""
    bad = open_edges(mesh.triangles)
    if bad or not len(mesh.triangles):
        raise GeometryError(
            "mesh.surface_open",
            f"The surface is not closed: {bad} edges do not join exactly two triangles.",
            hint="Close the surface (fill its holes) or make it again from the labels.",
            where=where,
        )
