"""Remeshing by Mmg3d (C. Dobrzynski, P. Frey, J. Dapogny): sizes as wanted, planes kept exactly plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mmgpy
import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import TET_FACES
from surgitwin.meshing.interrupt import interrupt_kept
from surgitwin.meshing.lattice import orient
from surgitwin.meshing.sizing import SizeField, wanted_size

GRADATION = 1.3
"""Numerical setting: largest ratio of neighbouring edge lengths (Mmg's hgrad; its default is 1.3)."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Linear tetrahedra with part ids, and the bit set of planes of each node (bit k: planes[k])."""

    points: FloatArray
    tets: IntArray
    part: IntArray
    tags: IntArray


def faces_of_planes(pieces: Pieces, count: int) -> tuple[IntArray, IntArray]:
    """Triangles of the border and between parts that lie on planes 0..count-1, and the plane of each.

    Returns (f, 3) nodes and (f,) reference, the plane's number + 2; other border triangles carry 1.
    """
    faces = pieces.tets[:, np.array(TET_FACES)].reshape(-1, 3)
    part = np.repeat(pieces.part, 4)
    order = np.lexsort(np.sort(faces, axis=1).T)
    sorted_faces = np.sort(faces[order], axis=1)
    same = np.all(sorted_faces[1:] == sorted_faces[:-1], axis=1)
    twin = np.zeros(len(order), bool)
    twin[1:] |= same
    twin[:-1] |= same
    border = order[~twin]
    first = np.flatnonzero(same)
    between = order[first[part[order[first]] != part[order[first + 1]]]]
    chosen = np.concatenate([border, between])
    triangles = faces[chosen]
    shared = np.bitwise_and.reduce(pieces.tags[triangles], axis=1)
    ref = np.ones(len(triangles), np.int64)
    for k in range(count):
        ref[(shared >> k) & 1 == 1] = k + 2
    return triangles, ref


def remesh(
    pieces: Pieces,
    planes: Sequence[Plane],
    size_mm: float,
    refine: Sequence[SizeField],
    hausdorff_mm: float,
) -> Pieces:
    """The pieces with elements of the wanted size; nodes on plane k end exactly on planes[k].

    hausdorff_mm: how far surfaces may move. Raises GeometryError "mesh.remesh".
    """
    triangles, ref = faces_of_planes(pieces, len(planes))
    mesh = mmgpy.MmgMesh3D()
    mesh.set_mesh_size(vertices=len(pieces.points), tetrahedra=len(pieces.tets), triangles=len(triangles))
    mesh.set_vertices(np.ascontiguousarray(pieces.points))
    mesh.set_tetrahedra(pieces.tets.astype(np.int32), pieces.part.astype(np.int64))
    mesh.set_triangles(triangles.astype(np.int32), ref.astype(np.int64))
    size = wanted_size(pieces.points, size_mm, refine)
    mesh["metric"] = np.asarray(size, np.float64).reshape(-1, 1)
    try:
        with interrupt_kept():
            mesh.remesh(hausd=hausdorff_mm, hgrad=GRADATION, verbose=-1)
    except RuntimeError as error:
        raise GeometryError(
            "mesh.remesh",
            f"The tetrahedra could not be remeshed: {error}.",
            hint="Use a smaller element size or move the fracture plane.",
            where="bone",
        ) from error
    return _collect(mesh, planes)


def _collect(mesh: mmgpy.MmgMesh3D, planes: Sequence[Plane]) -> Pieces:
    points = np.array(mesh.get_vertices(), dtype=np.float64)
    tets, part = (np.array(a) for a in mesh.get_elements_with_refs())
    triangles, ref = (np.array(a) for a in mesh.get_triangles_with_refs())
    tags = np.zeros(len(points), np.int64)
    for k, plane in enumerate(planes):
        on = np.unique(triangles[ref == k + 2])
        tags[on] |= 1 << k
        points[on] -= plane.distance(points[on])[:, None] * plane.normal
    used, inverse = np.unique(tets, return_inverse=True)
    points, tags = points[used], tags[used]
    return Pieces(points, orient(points, inverse.reshape(tets.shape)), part.astype(np.int32), tags)
