"""Tetrahedra of a bone with a gap: two exact planes, shared nodes, smaller elements at the gap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.plan import Fracture
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.bone import HAUSDORFF_MM, distance_field, end_cuts, stuff
from surgitwin.meshing.optimise import Pieces, remesh
from surgitwin.meshing.quality import first_good
from surgitwin.meshing.sizing import Refinement, slab
from surgitwin.meshing.surface import Surface

BONE, GAP = 1, 2
NAMES = {BONE: "bone", GAP: "gap"}

MIN_GAP_MM = 0.2
"""Numerical setting: a thinner gap needs elements of its own width and would blow up the mesh."""

GAP_GROWTH = 0.3
"""Numerical setting: growth of element size per mm of distance from the gap."""


def mesh_fractured(
    surface: Surface | SurfaceMesh,
    anatomy: FemurAnatomy,
    fracture: Fracture,
    size_mm: float,
    refine: Sequence[Refinement] = (),
    progress: Progress = SILENT,
    hausdorff_mm: float | None = None,
    gap_size_mm: float | None = None,
) -> TetMesh:
    """Linear tetrahedra of the bone with its gap: parts 1 "bone" and 2 "gap", which share their nodes.

    The gap lies between two planes at half the gap on either side of `fracture.plane` (any normal); its
    nodes lie on them to rounding. Elements are at most as large as the gap is wide, there, or as
    `gap_size_mm`; hausdorff_mm as `mesh_bone`.
    Raises GeometryError ("mesh.fracture_outside", "mesh.gap_at_cut", "mesh.gap_width", "mesh.surface_open",
    "mesh.cut_outside", "mesh.remesh", "mesh.quality"), naming place and remedy.
    """
    if not fracture.gap_mm >= MIN_GAP_MM:
        raise GeometryError(
            "mesh.gap_width",
            f"A gap of {fracture.gap_mm:g} mm cannot be meshed; the least is {MIN_GAP_MM:g} mm.",
            hint="Give a wider gap.",
            where="fracture",
        )
    progress("Filling the bone with tetrahedra", 0.0)
    cuts, faces = end_cuts(anatomy), gap_faces(fracture)
    field = distance_field(surface)

    def make(factor: float) -> TetMesh:
        size = factor * size_mm
        at_gap = factor * gap_size_mm if gap_size_mm else size_at_gap(size, fracture.gap_mm)
        pieces = mark_gap(stuff(field, cuts, faces, size), fracture)
        _require_inside(pieces, len(cuts), fracture)
        progress("Refining at the gap", 0.3)
        zones = [*refine, Refinement(slab(fracture.plane, fracture.gap_mm), at_gap, at_gap, GAP_GROWTH)]
        pieces = remesh(pieces, [*cuts, *faces], size, zones, hausdorff_mm or HAUSDORFF_MM)
        return TetMesh(pieces.points, pieces.tets, pieces.part, NAMES)

    mesh = first_good(make, "the bone with its gap")
    progress("Fracture mesh done", 1.0)
    return mesh


def size_at_gap(size_mm: float, gap_mm: float) -> float:
    """Element size at the gap: its width, but not under a third of the general size unless it is narrow.

    An element must not be more than twice as wide as the gap, or it gets too flat.
    """
    return min(size_mm, 2 * gap_mm, max(gap_mm, size_mm / 3))


def gap_faces(fracture: Fracture) -> tuple[Plane, Plane]:
    """The distal and the proximal face of the gap; both normals point proximally."""
    half = fracture.gap_mm / 2 * fracture.plane.normal
    point, normal = fracture.plane.point_mm, fracture.plane.normal
    return Plane(point - half, normal), Plane(point + half, normal)


def mark_gap(pieces: Pieces, fracture: Fracture) -> Pieces:
    """The pieces with part 2 between the gap's faces (no cell crosses them)."""
    centres = pieces.points[pieces.tets].mean(axis=1)
    between = np.abs(fracture.plane.distance(centres)) < fracture.gap_mm / 2
    part = np.where(between, GAP, BONE).astype(np.int32)
    return Pieces(pieces.points, pieces.tets, part, pieces.tags)


def _require_inside(pieces: Pieces, cuts: int, fracture: Fracture) -> None:
    x, y, z = fracture.plane.point_mm
    where = f"fracture, LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm"
    gap = pieces.part == GAP
    side = fracture.plane.distance(pieces.points[pieces.tets[~gap]].mean(axis=1))
    touches = (pieces.tags[np.unique(pieces.tets[gap])] & ((1 << cuts) - 1)).any()
    if touches:
        raise GeometryError(
            "mesh.gap_at_cut",
            "The gap touches a cut end of the bone.",
            hint="Move the fracture away from the end, narrow the gap or tilt it less.",
            where=where,
        )
    if not (gap.any() and (side > 0).any() and (side < 0).any()):
        raise GeometryError(
            "mesh.fracture_outside",
            "The fracture plane does not divide the bone in two.",
            hint="Move the fracture into the bone between its two ends.",
            where=where,
        )
