"""Meshers that are used when the user installed them: gmsh (GPL) and tetgen (AGPL). Never required.

They were not installed where this was written: untested. Both keep the surface's triangles, so a surface
remeshed to the wanted size serves them best.
"""

from __future__ import annotations

import importlib
from abc import abstractmethod
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError, SurgiTwinError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import Progress
from surgitwin.meshing.mesher_frame import LibraryMesher, failed


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


class _Optional(LibraryMesher):
    """What both have in common."""

    def run(self, surface: SurfaceMesh, size_mm: float, progress: Progress) -> tuple[FloatArray, IntArray]:
        """Raises GeometryError "mesh.not_installed", "mesh.mesher_failed"."""
        library = _library(self.name)
        progress(f"{self.name} fills the surface", 0.0)
        try:
            return self.tetrahedra(library, surface, size_mm)
        except SurgiTwinError:
            raise
        except Exception as error:  # both libraries raise plain Exception or RuntimeError
            raise failed(self.name, str(error)) from error

    @abstractmethod
    def tetrahedra(self, library: Any, surface: SurfaceMesh, size_mm: float) -> tuple[FloatArray, IntArray]:
        """Points and tetrahedra by the library's module."""


class TetgenMesher(_Optional):
    """Tetgen through the package `tetgen`: quality option with a largest volume."""

    name = "tetgen"

    def tetrahedra(self, library: Any, surface: SurfaceMesh, size_mm: float) -> tuple[FloatArray, IntArray]:
        """See `_Optional`."""
        made = library.TetGen(np.array(surface.points_mm), np.array(surface.triangles))
        points, tets = made.tetrahedralize(order=1, mindihedral=15, minratio=1.5, maxvolume=size_mm**3 / 8.5)[
            :2
        ]
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
        used, inverse = np.unique(place[nodes], return_inverse=True)
        return xyz.reshape(-1, 3)[used], inverse.reshape(nodes.shape)
