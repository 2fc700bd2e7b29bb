"""The program's own meshers: isosurface stuffing alone, or remeshed by Mmg3d for grading and flat cuts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.core.arrays import readonly
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.bone import HAUSDORFF_MM, distance_field, stuff
from surgitwin.meshing.estimate import LATTICE_CELLS
from surgitwin.meshing.meshers.field import near_field
from surgitwin.meshing.meshers.frame import CELLS_PER_CUBE, PART, Filler, Wish
from surgitwin.meshing.meshers.lattice import stuff_field
from surgitwin.meshing.optimise import Pieces, remesh
from surgitwin.meshing.quality import first_good, gate
from surgitwin.meshing.sizing import Refinement, SizeField, wanted_size
from surgitwin.meshing.sizing_curvature import CurvatureSize, point_curvature

CELL_PER_EDGE = 1.083
"""A cell's side over the mean edge of the lattice: 6 edges of 1 and 8 of 0.866 cells meet in every point."""

CHORD_SHARE = 0.15
"""Numerical setting: with local sizes Mmg leaves the surface by this share of the finest edge at most."""

CHORD_SQUARE = 2.0
"""Numerical setting: square of Mmg's edges times curvature over the distance it may leave a surface. The
chord of a circle has 8; with 2 the tetrahedra of a femur and a tube were estimated best of 8, 4, 3 and 2."""


class StuffingMesher(Filler):
    """Even tetrahedra by isosurface stuffing; worst dihedral angles of 17 to 18 degrees without
    optimisation.
    """

    name = "stuffing"

    makes_cuts = makes_zones = False

    def make(self, wish: Wish, progress: Progress) -> TetMesh:
        """See `Filler.make`. Raises GeometryError "mesh.too_coarse"."""
        mesh = stuffed(wish.surface, wish.size_mm, progress)
        gate(mesh, "the mesh")
        return mesh


def stuffed(surface: SurfaceMesh, size_mm: float, progress: Progress = SILENT) -> TetMesh:
    """Even tetrahedra of a closed surface, not gated. Raises GeometryError "mesh.too_coarse"."""
    progress("Measuring distances to the surface", 0.0)
    field = near_field(surface, CELL_PER_EDGE * size_mm / 2)
    progress("Filling the surface with tetrahedra", 0.4)
    points, tets, _ = stuff_field(field)
    if not len(tets):
        raise GeometryError(
            "mesh.too_coarse",
            f"Nothing of the surface is thick enough for elements of {size_mm:g} mm.",
            hint="Use smaller elements; check that normals point outwards and the unit is mm.",
            where="surface",
        )
    return TetMesh(field.origin_mm + points * field.step_mm, tets, np.ones(len(tets), np.int32), PART)


def lattice_size(wish: Wish, size_mm: float) -> float:
    """Edge of the lattice: small enough for the finest place of the surface, within `LATTICE_CELLS`.

    Mmg makes elements finer or coarser, but only the lattice sees the given surface.
    """
    if not wish.refine:
        return size_mm
    finest = float(wanted_size(wish.surface.points_mm, size_mm, wish.refine).min())
    room = float(np.cbrt(CELLS_PER_CUBE * abs(wish.surface.volume_mm3) / LATTICE_CELLS))
    return min(size_mm, max(finest, room))


def leaves(surface: SurfaceMesh, size_mm: float, refine: Sequence[SizeField]) -> float:
    """How far in mm Mmg may leave the surface: less when small elements are asked for where it is fine."""
    if not refine:
        return HAUSDORFF_MM
    return min(HAUSDORFF_MM, CHORD_SHARE * lattice_size(Wish(surface, size_mm, (), refine), size_mm))


def chord_size(surface: SurfaceMesh, size_mm: float, refine: Sequence[SizeField]) -> CurvatureSize:
    """Edges that Mmg makes of itself where the surface bends, to stay within `leaves`: for estimates.

    Not below the finest size that is wished at the surface.
    """
    curvature = np.maximum(point_curvature(surface), 1e-9)
    edges = np.sqrt(CHORD_SQUARE * leaves(surface, size_mm, refine) / curvature)
    finest = float(wanted_size(surface.points_mm, size_mm, refine).min())
    return CurvatureSize(surface.points_mm, np.clip(edges, finest, size_mm), Refinement.growth)


class RemeshedMesher(Filler):
    """Stuffing, then Mmg3d with a map of sizes: graded, and flat to rounding at cuts."""

    name = "stuffing-mmg3d"

    def make(self, wish: Wish, progress: Progress) -> TetMesh:
        """See `Filler.make`. Raises GeometryError "mesh.remesh", "mesh.too_coarse"."""
        surface, size_mm, cuts = wish.surface, wish.size_mm, tuple(wish.cuts)
        progress("Filling the surface with tetrahedra", 0.0)
        field = distance_field(surface) if cuts else None
        leave = leaves(surface, size_mm, wish.refine)

        def sized(factor: float) -> TetMesh:
            if field is not None:
                pieces = stuff(field, cuts, (), factor * size_mm)
            else:
                mesh = stuffed(surface, lattice_size(wish, factor * size_mm))
                tags = np.zeros(len(mesh.points_mm), np.int64)
                pieces = Pieces(np.array(mesh.points_mm), np.array(mesh.cells), np.array(mesh.part), tags)
            progress("Improving the tetrahedra", 0.3)
            pieces = remesh(pieces, cuts, factor * size_mm, wish.refine, leave)
            return TetMesh(pieces.points, pieces.tets, readonly(pieces.part), PART)

        return first_good(sized, "the mesh")
