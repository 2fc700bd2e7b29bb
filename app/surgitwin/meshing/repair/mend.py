"""Make a closed, oriented, manifold surface free of crossings out of a real one, and say what was done.

Order: double points and triangles, orientation, fins and walls, bodies that touch, holes, empty shells, then
crossings: by a union of the shells that cut each other (manifold3d), by cutting the place out and filling
it, or, last, by making the whole surface again from its winding number. Nothing but the last moves points.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.repair.clean import drop_collapsed, drop_doubles, flip_flat, join_points
from surgitwin.meshing.repair.crossings import crossings
from surgitwin.meshing.repair.edges import all_pairs, drop_walls
from surgitwin.meshing.repair.faults import apart, faults, nearest, unsolved
from surgitwin.meshing.repair.holes import fill_holes
from surgitwin.meshing.repair.remake import refill, remake
from surgitwin.meshing.repair.report import Hole, RepairReport
from surgitwin.meshing.repair.shells import count_inward, drop_empty, outward, shell_volumes, shells_of, union
from surgitwin.meshing.repair.topology import consistent, edges_of, split_points


@dataclass(eq=False)
class _Work:
    """The surface in hand and what was done to it."""

    points: FloatArray
    triangles: IntArray
    steps: list[str] = field(default_factory=list)
    filled: list[Hole] = field(default_factory=list)

    def say(self, count: int, text: str) -> None:
        if count:
            self.steps.append(text.format(count))


def repair(surface: SurfaceMesh, progress: Progress = SILENT) -> tuple[SurfaceMesh, RepairReport]:
    """The mended surface and the report; what cannot be mended stands in `unsolved` and is left as it is.

    Raises GeometryError "mesh.surface_empty" when no triangle encloses anything.
    """
    progress("Looking for faults", 0.0)
    before = faults(surface.points_mm, surface.triangles)
    work = _Work(np.array(surface.points_mm), np.array(surface.triangles, np.int64))
    _clean(work)
    progress("Orienting and separating shells", 0.3)
    _orient(work)
    _separate(work)
    _close(work)
    if not len(work.triangles):
        raise GeometryError(
            "mesh.surface_empty",
            "No triangles of the surface enclose a volume.",
            hint="Give a surface of a body; a sheet has to be thickened first.",
            where="surface",
        )
    progress("Looking for triangles that cross", 0.6)
    _uncross(work)
    work.points, work.triangles = apart(work.points, work.triangles)
    result = SurfaceMesh(work.points, work.triangles)
    progress("Measuring what changed", 0.8)
    after = faults(result.points_mm, result.triangles)
    moved, dropped = nearest(surface, result, work.filled)
    progress("Surface mended", 1.0)
    return result, RepairReport(
        before=before,
        after=after,
        filled=tuple(work.filled),
        steps=tuple(work.steps),
        moved_mm=moved,
        dropped_mm=dropped,
        volume_mm3=result.volume_mm3,
        unsolved=unsolved(after),
    )


def _clean(work: _Work) -> None:
    work.points, work.triangles, joined = join_points(work.points, work.triangles)
    work.say(joined, "{} double points joined")
    work.triangles, count = drop_collapsed(work.triangles)
    work.say(count, "{} triangles with a double point removed")
    work.triangles, count = drop_doubles(work.triangles)
    work.say(count, "{} triangles that were there twice removed")
    work.triangles, count = flip_flat(work.points, work.triangles)
    work.say(count, "{} triangles without area given to their neighbours")
    work.triangles, count = drop_doubles(work.triangles)
    work.say(count, "{} triangles that were there twice removed")


def _orient(work: _Work) -> None:
    if not len(work.triangles):
        return
    pairs = edges_of(work.triangles).pairs
    work.triangles, count = consistent(work.triangles, pairs)
    work.say(count, "{} triangles turned to agree with their neighbours")
    work.triangles, count = outward(work.points, work.triangles)
    work.say(count, "{} shells turned outwards")


def _separate(work: _Work) -> None:
    """Fins and walls away; then a point of its own for each fan, so that edges have two triangles at most."""
    work.triangles, count = drop_walls(work.points, work.triangles)
    work.say(count, "{} triangles of fins and inner walls removed")
    if not len(work.triangles):
        return
    _orient(work)
    pairs = all_pairs(work.points, work.triangles)
    known = len(np.unique(work.triangles))
    work.triangles, old = split_points(work.triangles, pairs)
    work.points = work.points[old]
    work.say(len(old) - known, "{} points doubled where parts only touch")


def _close(work: _Work) -> None:
    if not len(work.triangles):
        return
    work.points, work.triangles, filled = fill_holes(work.points, work.triangles)
    work.triangles, empty = drop_empty(work.points, work.triangles)
    work.say(empty, "{} shells that hold no volume removed")
    work.say(len(filled), "{} holes filled")
    work.filled += list(filled)
    _orient(work)


def _uncross(work: _Work) -> None:
    pairs = crossings(work.points, work.triangles)
    if not len(pairs):
        return
    shell = shells_of(work.triangles)
    other = shell[pairs[:, 0]] != shell[pairs[:, 1]]
    if other.all() and (shell_volumes(work.points, work.triangles, shell) > 0).all():
        made = union(work.points, work.triangles)
        if made is not None and not len(crossings(*made)):
            work.points, work.triangles = made
            work.steps.append(f"{shell.max() + 1} shells that cut each other united ({len(pairs)} crossings)")
            return
    local = refill(work.points, work.triangles, pairs)
    if local is not None and not count_inward(local[0], local[1]):
        work.points, work.triangles, new = local
        work.steps.append(f"{len(pairs)} crossings cut out and filled with {len(new)} triangles")
        return
    work.points, work.triangles, step = remake(work.points, work.triangles)
    work.steps.append(
        f"{len(pairs)} crossings: whole surface made again from its winding number on a grid of {step:.3g} mm"
    )
