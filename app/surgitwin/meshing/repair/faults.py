"""Counting what is wrong with a surface, and how far a mended one lies from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.distance import point_distance
from surgitwin.meshing.meshers.measure import thinned
from surgitwin.meshing.repair.clean import drop_collapsed, drop_doubles, flat, join_points
from surgitwin.meshing.repair.crossings import crossings
from surgitwin.meshing.repair.report import Faults, Hole
from surgitwin.meshing.repair.shells import inside_out
from surgitwin.meshing.repair.topology import (
    consistent,
    count_touching,
    edges_of,
    patches,
    rims,
    split_points,
    turned,
)

NUDGE = 1e-3
"""Numerical setting: points that were doubled move this share of the edges at them towards their own fan, so
that a file reader does not join them again."""


def faults(points_mm: FloatArray, triangles: IntArray, progress: Progress = SILENT) -> Faults:
    """Count the faults of a surface as given; `progress` is told the steps, fractions of this work."""
    progress("Looking for points and triangles that are there twice", 0.0)
    points, t, joined = join_points(points_mm, triangles)
    whole, collapsed = drop_collapsed(t)
    single, doubles = drop_doubles(whole)
    progress("Looking for holes", 0.3)
    edges = edges_of(single)
    open_edges = int(np.count_nonzero(edges.count == 1))
    shell = patches(len(single), edges.pairs)
    progress("Looking for triangles that cross", 0.7)
    return Faults(
        triangles=len(triangles),
        shells=int(shell.max()) + 1 if len(single) else 0,
        duplicate_points=joined,
        degenerate=collapsed + int(np.count_nonzero(flat(points, single))),
        duplicate_triangles=doubles,
        open_edges=open_edges,
        holes=_holes(single) if open_edges else 0,
        nonmanifold_edges=int(np.count_nonzero(edges.count > 2)),
        nonmanifold_points=count_touching(single, edges.pairs),
        turned_edges=int(np.count_nonzero(turned(single, edges.pairs))),
        inward_shells=len(inside_out(points, single, shell)) if not open_edges else 0,
        crossings=len(crossings(points, single)),
    )


def _holes(triangles: IntArray) -> int:
    """Number of rims, after triangles agree (a rim has a direction) and fans are apart."""
    agreed = consistent(triangles, edges_of(triangles).pairs)[0]
    split = split_points(agreed, edges_of(agreed).pairs)[0]
    return sum(len(ring) > 2 for ring in rims(split, edges_of(split)))


def unsolved(after: Faults) -> tuple[str, ...]:
    """What is left, each with the next step."""
    again = "make the surface again from its labels, or remesh it in the program it came from"
    words = {
        "open_edges": f"{{}} edges stay open: {again}.",
        "nonmanifold_edges": f"{{}} edges join more than two triangles: {again}.",
        "nonmanifold_points": "{} points join parts that only touch: meshers of volumes may refuse them; "
        "`surgitwin mesh-surface --mesher stuffing` does not.",
        "turned_edges": f"{{}} edges have triangles that cannot agree (a one-sided surface): {again}.",
        "inward_shells": f"{{}} shells face inwards: {again}.",
        "crossings": "{} pairs of triangles cross: mesh it with `surgitwin mesh-surface --mesher stuffing`, "
        "which takes the winding number.",
        "degenerate": "{} triangles have no area: harmless to `surgitwin mesh-surface --mesher stuffing`.",
    }
    counts = after.as_dict()
    return tuple(text.format(counts[name]) for name, text in words.items() if counts[name])


def apart(points_mm: FloatArray, triangles: IntArray) -> tuple[FloatArray, IntArray]:
    """A point of its own for each fan, coinciding ones moved a little into their own fan."""
    split, old = split_points(triangles, edges_of(triangles).pairs)
    points = np.array(points_mm[old])
    _, inverse, count = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    rows = np.isin(split, np.flatnonzero(count[inverse.reshape(-1)] > 1)).any(axis=1)
    if rows.any():
        total, weight = np.zeros_like(points), np.zeros(len(points))
        for corner in range(3):
            for step in (1, 2):
                np.add.at(total, split[rows, corner], points[split[rows, (corner + step) % 3]])
                np.add.at(weight, split[rows, corner], 1)
        which = np.flatnonzero(count[inverse.reshape(-1)] > 1)
        points[which] += NUDGE * (total[which] / weight[which][:, None] - points[which])
    return points, split


def nearest(old: SurfaceMesh, new: SurfaceMesh, filled: Sequence[Hole]) -> tuple[float, float]:
    """Largest distance of the new surface's points from the old surface, without the middles of filled
    holes; and of the old one's points from the new surface, mm."""
    points = thinned(new.points_mm)
    there = np.abs(point_distance(points, old))
    for hole in filled:
        there[np.linalg.norm(points - np.array(hole.centre_mm), axis=1) < 1e-6 * max(hole.rim_mm, 1)] = 0
    used = np.unique(old.triangles)
    back = np.abs(point_distance(thinned(old.points_mm[used]), new))
    return float(there.max()), float(back.max())
