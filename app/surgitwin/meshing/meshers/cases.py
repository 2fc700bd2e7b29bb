"""Isosurface stuffing, second part: the inside of every cut tetrahedron of the lattice as tetrahedra.

A face that is cut off at one corner p leaves a quadrilateral of two lattice points and two cut points. Both
tetrahedra at it must cut it by the same diagonal: it starts at the cut point nearest to its lattice point
(of equal ones, at that of the lower number). All quadrilaterals round p are ordered by that, so the three
of a prism never form a cycle that no tetrahedra fill.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.meshing.meshers.kernels import kernel

Ints = npt.NDArray[np.int32]


@kernel
def tetrahedra(
    index: Ints, grid: Ints, value: npt.NDArray[np.float32], points: FloatArray, edge: Ints,
    around: IntArray, rings: IntArray,
) -> Ints:  # fmt: skip
    """(m, 4) tetrahedra of the inside; at most three come from one of the lattice.

    index: number of each grid point or -1. grid (n, 3), value (n + c,), points (n + c, 3) of lattice and
    cut points. edge (n, 7): numbers of the cut points on the edges ahead.
    """
    out = np.empty((len(grid) * 8 + 64, 4), np.int32)
    at = 0
    corner = np.empty(4, np.int32)
    for n in range(len(grid)):
        i, j, k = grid[n, 0], grid[n, 1], grid[n, 2]
        if k % 2 == 0:
            continue
        for axis in range(3):
            m = index[k + around[axis, 2], j + around[axis, 1], i + around[axis, 0]]
            if m < 0:
                continue
            for r in range(4):
                a, b = rings[axis, r], rings[axis, (r + 1) % 4]
                corner[0], corner[1] = n, m
                corner[2] = index[k + a[2], j + a[1], i + a[0]]
                corner[3] = index[k + b[2], j + b[1], i + b[0]]
                if corner[2] >= 0 and corner[3] >= 0:
                    if at + 3 >= len(out):
                        out = np.concatenate((out, np.empty_like(out)))
                    at = _one(corner, grid, value, points, edge, around, out, at)
    return out[:at].copy()


@kernel
def _one(
    corner: Ints, grid: Ints, value: npt.NDArray[np.float32], points: FloatArray, edge: Ints,
    around: IntArray, out: Ints, at: int,
) -> int:  # fmt: skip
    """Write the inside of one lattice tetrahedron; returns the next free place."""
    inside, zero, outside = np.empty(4, np.int32), np.empty(4, np.int32), np.empty(4, np.int32)
    n_in, n_zero, n_out = 0, 0, 0
    for c in corner:
        if value[c] < 0:
            inside[n_in] = c
            n_in += 1
        elif value[c] > 0:
            outside[n_out] = c
            n_out += 1
        else:
            zero[n_zero] = c
            n_zero += 1
    if n_in == 0:
        return at
    if n_out == 0:
        return _put(out, at, corner[0], corner[1], corner[2], corner[3], points)
    cut = np.empty((3, 2), np.int32)
    for n in range(min(n_in, 3)):
        for p in range(min(n_out, 2)):
            cut[n, p] = _between(inside[n], outside[p], grid, edge, around)
    if n_in == 1:
        for p in range(n_out):
            zero[n_zero] = _between(inside[0], outside[p], grid, edge, around)
            n_zero += 1
        return _put(out, at, inside[0], zero[0], zero[1], zero[2], points)
    if n_in == 3:
        return _prism(out, at, inside, cut, points)
    if n_zero == 1:
        return _pyramid(out, at, zero[0], inside[0], inside[1], cut[1, 0], cut[0, 0], points)
    return _wedge(out, at, inside, cut, points)


@kernel
def _between(p: int, q: int, grid: Ints, edge: Ints, around: IntArray) -> int:
    """Number of the cut point on the edge from lattice point p to q."""
    for e in range(14):
        if (
            grid[q, 0] - grid[p, 0] == around[e, 0]
            and grid[q, 1] - grid[p, 1] == around[e, 1]
            and grid[q, 2] - grid[p, 2] == around[e, 2]
        ):
            return int(edge[p, e]) if e < 7 else int(edge[q, e - 7])
    return -1


@kernel
def _away(points: FloatArray, p: int, q: int) -> float:
    """Squared distance of two points."""
    x, y, z = points[p, 0] - points[q, 0], points[p, 1] - points[q, 1], points[p, 2] - points[q, 2]
    return float(x * x + y * y + z * z)


@kernel
def _before(points: FloatArray, p: int, cut_p: int, q: int, cut_q: int) -> bool:
    """Whether the diagonal of (p, q, cut_q, cut_p) starts at cut_p (else at cut_q)."""
    a, b = _away(points, p, cut_p), _away(points, q, cut_q)
    return a < b or (a == b and p < q)


@kernel
def _put(out: Ints, at: int, a: int, b: int, c: int, d: int, points: FloatArray) -> int:
    """Write one tetrahedron with positive volume; returns the next place."""
    u0, u1, u2 = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
    v0, v1, v2 = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
    w0, w1, w2 = points[d, 0] - points[a, 0], points[d, 1] - points[a, 1], points[d, 2] - points[a, 2]
    volume = u0 * (v1 * w2 - v2 * w1) + u1 * (v2 * w0 - v0 * w2) + u2 * (v0 * w1 - v1 * w0)
    out[at, 0], out[at, 1] = a, b
    if volume > 0:
        out[at, 2], out[at, 3] = c, d
    else:
        out[at, 2], out[at, 3] = d, c
    return at + 1


@kernel
def _pyramid(out: Ints, at: int, tip: int, a: int, b: int, cut_b: int, cut_a: int, points: FloatArray) -> int:
    """Tip over the quadrilateral (a, b, cut_b, cut_a)."""
    if _before(points, a, cut_a, b, cut_b):
        at = _put(out, at, tip, a, b, cut_a, points)
        return _put(out, at, tip, b, cut_b, cut_a, points)
    at = _put(out, at, tip, a, b, cut_b, points)
    return _put(out, at, tip, a, cut_b, cut_a, points)


@kernel
def _prism(out: Ints, at: int, inside: Ints, cut: Ints, points: FloatArray) -> int:
    """Three points inside and the cuts of their edges to the fourth."""
    order = np.array([0, 1, 2])
    for n in (0, 1, 0):
        p, q = order[n], order[n + 1]
        if not _before(points, inside[p], cut[p, 0], inside[q], cut[q, 0]):
            order[n], order[n + 1] = q, p
    p, q, r = inside[order[0]], inside[order[1]], inside[order[2]]
    cp, cq, cr = cut[order[0], 0], cut[order[1], 0], cut[order[2], 0]
    at = _put(out, at, p, q, r, cp, points)
    at = _put(out, at, cp, q, r, cq, points)
    return _put(out, at, cp, r, cr, cq, points)


@kernel
def _wedge(out: Ints, at: int, inside: Ints, cut: Ints, points: FloatArray) -> int:
    """Two points inside, a and b, and the cuts a1, a2, b1, b2 of their edges to the two outside."""
    a, b = inside[0], inside[1]
    a1, a2, b1, b2 = cut[0, 0], cut[0, 1], cut[1, 0], cut[1, 1]
    one, two = _before(points, a, a1, b, b1), _before(points, a, a2, b, b2)
    if one == two:
        if not one:
            a, b, a1, a2, b1, b2 = b, a, b1, b2, a1, a2
        at = _put(out, at, a, a1, a2, b, points)
        if _away(points, a1, b2) < _away(points, a2, b1):
            at = _put(out, at, b, a1, a2, b2, points)
            return _put(out, at, b, a1, b2, b1, points)
        at = _put(out, at, b, a1, a2, b1, points)
        return _put(out, at, b, a2, b2, b1, points)
    if two:
        a1, a2, b1, b2 = a2, a1, b2, b1
    at = _put(out, at, a1, a, a2, b2, points)
    at = _put(out, at, a1, a, b2, b, points)
    return _put(out, at, a1, b, b1, b2, points)
