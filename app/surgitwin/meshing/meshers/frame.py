"""What all meshers do round their own way of filling: refuse what they cannot, check surface and mesh."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.lattice import orient
from surgitwin.meshing.meshers.clip import clipped, flattened
from surgitwin.meshing.meshers.mesher import cannot
from surgitwin.meshing.quality import gate
from surgitwin.meshing.sizing import Refinement
from surgitwin.meshing.surface import require_closed

PART = {1: "bone"}


@dataclass(frozen=True, eq=False)
class Wish:
    """What is to be filled: see `Mesher.fill`."""

    surface: SurfaceMesh
    size_mm: float
    cuts: Sequence[Plane]
    refine: Sequence[Refinement]


class Filler(ABC):
    """A `Mesher` but for its own way, `make`."""

    name = ""
    makes_cuts = True
    makes_zones = True

    def fill(
        self,
        surface: SurfaceMesh,
        size_mm: float,
        cuts: Sequence[Plane] = (),
        refine: Sequence[Refinement] = (),
        progress: Progress = SILENT,
    ) -> TetMesh:
        """See `Mesher.fill`. Raises GeometryError "mesh.mesher_cannot", "mesh.surface_open", "mesh.quality",
        and what the way itself names.
        """
        if cuts and not self.makes_cuts:
            raise cannot(self.name, "flat cuts")
        if refine and not self.makes_zones:
            raise cannot(self.name, "zones of smaller elements")
        require_closed(surface, "surface")
        mesh = self.make(Wish(surface, size_mm, cuts, refine), progress)
        progress("Mesh done", 1.0)
        return mesh

    @abstractmethod
    def make(self, wish: Wish, progress: Progress) -> TetMesh:
        """The mesh of a closed surface, its quality gated."""


class LibraryMesher(Filler):
    """A library that fills a closed surface: cuts are made in the surface before, and flattened after."""

    makes_zones = False

    def make(self, wish: Wish, progress: Progress) -> TetMesh:
        """The library's tetrahedra, positively oriented."""
        surface = clipped(wish.surface, wish.cuts) if wish.cuts else wish.surface
        points, tets = self.run(surface, wish.size_mm, progress)
        tets = orient(points, tets)
        mesh = TetMesh(flattened(points, tets, wish.cuts), tets, np.ones(len(tets), np.int32), PART)
        gate(mesh, "the mesh")
        return mesh

    @abstractmethod
    def run(self, surface: SurfaceMesh, size_mm: float, progress: Progress) -> tuple[FloatArray, IntArray]:
        """Points (n, 3) in mm and tetrahedra (m, 4) as the library gives them."""


def failed(library: str, reason: str) -> GeometryError:
    """The error of a library that gave no mesh."""
    return GeometryError(
        "mesh.mesher_failed",
        f"{library} could not mesh the surface: {reason}.",
        hint="Use the mesher stuffing, or mend the surface with `surgitwin repair`.",
        where="surface",
    )
