"""Loops over the points and triangles of large surfaces, by numba."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.meshing.meshers.kernels import kernel, patient_kernel


@kernel
def at_voxels(points: FloatArray, near: float) -> npt.NDArray[np.bool_]:
    """(n,) whether all three coordinates are whole numbers, within `near`."""
    out = np.empty(len(points), np.bool_)
    for n in range(len(points)):
        out[n] = True
        for axis in range(3):
            if abs(points[n, axis] - np.rint(points[n, axis])) >= near:
                out[n] = False
                break
    return out


@patient_kernel
def renumbered(
    triangles: IntArray, number: npt.NDArray[np.int32], flip: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], int]:
    """New number of each point (-1: no triangle uses it), the triangles that keep three points, in new
    numbers, and how many points they use.

    number: (n,) the point that stands for each one. flip: turn the triangles over.
    """
    new = np.full(len(number), -1, np.int32)
    faces = np.empty((len(triangles), 3), np.int32)
    count, used = 0, 0
    for t in range(len(triangles)):
        a, b, c = number[triangles[t, 0]], number[triangles[t, 1]], number[triangles[t, 2]]
        if a == b or b == c or c == a:
            continue
        for p in (a, b, c):
            if new[p] < 0:
                new[p] = used
                used += 1
        faces[count, 0] = new[a]
        faces[count, 1], faces[count, 2] = (new[c], new[b]) if flip else (new[b], new[c])
        count += 1
    return new, faces[:count], used  # not copied: hardly any triangle is left out


@kernel
def placed(
    points: FloatArray, new: npt.NDArray[np.int32], used: int, matrix: FloatArray, origin: FloatArray
) -> npt.NDArray[np.float64]:
    """(used, 3) points origin + matrix @ point, each at its new number; without those that have none."""
    out = np.empty((used, 3))
    ox, oy, oz = origin
    xx, xy, xz = matrix[0]
    yx, yy, yz = matrix[1]
    zx, zy, zz = matrix[2]
    for n in range(len(points)):
        m = new[n]
        if m >= 0:
            x, y, z = points[n, 0], points[n, 1], points[n, 2]
            out[m, 0] = ox + (xx * x + xy * y + xz * z)
            out[m, 1] = oy + (yx * x + yy * y + yz * z)
            out[m, 2] = oz + (zx * x + zy * y + zz * z)
    return out


@patient_kernel
def count_open(triangles: IntArray, count: int) -> int:
    """Edges with more than one triangle in one direction, and half-edges without an opposite one.

    Half-edges are kept by their first point; each looks for its like there and its opposite at the other.
    """
    start = np.zeros(count + 1, np.int64)
    for t in range(len(triangles)):
        for c in range(3):
            start[triangles[t, c] + 1] += 1
    for n in range(count):
        start[n + 1] += start[n]
    fill = start.copy()
    end = np.empty(3 * len(triangles), np.int32)
    for t in range(len(triangles)):
        for c in range(3):
            a = triangles[t, c]
            end[fill[a]] = triangles[t, (c + 1) % 3]
            fill[a] += 1
    bad = 0
    for a in range(count):
        for h in range(start[a], start[a + 1]):
            like, earlier, opposite = 0, 0, 0
            for g in range(start[a], start[a + 1]):
                if end[g] == end[h]:
                    like += 1
                    if g < h:
                        earlier += 1
            for g in range(start[end[h]], start[end[h] + 1]):
                if end[g] == a:
                    opposite += 1
            if like > 1 and earlier == 0:
                bad += 1
            if opposite == 0:
                bad += 1
    return bad
