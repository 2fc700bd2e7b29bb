"""Triangles that cut through each other: taken out and filled again, or the whole surface made again."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.image import ImageGrid
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.field import DistanceField
from surgitwin.meshing.meshers.field import near_field
from surgitwin.meshing.repair.crossings import Ints, crossings
from surgitwin.meshing.repair.holes import fill_holes
from surgitwin.meshing.repair.shells import shell_volumes, shells_of
from surgitwin.meshing.repair.topology import edges_of, split_points
from surgitwin.meshing.surface import contour

MOST_LOCAL = 0.05
"""Numerical setting: share of crossing triangles up to which they are cut out one place at a time."""

ROUNDS = 4
"""Numerical setting: each round takes one more ring of triangles round those that cross."""

MOST_VOXELS = 60_000_000
"""Numerical setting: grid of a surface that is made again; 0.3 GB of distances and crossings."""

CLEAR = 0.03
"""Numerical setting: share of a grid step that the new surface keeps from grid points."""

CRUMB = 1e-3
"""Numerical setting: pieces of a surface made again below this share of the largest are noise of its
folds.
"""


def refill(
    points_mm: FloatArray, triangles: IntArray, pairs: Ints
) -> tuple[FloatArray, IntArray, Ints] | None:
    """Cut the crossing triangles and rings round them out, fill the holes; None when crossings stay.

    Returns points, triangles, and the numbers of the new triangles.
    """
    if len(np.unique(pairs)) > MOST_LOCAL * len(triangles):
        return None
    for rings in range(1, ROUNDS + 1):
        bad = np.zeros(len(triangles), bool)
        bad[np.unique(pairs)] = True
        for _ in range(rings):
            there = np.zeros(len(points_mm), bool)
            there[triangles[bad]] = True
            bad = there[triangles].any(axis=1)
        kept = triangles[~bad]
        if not len(kept):
            return None
        split, old = split_points(kept, edges_of(kept).pairs)
        points, filled, _ = fill_holes(points_mm[old], split)
        if not len(crossings(points, filled)):
            return points, filled, np.arange(len(split), len(filled))
    return None


def remake(points_mm: FloatArray, triangles: IntArray) -> tuple[FloatArray, IntArray, float]:
    """The surface of what has positive winding number, on a grid half as fine as the triangles; its step in
    mm.

    Crumbs below `CRUMB` of the largest piece are left out. Raises GeometryError "mesh.surface_open" when
    nothing is inside.
    """
    x = points_mm[triangles]
    step = float(np.median(np.linalg.norm(x[:, [1, 2, 0]] - x, axis=2))) / 2
    extent = np.ptp(x.reshape(-1, 3), axis=0)
    step = max(step, float(np.cbrt(np.prod(extent + 8 * step) / MOST_VOXELS)))
    near = near_field(SurfaceMesh(points_mm, triangles), step)
    # No value close to zero, so that no triangle is without area.
    least = np.float32(CLEAR * step)
    array = np.where(np.abs(near.array) < least, np.copysign(least, near.array), near.array)
    grid = ImageGrid(
        (array.shape[0], array.shape[1], array.shape[2]), near.origin_mm, np.full(3, step), np.eye(3)
    )
    mesh = contour(DistanceField(array, grid))
    t = np.array(mesh.triangles, np.int64)
    shell = shells_of(t)
    size = np.abs(shell_volumes(mesh.points_mm, t, shell))
    return np.array(mesh.points_mm), t[(size >= CRUMB * size.max())[shell]], step
