"""Remeshing of several tissues at once by Mmg3d: interfaces keep their nodes shared and stay where they
are.
"""

from __future__ import annotations

import mmgpy
import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.meshing.interrupt import interrupt_kept
from surgitwin.meshing.lattice import orient
from surgitwin.meshing.optimise import GRADATION, Pieces
from surgitwin.meshing.tissues.faces import tissue_faces

RIDGE_DEGREES = 80.0
"""Numerical setting: a sharper bend of a surface is kept as an edge (Mmg's `ar`, default 45). Labels give
smooth
surfaces, where ridges are leftovers of the lattice: on the femur with its canal the worst scaled Jacobian was
0.005 at 45 degrees and 0.068 at 80."""


def remesh_tissues(pieces: Pieces, size_mm: FloatArray, hausdorff_mm: float) -> Pieces:
    """The pieces with elements of the wanted size; every part keeps its number.

    size_mm: (n,) wanted edge length at the nodes. hausdorff_mm: how far borders and interfaces may move.
    Raises GeometryError "mesh.remesh".
    """
    faces = tissue_faces(pieces.tets, pieces.part)
    mesh = mmgpy.MmgMesh3D()
    mesh.set_mesh_size(
        vertices=len(pieces.points), tetrahedra=len(pieces.tets), triangles=len(faces.triangles)
    )
    mesh.set_vertices(np.ascontiguousarray(pieces.points))
    mesh.set_tetrahedra(pieces.tets.astype(np.int32), pieces.part.astype(np.int64))
    mesh.set_triangles(faces.triangles.astype(np.int32), faces.codes.astype(np.int64) + 1)
    mesh["metric"] = np.ascontiguousarray(size_mm, np.float64).reshape(-1, 1)
    try:
        with interrupt_kept():
            mesh.remesh(hausd=hausdorff_mm, hgrad=GRADATION, ar=RIDGE_DEGREES, verbose=-1)
    except RuntimeError as error:
        raise GeometryError(
            "mesh.remesh",
            f"The tetrahedra could not be remeshed: {error}.",
            hint="Use a smaller element size, or smooth the segments.",
            where="tissues",
        ) from error
    return _collected(mesh)


def _collected(mesh: mmgpy.MmgMesh3D) -> Pieces:
    points = np.array(mesh.get_vertices(), dtype=np.float64)
    tets, part = (np.array(a) for a in mesh.get_elements_with_refs())
    used, inverse = np.unique(tets, return_inverse=True)
    points = points[used]
    cells: IntArray = orient(points, inverse.reshape(tets.shape))
    return Pieces(points, cells, part.astype(np.int32), np.zeros(len(points), np.int64))
