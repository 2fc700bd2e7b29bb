"""A closed triangle surface filled with tetrahedra whose border is that surface, triangle by triangle."""

from __future__ import annotations

import mmgpy
import numpy as np
from netgen.meshing import Element2D, FaceDescriptor, Mesh, MeshPoint, Pnt
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.interrupt import interrupt_kept
from surgitwin.meshing.lattice import orient
from surgitwin.meshing.surface import require_closed

GRADATION = 1.4
"""Numerical setting: growth of element size from the surface inwards."""


def filled(surface: SurfaceMesh, size_mm: float) -> tuple[FloatArray, IntArray]:
    """Points, the surface's own first, and (m, 4) tetrahedra inside; the surface stays as it is.

    Netgen's Delaunay and front method, then Mmg3d with the surface frozen. Raises GeometryError
    "mesh.surface_open", "mesh.fill".
    """
    require_closed(surface, "surface to be filled")
    points, tets = _netgen(surface, size_mm)
    return _improved(surface, points, tets, size_mm)


def _netgen(surface: SurfaceMesh, size_mm: float) -> tuple[FloatArray, IntArray]:
    mesh = Mesh(dim=3)
    numbers = [mesh.Add(MeshPoint(Pnt(*map(float, p)))) for p in surface.points_mm]
    mesh.Add(FaceDescriptor(bc=1, domin=1, domout=0, surfnr=1))
    for triangle in surface.triangles:
        mesh.Add(Element2D(1, [numbers[int(k)] for k in triangle]))
    try:
        mesh.GenerateVolumeMesh(maxh=size_mm, grading=0.4)
        cells = mesh.Elements3D().NumPy()["nodes"][:, :4].astype(np.int64) - 1
    except Exception as error:
        # Netgen raises its own type (NgException), which it does not export.
        raise _unfilled(str(error)) from error
    if not len(cells):
        raise _unfilled("no tetrahedra came out")
    return np.array(mesh.Coordinates(), float), cells


def _improved(
    surface: SurfaceMesh, points: FloatArray, tets: IntArray, size_mm: float
) -> tuple[FloatArray, IntArray]:
    tets = orient(points, tets)
    mesh = mmgpy.MmgMesh3D()
    count = len(surface.triangles)
    mesh.set_mesh_size(vertices=len(points), tetrahedra=len(tets), triangles=count)
    mesh.set_vertices(np.ascontiguousarray(points))
    mesh.set_tetrahedra(tets.astype(np.int32), np.ones(len(tets), np.int64))
    mesh.set_triangles(surface.triangles.astype(np.int32), np.ones(count, np.int64))
    mesh.set_required_triangles(np.arange(count, dtype=np.int32))
    try:
        with interrupt_kept():
            mesh.remesh(nosurf=1, hmax=size_mm, hgrad=GRADATION, verbose=-1)
    except RuntimeError as error:
        raise _unfilled(str(error)) from error
    new = np.array(mesh.get_vertices(), float)
    cells = np.array(mesh.get_elements_with_refs()[0], np.int64)
    return _surface_first(surface, new, cells)


def _surface_first(surface: SurfaceMesh, points: FloatArray, tets: IntArray) -> tuple[FloatArray, IntArray]:
    """Renumbered so that the surface's points come first, in their order."""
    away, at = cKDTree(points).query(surface.points_mm)
    if away.max() > 1e-9:
        raise _unfilled("its surface moved")
    rest = np.setdiff1d(np.unique(tets), at)
    order = np.concatenate([at, rest])
    number = np.full(len(points), -1)
    number[order] = np.arange(len(order))
    out = points[order]
    return out, orient(out, number[tets])


def _unfilled(reason: str) -> GeometryError:
    return GeometryError(
        "mesh.fill",
        f"The surface could not be filled with tetrahedra: {reason.strip() or 'no reason was given'}.",
        hint="Repair the surface (self-intersections, very thin triangles), or use thinner boundary layers.",
        where="surface",
    )
