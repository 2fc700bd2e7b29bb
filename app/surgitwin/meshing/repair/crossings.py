"""Pairs of triangles of one surface that cut through each other, found in bins of space by numba."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import triangle_boxes
from surgitwin.meshing.meshers.kernels import kernel, patient_kernel

BINS = 4_000_000
"""Numerical setting: most bins; more would take memory without making pairs fewer."""

Ints = npt.NDArray[np.int64]


def crossings(points_mm: FloatArray, triangles: IntArray) -> Ints:
    """(k, 2) pairs of triangles of which an edge of one passes through the inside of the other.

    Triangles that only touch, and triangles that overlap in one plane, do not count. Of two triangles that
    share a point only the edges opposite to it are tried; two that share an edge cannot cross.
    """
    if not len(triangles):
        return np.zeros((0, 2), np.int64)
    corners = points_mm[triangles]
    low, high = triangle_boxes(corners)
    origin = low.min(axis=0)
    extent = np.maximum(high.max(axis=0) - origin, 1e-9)
    size = float(np.median((high - low).max(axis=1))) * 1.5
    size = max(size, float(np.cbrt(np.prod(extent) / BINS)), float(extent.max()) / 1000, 1e-12)
    shape = (np.floor(extent / size)).astype(np.int64) + 1
    start, items = _fill_bins(low, high, origin, size, shape)
    points, t = np.asarray(points_mm), np.ascontiguousarray(triangles)
    cap = 1024
    while True:
        out = np.empty((cap, 2), np.int64)
        found = _search(points, t, low, high, origin, size, shape, start, items, out)
        if found <= cap:
            return out[:found]
        cap = found


@kernel
def _range(
    low: FloatArray, high: FloatArray, origin: FloatArray, size: float, shape: Ints, out: Ints
) -> None:
    for axis in range(3):
        out[2 * axis] = min(max(int((low[axis] - origin[axis]) / size), 0), shape[axis] - 1)
        out[2 * axis + 1] = min(max(int((high[axis] - origin[axis]) / size), 0), shape[axis] - 1)


@patient_kernel
def _fill_bins(
    low: FloatArray, high: FloatArray, origin: FloatArray, size: float, shape: Ints
) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Triangles of every bin: items[start[b]:start[b + 1]]."""
    start = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    items = np.empty(0, np.int32)
    r = np.empty(6, np.int64)
    for fill in range(2):
        if fill == 1:
            for b in range(1, len(start)):
                start[b] += start[b - 1]
            items = np.empty(start[-1], np.int32)
        for t in range(len(low) - 1, -1, -1):
            _range(low[t], high[t], origin, size, shape, r)
            for z in range(r[4], r[5] + 1):
                for y in range(r[2], r[3] + 1):
                    for x in range(r[0], r[1] + 1):
                        b = x + shape[0] * (y + shape[1] * z)
                        if fill == 0:
                            start[b] += 1
                        else:
                            start[b] -= 1
                            items[start[b]] = t
    return start, items


@patient_kernel
def _search(
    points: FloatArray, triangles: IntArray, low: FloatArray, high: FloatArray, origin: FloatArray,
    size: float, shape: Ints, start: Ints, items: npt.NDArray[np.int32], out: Ints,
) -> int:  # fmt: skip
    """Write crossing pairs to `out` as far as they fit; returns their number."""
    found = 0
    ra, rb = np.empty(6, np.int64), np.empty(6, np.int64)
    for b in range(len(start) - 1):
        x, y, z = b % shape[0], (b // shape[0]) % shape[1], b // (shape[0] * shape[1])
        for m in range(start[b], start[b + 1]):
            s = items[m]
            for n in range(m + 1, start[b + 1]):
                t = items[n]
                apart = False
                for axis in range(3):
                    if low[s, axis] > high[t, axis] or low[t, axis] > high[s, axis]:
                        apart = True
                if apart:
                    continue
                # A pair belongs to the first bin that holds both.
                _range(low[s], high[s], origin, size, shape, ra)
                _range(low[t], high[t], origin, size, shape, rb)
                if max(ra[0], rb[0]) != x or max(ra[2], rb[2]) != y or max(ra[4], rb[4]) != z:
                    continue
                if _cross(points, triangles[s], triangles[t]):
                    if found < len(out):
                        out[found, 0], out[found, 1] = min(s, t), max(s, t)
                    found += 1
    return found


@kernel
def _cross(points: FloatArray, s: IntArray, t: IntArray) -> bool:
    """Whether an edge of one triangle passes through the inside of the other."""
    shared = 0
    for a in s:
        for b in t:
            if a == b:
                shared += 1
    if shared >= 2:
        return False
    return _edges_through(points, s, t, shared) or _edges_through(points, t, s, shared)


@kernel
def _edges_through(points: FloatArray, s: IntArray, t: IntArray, shared: int) -> bool:
    for e in range(3):
        a, b = s[e], s[(e + 1) % 3]
        if shared and (a == t[0] or a == t[1] or a == t[2] or b == t[0] or b == t[1] or b == t[2]):
            continue
        p, q = points[a], points[b]
        above = volume(p, points[t[0]], points[t[1]], points[t[2]])
        below = volume(q, points[t[0]], points[t[1]], points[t[2]])
        if above * below >= 0:
            continue
        u = volume(p, q, points[t[0]], points[t[1]])
        v = volume(p, q, points[t[1]], points[t[2]])
        w = volume(p, q, points[t[2]], points[t[0]])
        if (u > 0 and v > 0 and w > 0) or (u < 0 and v < 0 and w < 0):
            return True
    return False


@kernel
def volume(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> float:
    """Six times the signed volume of a tetrahedron."""
    u0, u1, u2 = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    v0, v1, v2 = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    w0, w1, w2 = d[0] - a[0], d[1] - a[1], d[2] - a[2]
    return float(u0 * (v1 * w2 - v2 * w1) + u1 * (v2 * w0 - v0 * w2) + u2 * (v0 * w1 - v1 * w0))
