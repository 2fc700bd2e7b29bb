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
from surgitwin.meshing.sizing import SizeField
from surgitwin.meshing.surface import require_closed

PART = {1: "bone"}

MOST_CELLS, MOST_POINTS = 20_000_000, 500_000_000
"""Numerical settings: most tetrahedra, and most points of a grid of half the size round the surface (5 bytes
each); beyond them the memory of a workstation is gone before anything is said."""

CELLS_PER_CUBE = 8.5
"""Even tetrahedra to a cube of their edge: each is edge^3 / (6 sqrt 2) large."""


@dataclass(frozen=True, eq=False)
class Wish:
    """What is to be filled: see `Mesher.fill`."""

    surface: SurfaceMesh
    size_mm: float
    cuts: Sequence[Plane]
    refine: Sequence[SizeField]


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
        refine: Sequence[SizeField] = (),
        progress: Progress = SILENT,
    ) -> TetMesh:
        """See `Mesher.fill`. Raises GeometryError "mesh.mesher_cannot", "mesh.surface_open", "mesh.too_many",
        "mesh.quality", and what the way itself names.
        """
        if cuts and not self.makes_cuts:
            raise cannot(self.name, "flat cuts")
        if refine and not self.makes_zones:
            raise cannot(self.name, "local sizes: all its elements are of one size")
        require_closed(surface, "surface")
        require_room(surface, size_mm)
        mesh = self.make(Wish(surface, size_mm, cuts, refine), progress)
        progress("Mesh done", 1.0)
        return mesh

    @abstractmethod
    def make(self, wish: Wish, progress: Progress) -> TetMesh:
        """The mesh of a closed surface, its quality gated."""


def require_room(surface: SurfaceMesh, size_mm: float) -> None:
    """Raise GeometryError "mesh.too_many" for elements so small that their number fills the memory.

    Whichever is more: the elements that the surface encloses, or the grid round it on which it is sampled.
    """
    cells = CELLS_PER_CUBE * surface.volume_mm3 / size_mm**3
    points = float(np.prod(2 * np.ptp(surface.points_mm, axis=0) / size_mm))
    over = max(cells / MOST_CELLS, points / MOST_POINTS)
    if over > 1:
        raise GeometryError(
            "mesh.too_many",
            f"Elements of {size_mm:g} mm would be some {cells / 1e6:.3g} million, on a grid of "
            f"{points / 1e6:.3g} million points.",
            hint=f"Choose a size of {np.ceil(100 * size_mm * np.cbrt(over)) / 100:g} mm or more.",
            where="size",
        )


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
