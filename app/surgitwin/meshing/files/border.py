"""The border of a tetrahedral mesh as triangles, for formats of surfaces."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.meshing.files.vtu import write_ply, write_stl


def border(mesh: TetMesh) -> SurfaceMesh:
    """Corner triangles of cells that have no neighbour there, normals outwards; faces between parts are not
    in it, and curved faces become flat."""
    faces, _ = mesh.boundary_faces()
    used, inverse = np.unique(faces, return_inverse=True)
    return SurfaceMesh(mesh.points_mm[used], inverse.reshape(-1, 3))


def write_border_stl(path: Path, mesh: TetMesh) -> None:
    """See `border` and `write_stl`."""
    write_stl(path, border(mesh))


def write_border_ply(path: Path, mesh: TetMesh) -> None:
    """See `border` and `write_ply`."""
    write_ply(path, border(mesh))
