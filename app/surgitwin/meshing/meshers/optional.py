"""Meshers that are used when the user installed them: gmsh (GPL) and tetgen (AGPL). Never required.

Both keep the triangles they are given, so the surface is remeshed to the wanted size first (mmgs); both also
fill cavities, whose tetrahedra are taken out again. Tried with gmsh 4.15.2 and tetgen 0.8.4.
"""

from __future__ import annotations

import importlib
from abc import abstractmethod
from typing import Any

import mmgpy
import numpy as np
import numpy.typing as npt
import pyvista as pv
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkFiltersModeling import vtkSelectEnclosedPoints

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError, SurgiTwinError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import Progress
from surgitwin.meshing.field import polydata
from surgitwin.meshing.interrupt import interrupt_kept
from surgitwin.meshing.meshers.frame import LibraryMesher, failed

CHORD_SHARE = 0.05
"""Numerical setting: how far the even surface may leave the given one, as share of the size."""


def _library(name: str) -> Any:
    """The module; GeometryError "mesh.not_installed" when it is absent."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise GeometryError(
            "mesh.not_installed",
            f"The optional mesher {name} is not installed.",
            hint=f"Install the Python package {name} (mind its licence), or use stuffing or netgen.",
            where="mesher",
        ) from error


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
    """What both have in common."""

    def run(self, surface: SurfaceMesh, size_mm: float, progress: Progress) -> tuple[FloatArray, IntArray]:
        """Raises GeometryError "mesh.not_installed", "mesh.mesher_failed"."""
        library = _library(self.name)
        progress(f"{self.name} fills the surface", 0.0)
        try:
            given = _even(surface, size_mm)
            points, tets = self.tetrahedra(library, given, size_mm)
        except SurgiTwinError:
            raise
        except Exception as error:  # both libraries raise plain Exception or RuntimeError
            raise failed(self.name, str(error)) from error
        tets = tets[_enclosed(given, points[tets].mean(axis=1))]
        if not len(tets):
            raise failed(self.name, "it made no tetrahedra inside")
        used, inverse = np.unique(tets, return_inverse=True)
        return points[used], inverse.reshape(tets.shape)

    @abstractmethod
    def tetrahedra(self, library: Any, surface: SurfaceMesh, size_mm: float) -> tuple[FloatArray, IntArray]:
        """Points and tetrahedra by the library's module."""


class TetgenMesher(_Optional):
    """Tetgen through the package `tetgen`: quality option with a largest volume."""

    name = "tetgen"

    def tetrahedra(self, library: Any, surface: SurfaceMesh, size_mm: float) -> tuple[FloatArray, IntArray]:
        """See `_Optional`."""
        made = library.TetGen(np.array(surface.points_mm), np.array(surface.triangles))
        points, tets = made.tetrahedralize(
            order=1, mindihedral=18, minratio=1.4, optmaxdihedral=150, maxvolume=size_mm**3 / 8.5
        )[:2]
        return np.asarray(points, float), np.asarray(tets, np.int64)


class GmshMesher(_Optional):
    """Gmsh's Delaunay (algorithm 1) with Netgen's optimiser, on the surface as a discrete entity."""

    name = "gmsh"

    def tetrahedra(self, library: Any, surface: SurfaceMesh, size_mm: float) -> tuple[FloatArray, IntArray]:
        """See `_Optional`."""
        library.initialize(interruptible=False)
        try:
            library.option.setNumber("General.Terminal", 0)
            library.option.setNumber("Mesh.MeshSizeMax", size_mm)
            face = library.model.addDiscreteEntity(2)
            count, triangles = len(surface.points_mm), np.asarray(surface.triangles, np.int64) + 1
            library.model.mesh.addNodes(2, face, np.arange(1, count + 1), surface.points_mm.ravel())
            library.model.mesh.addElementsByType(face, 2, [], triangles.ravel())
            loop = library.model.geo.addSurfaceLoop([face])
            library.model.geo.addVolume([loop])
            library.model.geo.synchronize()
            library.model.mesh.generate(3)
            library.model.mesh.optimize("Netgen")
            tags, xyz, _ = library.model.mesh.getNodes()
            nodes = library.model.mesh.getElementsByType(4)[1].astype(np.int64).reshape(-1, 4)
        finally:
            library.finalize()
        place = np.zeros(int(tags.max()) + 1, np.int64)
        place[tags.astype(np.int64)] = np.arange(len(tags))
        return xyz.reshape(-1, 3), place[nodes]
