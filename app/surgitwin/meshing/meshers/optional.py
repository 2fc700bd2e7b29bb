"""Meshers that are used when the user installed them: gmsh (GPL) and tetgen (AGPL). Never required.

Both keep the triangles they are given, so the surface is remeshed to the wanted size first (mmgs); both also
fill cavities, whose tetrahedra are taken out again. Tried with gmsh 4.15.2 and tetgen 0.8.4.
"""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path

import mmgpy
import numpy as np
import numpy.typing as npt
import pyvista as pv
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkFiltersModeling import vtkSelectEnclosedPoints

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import Progress
from surgitwin.meshing.field import polydata
from surgitwin.meshing.interrupt import interrupt_kept
from surgitwin.meshing.meshers.apart import run_apart, used_points
from surgitwin.meshing.meshers.frame import LibraryMesher, failed

CHORD_SHARE = 0.05
"""Numerical setting: how far the even surface may leave the given one, as share of the size."""


def require_installed(name: str) -> None:
    """Raises GeometryError "mesh.not_installed" when the package is absent."""
    if importlib.util.find_spec(name) is None:
        raise GeometryError(
            "mesh.not_installed",
            f"The optional mesher {name} is not installed.",
            hint=f"Install the Python package {name} (mind its licence), or use stuffing or netgen.",
            where="mesher",
        )


def _even(surface: SurfaceMesh, size_mm: float) -> SurfaceMesh:
    """The surface with edges of about `size_mm`, moved by CHORD_SHARE of it at most."""
    mesh = mmgpy.MmgMeshS()
    mesh.set_mesh_size(vertices=len(surface.points_mm), triangles=len(surface.triangles))
    mesh.set_vertices(np.ascontiguousarray(surface.points_mm))
    mesh.set_triangles(surface.triangles.astype(np.int32), np.ones(len(surface.triangles), np.int64))
    with interrupt_kept():
        mesh.remesh(hsiz=size_mm, hausd=CHORD_SHARE * size_mm, verbose=-1)
    return SurfaceMesh(np.array(mesh.get_vertices()), np.array(mesh.get_triangles(), np.int64))


def _enclosed(surface: SurfaceMesh, points_mm: FloatArray) -> npt.NDArray[np.bool_]:
    """Which points (n, 3) lie inside."""
    test = vtkSelectEnclosedPoints()
    test.SetInputData(pv.PolyData(np.array(points_mm)))
    test.SetSurfaceData(polydata(surface))
    test.Update()
    found = vtk_to_numpy(test.GetOutput().GetPointData().GetArray("SelectedPoints"))
    return np.asarray(found == 1)


class _Optional(LibraryMesher):
    """What both have in common: the even surface, the library in a process of its own, cavities emptied."""

    program = ""

    def run(self, surface: SurfaceMesh, size_mm: float, progress: Progress) -> tuple[FloatArray, IntArray]:
        """Raises GeometryError "mesh.not_installed", "mesh.mesher_failed"."""
        require_installed(self.name)
        progress(f"{self.name} fills the surface", 0.0)
        given = _even(surface, size_mm)
        points, tets = run_apart(self.name, self.program, partial(_write, given), size_mm, progress)
        tets = tets[_enclosed(given, points[tets].mean(axis=1))]
        if not len(tets):
            raise failed(self.name, "it made no tetrahedra inside")
        return used_points(points, tets)


def _write(surface: SurfaceMesh, folder: Path) -> Path:
    path = folder / "surface.npz"
    np.savez(path, points=surface.points_mm, triangles=np.asarray(surface.triangles, np.int64))
    return path


class TetgenMesher(_Optional):
    """Tetgen through the package `tetgen`: quality option with a largest volume."""

    name = "tetgen"
    program = """
import tetgen
with np.load(given) as held:
    made = tetgen.TetGen(held["points"], held["triangles"])
points, tets = made.tetrahedralize(
    order=1, mindihedral=18, minratio=1.4, optmaxdihedral=150, maxvolume=size_mm**3 / 8.5
)[:2]
np.savez(out, points=np.asarray(points, float), tets=np.asarray(tets, np.int64))
"""


class GmshMesher(_Optional):
    """Gmsh's Delaunay (algorithm 1) with Netgen's optimiser, on the surface as a discrete entity."""

    name = "gmsh"
    program = """
import gmsh
with np.load(given) as held:
    points, triangles = held["points"], held["triangles"] + 1
gmsh.initialize(interruptible=False)
gmsh.option.setNumber("General.Terminal", 0)
gmsh.option.setNumber("Mesh.MeshSizeMax", size_mm)
face = gmsh.model.addDiscreteEntity(2)
gmsh.model.mesh.addNodes(2, face, np.arange(1, len(points) + 1), points.ravel())
gmsh.model.mesh.addElementsByType(face, 2, [], triangles.ravel())
loop = gmsh.model.geo.addSurfaceLoop([face])
gmsh.model.geo.addVolume([loop])
gmsh.model.geo.synchronize()
gmsh.model.mesh.generate(3)
gmsh.model.mesh.optimize("Netgen")
tags, xyz, _ = gmsh.model.mesh.getNodes()
nodes = gmsh.model.mesh.getElementsByType(4)[1].astype(np.int64).reshape(-1, 4)
gmsh.finalize()
place = np.zeros(int(tags.max()) + 1, np.int64)
place[tags.astype(np.int64)] = np.arange(len(tags))
np.savez(out, points=xyz.reshape(-1, 3), tets=place[nodes])
"""
