"""Isosurface stuffing by numba: a body-centred cubic lattice, warped and cut at the zero of a near field.

Method: F. Labelle, J. R. Shewchuk, "Isosurface stuffing", ACM Trans. Graph. 26(3), 2007, with its limits of
warping; the diagonals of cut quadrilaterals start at the cut point nearest to its lattice point (theirs
follow the parity of the lattice). The field's grid holds all lattice points: those whose three indices are
all even (corners of cells) or all odd (centres); cells are two steps wide.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.meshing.meshers.cases import tetrahedra
from surgitwin.meshing.meshers.field import NearField
from surgitwin.meshing.meshers.kernels import kernel

LONG, SHORT = 0.24999, 0.41189
"""Labelle & Shewchuk 2007, table 1: shares of a long and a short edge within which a node is moved."""

# Offsets of the 14 neighbours of a lattice point in steps: 0 to 6 ahead (long, then short), 7 to 13 behind.
_AHEAD = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2], [1, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1]])
NEIGHBOURS = np.vstack([_AHEAD, -_AHEAD])

# The rings of four corners round the long edge from a centre along x, y, z.
RINGS = np.array([
    [[1, 1, 1], [1, 1, -1], [1, -1, -1], [1, -1, 1]],
    [[1, 1, 1], [1, 1, -1], [-1, 1, -1], [-1, 1, 1]],
    [[1, 1, 1], [1, -1, 1], [-1, -1, 1], [-1, 1, 1]],
])  # fmt: skip

Stuffed = tuple[FloatArray, IntArray, npt.NDArray[np.bool_]]


def stuff_field(field: NearField) -> Stuffed:
    """Points in grid steps (n, 3), tetrahedra (m, 4) of the inside, positively oriented, (n,) on the surface.

    Parts thinner than a cell may be lost. Empty arrays when nothing is inside.
    """
    array = field.array / np.float32(field.step_mm)
    index = np.full(array.shape, -1, np.int32)
    count = _number(array, index, NEIGHBOURS)
    grid, value = _collect(array, index, count)
    points = grid.astype(np.float64)
    _warp(array, index, grid, points, value, NEIGHBOURS, LONG, SHORT)
    cuts, edge = _cut(array, index, grid, points, value, NEIGHBOURS)
    points = np.vstack([points, cuts])
    value = np.concatenate([value, np.zeros(len(cuts), np.float32)])
    tets = tetrahedra(index, grid, value, points, edge, NEIGHBOURS, RINGS)
    used, inverse = _compact(tets, len(points))
    return points[used], inverse, value[used] == 0


def _compact(tets: IntArray, count: int) -> tuple[IntArray, IntArray]:
    """Nodes that tetrahedra use, and the tetrahedra in their numbers."""
    there = np.zeros(count, bool)
    there[tets] = True
    number = np.cumsum(there, dtype=np.int32) - 1
    return np.flatnonzero(there), number[tets]


@kernel
def _number(array: npt.NDArray[np.float32], index: npt.NDArray[np.int32], around: IntArray) -> int:
    """Number the lattice points that are inside or have a neighbour inside; returns how many."""
    nk, nj, ni = array.shape
    count = 0
    for k in range(2, nk - 2):
        for j in range(2 + k % 2, nj - 2, 1):
            if (j + k) % 2:
                continue
            for i in range(2, ni - 2):
                if (i + k) % 2:
                    continue
                near = array[k, j, i] < 0
                for n in range(14):
                    if near:
                        break
                    near = array[k + around[n, 2], j + around[n, 1], i + around[n, 0]] < 0
                if near:
                    index[k, j, i] = count
                    count += 1
    return count


@kernel
def _collect(
    array: npt.NDArray[np.float32], index: npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """(n, 3) grid indices (i, j, k) and (n,) values of the numbered points."""
    grid = np.empty((count, 3), np.int32)
    value = np.empty(count, np.float32)
    nk, nj, ni = array.shape
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                n = index[k, j, i]
                if n >= 0:
                    grid[n, 0], grid[n, 1], grid[n, 2] = i, j, k
                    value[n] = array[k, j, i]
    return grid, value


@kernel
def sample(array: npt.NDArray[np.float32], x: float, y: float, z: float) -> float:
    """Trilinear value at a point in steps, held at the border."""
    nk, nj, ni = array.shape
    i, j, k = min(max(int(x), 0), ni - 2), min(max(int(y), 0), nj - 2), min(max(int(z), 0), nk - 2)
    u, v, w = x - i, y - j, z - k
    low = (array[k, j, i] * (1 - u) + array[k, j, i + 1] * u) * (1 - v)
    low += (array[k, j + 1, i] * (1 - u) + array[k, j + 1, i + 1] * u) * v
    high = (array[k + 1, j, i] * (1 - u) + array[k + 1, j, i + 1] * u) * (1 - v)
    high += (array[k + 1, j + 1, i] * (1 - u) + array[k + 1, j + 1, i + 1] * u) * v
    return float(low * (1 - w) + high * w)


@kernel
def _zero(array: npt.NDArray[np.float32], p: npt.NDArray[np.int32], q: npt.NDArray[np.int32]) -> float:
    """Share 0..1 of the way from p to q where the field is zero; it has opposite signs there."""
    d0, d1, d2 = float(q[0] - p[0]), float(q[1] - p[1]), float(q[2] - p[2])
    a, b = 0.0, 1.0
    fa, fb = array[p[2], p[1], p[0]], array[q[2], q[1], q[0]]
    t = 0.5
    for _ in range(4):
        t = a + (b - a) * fa / (fa - fb)
        f = sample(array, p[0] + t * d0, p[1] + t * d1, p[2] + t * d2)
        if abs(f) < 1e-4:
            break
        if (f < 0) == (fa < 0):
            a, fa, fb = t, f, fb / 2
        else:
            b, fb, fa = t, f, fa / 2
    return min(max(t, 1e-3), 1 - 1e-3)


@kernel
def _warp(
    array: npt.NDArray[np.float32], index: npt.NDArray[np.int32], grid: npt.NDArray[np.int32],
    points: FloatArray, value: npt.NDArray[np.float32], around: IntArray, long: float, short: float,
) -> None:  # fmt: skip
    """Move points onto the nearest crossing within the limits; their value becomes zero."""
    for n in range(len(grid)):
        if value[n] == 0:
            continue
        best, where, share = 1e9, -1, 0.0
        for e in range(14):
            d = around[e]
            m = index[grid[n, 2] + d[2], grid[n, 1] + d[1], grid[n, 0] + d[0]]
            if m < 0 or value[m] * value[n] >= 0:
                continue
            t = _zero(array, grid[n], grid[m])
            is_long = e % 7 < 3
            if t > (long if is_long else short):
                continue
            length = t * (2.0 if is_long else np.sqrt(3.0))
            if length < best:
                best, where, share = length, e, t
        if where >= 0:
            for axis in range(3):
                points[n, axis] += share * around[where, axis]
            value[n] = 0


@kernel
def _cut(
    array: npt.NDArray[np.float32], index: npt.NDArray[np.int32], grid: npt.NDArray[np.int32],
    points: FloatArray, value: npt.NDArray[np.float32], around: IntArray,
) -> tuple[FloatArray, npt.NDArray[np.int32]]:  # fmt: skip
    """Crossings of the edges that are left: points (c, 3), and (n, 7) their number on the edges ahead or
    -1.
    """
    edge = np.full((len(grid), 7), -1, np.int32)
    count = 0
    for n in range(len(grid)):
        for e in range(7):
            d = around[e]
            m = index[grid[n, 2] + d[2], grid[n, 1] + d[1], grid[n, 0] + d[0]]
            if m >= 0 and value[m] * value[n] < 0:
                edge[n, e] = len(grid) + count
                count += 1
    cuts = np.empty((count, 3))
    for n in range(len(grid)):
        for e in range(7):
            if edge[n, e] >= 0:
                m = index[grid[n, 2] + around[e, 2], grid[n, 1] + around[e, 1], grid[n, 0] + around[e, 0]]
                t = _zero(array, grid[n], grid[m])
                for axis in range(3):
                    cuts[edge[n, e] - len(grid), axis] = points[n, axis] + t * around[e, axis]
    return cuts, edge
