"""What a table of meshers compares: angles, distances from surface to mesh and back, volumes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.meshing.distance import point_distance
from surgitwin.meshing.meshers.kernels import kernel
from surgitwin.meshing.quality import quality

SAMPLES = 60_000
"""Numerical setting: most points of a surface whose distance is taken; more are thinned evenly."""


@dataclass(frozen=True)
class Measured:
    """One mesh against its surface. Angles in degrees, distances in mm, volume_change relative.

    to_surface_*: from border nodes and face centres of the mesh to the surface; from_surface_*: from the
    surface's points to the mesh's border.
    """

    cells: int
    min_scaled_jacobian: float
    p1_scaled_jacobian: float
    min_dihedral_deg: float
    max_dihedral_deg: float
    to_surface_mm: float
    to_surface_p99_mm: float
    from_surface_mm: float
    from_surface_p99_mm: float
    volume_change: float

    def as_dict(self) -> dict[str, Any]:
        """Fields by name."""
        return asdict(self)


def measure(mesh: TetMesh, surface: SurfaceMesh) -> Measured:
    """Compare a mesh with the closed surface that it was made from."""
    q = quality(mesh)
    smallest, largest = dihedral_angles(mesh.points_mm, mesh.corners)
    faces, _ = mesh.boundary_faces()
    used, inverse = np.unique(faces, return_inverse=True)
    border = SurfaceMesh(mesh.points_mm[used], inverse.reshape(-1, 3))
    sample = np.vstack([border.points_mm, border.points_mm[border.triangles].mean(axis=1)])
    there = np.abs(point_distance(thinned(sample), surface))
    back = np.abs(point_distance(thinned(surface.points_mm), border))
    return Measured(
        cells=len(mesh.cells),
        min_scaled_jacobian=q.min_scaled_jacobian,
        p1_scaled_jacobian=q.p1_scaled_jacobian,
        min_dihedral_deg=float(smallest.min()),
        max_dihedral_deg=float(largest.max()),
        to_surface_mm=float(there.max()),
        to_surface_p99_mm=float(np.percentile(there, 99)),
        from_surface_mm=float(back.max()),
        from_surface_p99_mm=float(np.percentile(back, 99)),
        volume_change=q.volume_mm3 / surface.volume_mm3 - 1,
    )


def thinned(points: FloatArray) -> FloatArray:
    """At most `SAMPLES` of the points, evenly by number."""
    return points if len(points) <= SAMPLES else points[:: -(-len(points) // SAMPLES)]


def dihedral_angles(points_mm: FloatArray, tets: IntArray) -> tuple[FloatArray, FloatArray]:
    """(m,) smallest and largest angle between two faces of each tetrahedron, degrees."""
    low, high = _angles(np.asarray(points_mm, np.float64), np.ascontiguousarray(tets))
    return np.degrees(low), np.degrees(high)


@kernel
def _angles(points: FloatArray, tets: IntArray) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    low, high = np.empty(len(tets)), np.empty(len(tets))
    normal = np.empty((4, 3))
    for t in range(len(tets)):
        for f in range(4):
            a, b, c = points[tets[t, (f + 1) % 4]], points[tets[t, (f + 2) % 4]], points[tets[t, (f + 3) % 4]]
            n = np.cross(b - a, c - a)
            towards = ((points[tets[t, f]] - a) * n).sum()
            normal[f] = (n if towards > 0 else -n) / np.sqrt((n * n).sum())
        low[t], high[t] = np.pi, 0.0
        for f in range(4):
            for g in range(f):
                angle = np.pi - np.arccos(min(max((normal[f] * normal[g]).sum(), -1.0), 1.0))
                low[t], high[t] = min(low[t], angle), max(high[t], angle)
    return low, high
