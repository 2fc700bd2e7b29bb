"""Curved ten-node tetrahedra of an OpenCASCADE shape: Netgen's surface mesh, Mmg's inside.

Netgen meshes the surface and puts the mid-side nodes of its triangles on the geometry. Its tetrahedra
of thin solids are flat (worst scaled Jacobian 0.01 to 0.07 on a plate and a nail), so Mmg3d makes the
inside again with the surface frozen (0.15), see packaging/docs/meshing.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mmgpy
import numpy as np
from netgen.occ import OCCGeometry
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TET10_EDGES, TetMesh
from surgitwin.meshing.interrupt import interrupt_kept
from surgitwin.meshing.lattice import orient
from surgitwin.meshing.quality import scaled_jacobian

MIN_CURVED = 0.12
"""Numerical setting: an element that bending its edges takes below this keeps straight edges."""

INSIDE_GRADATION = 1.6
"""Numerical setting: growth of element size from the surface inwards."""


@dataclass(frozen=True, eq=False)
class NetgenMesh:
    """points (n, 3), tets (m, 4) straight; edges (e, 2) of the surface with their curved middles (e, 3)."""

    points: FloatArray
    tets: IntArray
    edges: IntArray
    middles: FloatArray


CURVATURE = 2.0
"""Netgen's own default `curvaturesafety`: elements per radius of a curved face."""


def netgen_mesh(shape: Any, size_mm: float, grading: float, per_radius: float = CURVATURE) -> NetgenMesh:
    """Mesh a shape with its own local sizes (`maxh` of its faces), at most `size_mm`.

    per_radius: least number of elements to the radius of a curved face.
    """
    made = OCCGeometry(shape).GenerateMesh(
        maxh=size_mm, grading=grading, optsteps3d=0, curvaturesafety=per_radius
    )
    points = np.array(made.Coordinates(), float)
    tets = made.Elements3D().NumPy()["nodes"][:, :4].astype(np.int64) - 1
    made.SecondOrder()
    every = np.array(made.Coordinates(), float)
    faces = made.Elements2D().NumPy()["nodes"][:, :6].astype(np.int64) - 1
    edges = np.sort(faces[:, [[1, 2], [0, 2], [0, 1]]].reshape(-1, 2), axis=1)
    edges, first = np.unique(edges, axis=0, return_index=True)
    middles = every[faces[:, 3:].reshape(-1)[first]]
    return NetgenMesh(points, orient(points, tets), edges, middles)


def curved_tetrahedra(made: NetgenMesh) -> tuple[FloatArray, IntArray]:
    """Points and (m, 10) cells in VTK order: inside remeshed, surface edges on the geometry."""
    points, tets = _inside_again(made)
    straight = TetMesh(points, tets, np.ones(len(tets), np.int32)).with_midside_nodes()
    at = cKDTree(points).query(made.points[made.edges.reshape(-1)])
    if at[0].max() > 1e-9:
        raise GeometryError("mesh.implant", "The surface of an implant moved in remeshing.", where="implant")
    ends = np.sort(at[1].reshape(-1, 2), axis=1)
    number = _node_of_edge(straight, ends)
    curved = np.array(straight.points_mm)
    curved[number] = made.middles
    return _straighten(curved, straight), straight.cells


def _inside_again(made: NetgenMesh) -> tuple[FloatArray, IntArray]:
    mesh = mmgpy.MmgMesh3D()
    mesh.set_mesh_size(vertices=len(made.points), tetrahedra=len(made.tets))
    mesh.set_vertices(np.asarray(made.points, np.float64))
    mesh.set_tetrahedra(made.tets.astype(np.int32), np.ones(len(made.tets), np.int64))
    lengths = np.linalg.norm(made.points[made.edges[:, 0]] - made.points[made.edges[:, 1]], axis=1)
    size = np.zeros(len(made.points))
    np.maximum.at(size, made.edges.reshape(-1), np.repeat(lengths, 2))
    size[size == 0] = lengths.max()
    mesh["metric"] = size.reshape(-1, 1)
    with interrupt_kept():
        mesh.remesh(nosurf=1, hgrad=INSIDE_GRADATION, verbose=-1)
    points = np.array(mesh.get_vertices(), float)
    tets = np.array(mesh.get_elements_with_refs()[0])
    used, inverse = np.unique(tets, return_inverse=True)
    return points[used], orient(points[used], inverse.reshape(tets.shape))


def _node_of_edge(mesh: TetMesh, ends: IntArray) -> IntArray:
    """The mid-side node of every edge (e, 2), smaller corner first."""
    pairs = np.sort(mesh.cells[:, np.array(TET10_EDGES)].reshape(-1, 2), axis=1).astype(np.int64)
    n = len(mesh.points_mm)
    code, first = np.unique(pairs[:, 0] * n + pairs[:, 1], return_index=True)
    wanted = ends[:, 0].astype(np.int64) * n + ends[:, 1]
    at = np.minimum(np.searchsorted(code, wanted), len(code) - 1)
    if (code[at] != wanted).any():
        raise GeometryError("mesh.implant", "An edge of an implant's surface was lost.", where="implant")
    out: IntArray = mesh.cells[:, 4:].reshape(-1)[first[at]]
    return out


def _straighten(curved: FloatArray, straight: TetMesh) -> FloatArray:
    """The curved nodes, with straight edges where bending spoils an element."""
    cells = straight.cells
    limit = np.minimum(MIN_CURVED, 0.999 * scaled_jacobian(straight.points_mm, cells[:, :4]))
    for _ in range(10):
        bad = scaled_jacobian(curved, cells) < limit
        if not bad.any():
            break
        nodes = np.unique(cells[bad, 4:])
        curved[nodes] = straight.points_mm[nodes]
    return curved
