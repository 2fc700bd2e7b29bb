"""Holes closed by the triangulation of least area of their rims (P. Liepa, "Filling holes in meshes",
2003).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import triangle_areas
from surgitwin.meshing.meshers.kernels import kernel
from surgitwin.meshing.repair.report import Hole
from surgitwin.meshing.repair.topology import edges_of, rims

LONGEST_RIM = 500
"""Numerical setting: work grows with the third power of the rim; longer ones get a fan round their middle."""


def fill_holes(points_mm: FloatArray, triangles: IntArray) -> tuple[FloatArray, IntArray, tuple[Hole, ...]]:
    """Points (some added), triangles with those of the holes after the old ones, and what was filled.

    Every point must belong to one fan (`split_points`) and triangles must agree on their orientation.
    """
    points, put, holes = [points_mm], [np.asarray(triangles, np.int64)], []
    count = len(points_mm)
    for ring in rims(triangles, edges_of(triangles)):
        if len(ring) < 3:
            continue
        rim = points_mm[ring]
        if len(ring) <= LONGEST_RIM:
            new = ring[least_area(rim)]
            area = float(triangle_areas(points_mm, new).sum())
        else:
            points.append(rim.mean(axis=0, keepdims=True))
            new = np.stack([ring, np.roll(ring, -1), np.full(len(ring), count)], axis=1)
            count += 1
            area = float(triangle_areas(np.vstack(points), new).sum())
        put.append(new)
        length = float(np.linalg.norm(rim - np.roll(rim, -1, axis=0), axis=1).sum())
        x, y, z = (float(v) for v in rim.mean(axis=0))
        holes.append(Hole(len(ring), length, area, (x, y, z)))
    return np.vstack(points), np.vstack(put).astype(np.int32), tuple(holes)


def least_area(rim: FloatArray) -> npt.NDArray[np.int64]:
    """(n - 2, 3) triangles of a closed ring of n points, with the least sum of areas."""
    return _least(np.ascontiguousarray(rim, np.float64))


@kernel
def _least(rim: FloatArray) -> npt.NDArray[np.int64]:
    n = len(rim)
    cost = np.zeros((n, n))
    split = np.zeros((n, n), np.int64)
    for width in range(2, n):
        for i in range(n - width):
            j = i + width
            best, where = np.inf, i + 1
            for k in range(i + 1, j):
                value = cost[i, k] + cost[k, j]
                if value >= best:
                    continue
                u0, u1, u2 = rim[k, 0] - rim[i, 0], rim[k, 1] - rim[i, 1], rim[k, 2] - rim[i, 2]
                v0, v1, v2 = rim[j, 0] - rim[i, 0], rim[j, 1] - rim[i, 1], rim[j, 2] - rim[i, 2]
                x, y, z = u1 * v2 - u2 * v1, u2 * v0 - u0 * v2, u0 * v1 - u1 * v0
                value += 0.5 * np.sqrt(x * x + y * y + z * z)
                if value < best:
                    best, where = value, k
            cost[i, j], split[i, j] = best, where
    out = np.empty((n - 2, 3), np.int64)
    stack = np.empty((n, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, n - 1
    top, at = 1, 0
    while top:
        top -= 1
        i, j = stack[top, 0], stack[top, 1]
        if j - i < 2:
            continue
        k = split[i, j]
        out[at, 0], out[at, 1], out[at, 2] = i, k, j
        at += 1
        stack[top, 0], stack[top, 1] = i, k
        stack[top + 1, 0], stack[top + 1, 1] = k, j
        top += 2
    return out
