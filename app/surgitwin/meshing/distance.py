"""Distance of a mesh's border from the segmented surface, and the contract's `parts` rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDoubleArray
from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.meshing.bone import end_cuts
from surgitwin.meshing.field import polydata
from surgitwin.meshing.quality import Quality, qualities


@dataclass(frozen=True)
class SurfaceDistance:
    """One-sided distances in mm from the mesh's border (nodes and face centres) to the surface."""

    hausdorff_mm: float
    mean_mm: float
    p99_mm: float


@dataclass(frozen=True)
class PartReport:
    """One row of the contract's `parts`; hausdorff_mm is None for a part without segmented border."""

    quality: Quality
    distance: SurfaceDistance | None

    def as_dict(self) -> dict[str, Any]:
        """Contract fields."""
        row = self.quality.as_dict()
        row["hausdorff_mm"] = None if self.distance is None else self.distance.hausdorff_mm
        row["mean_distance_mm"] = None if self.distance is None else self.distance.mean_mm
        return row


def point_distance(points_mm: FloatArray, surface: SurfaceMesh) -> FloatArray:
    """(n,) signed distances of (n, 3) points to a closed surface, negative inside."""
    implicit = vtkImplicitPolyDataDistance()
    implicit.SetInput(polydata(surface))
    values = vtkDoubleArray()
    implicit.FunctionValue(numpy_to_vtk(np.ascontiguousarray(points_mm), deep=True), values)
    out: FloatArray = vtk_to_numpy(values).copy()
    return out


def surface_distance(
    mesh: TetMesh, surface: SurfaceMesh, anatomy: FemurAnatomy | None = None
) -> SurfaceDistance:
    """How far the mesh's border lies from `surface`; faces on the anatomy's cuts do not count."""
    faces, _ = mesh.boundary_faces()
    if anatomy is not None:
        corners = mesh.points_mm[faces]
        for cut in end_cuts(anatomy):
            on_cut = np.abs(cut.distance(corners)).max(axis=1) < 1e-6
            faces, corners = faces[~on_cut], corners[~on_cut]
    sample = np.vstack([mesh.points_mm[np.unique(faces)], mesh.points_mm[faces].mean(axis=1)])
    away = np.abs(point_distance(sample, surface))
    return SurfaceDistance(float(away.max()), float(away.mean()), float(np.percentile(away, 99)))


def part_reports(
    mesh: TetMesh, surface: SurfaceMesh | None = None, anatomy: FemurAnatomy | None = None
) -> list[PartReport]:
    """One report per part; the distance is given for the bone when `surface` is."""
    distance = None if surface is None else surface_distance(mesh, surface, anatomy)
    return [PartReport(q, distance if q.name == "bone" else None) for q in qualities(mesh)]
