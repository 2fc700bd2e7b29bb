"""Signed distance of a surface near itself, by numba: exact distances, signs from the winding number.

The winding number counts oriented crossings along the rows of the grid. So shells that overlap count as
one body, a shell turned inwards inside another is a cavity, and the sign does not depend on normals at
corners. The surface must be closed: a hole leaks along the rows that pass through it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.meshers.kernels import kernel

BAND = 2.1
"""Numerical setting: distances are exact up to this many grid steps; two are the longest lattice edge."""

MARGIN = 4
"""Numerical setting: empty grid steps round the surface, so that no lattice node near it lies at the
border.
"""

RAY_SHIFT = (1.7e-4, 2.9e-4)
"""Numerical setting: rays pass this share of a step beside the grid lines, so that none meets a corner."""


@dataclass(frozen=True, eq=False)
class NearField:
    """Signed distance in mm, float32 [k, j, i], negative inside, cut off at `BAND` steps.

    origin_mm: LPS of voxel (0, 0, 0). step_mm: distance of voxels along x, y, z of LPS.
    """

    array: npt.NDArray[np.float32]
    origin_mm: FloatArray
    step_mm: float

    @property
    def volume_mm3(self) -> float:
        """Volume of the inside, from the share of every voxel below zero."""
        share = np.clip(0.5 - self.array / self.step_mm, 0, 1)
        return float(share.sum(dtype=np.float64)) * self.step_mm**3


def near_field(mesh: SurfaceMesh, step_mm: float, all_inside: bool = False) -> NearField:
    """The field of a closed surface on a grid of `step_mm`.

    all_inside: True counts any odd or non-zero winding as inside (shells of either orientation), False
    only positive winding (cavities stay empty).
    """
    low = mesh.points_mm.min(axis=0) - MARGIN * step_mm
    count = np.ceil(np.ptp(mesh.points_mm, axis=0) / step_mm).astype(int) + 2 * MARGIN + 1
    points = (mesh.points_mm - low) / step_mm
    triangles = np.ascontiguousarray(mesh.triangles)
    winding = np.zeros((count[2], count[1], count[0]), np.int8)
    _cross(points, triangles, winding, RAY_SHIFT[0], RAY_SHIFT[1])
    distance = np.full(winding.shape, np.float32(BAND))
    _near(points, triangles, distance, BAND)
    _sign(winding, distance, all_inside, step_mm)
    return NearField(distance, low, step_mm)


@kernel
def _cross(
    points: FloatArray, triangles: IntArray, out: npt.NDArray[np.int8], shift_y: float, shift_z: float
) -> None:
    """Add the oriented crossings of rows along x to `out` at the first voxel behind each."""
    nk, nj, ni = out.shape
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ya, yb, yc = points[a, 1] - shift_y, points[b, 1] - shift_y, points[c, 1] - shift_y
        za, zb, zc = points[a, 2] - shift_z, points[b, 2] - shift_z, points[c, 2] - shift_z
        j0, j1 = max(0, int(np.ceil(min(ya, yb, yc)))), min(nj - 1, int(np.floor(max(ya, yb, yc))))
        k0, k1 = max(0, int(np.ceil(min(za, zb, zc)))), min(nk - 1, int(np.floor(max(za, zb, zc))))
        for k in range(k0, k1 + 1):
            for j in range(j0, j1 + 1):
                u = _side(yb, zb, yc, zc, j, k, b > c)
                v = _side(yc, zc, ya, za, j, k, c > a)
                w = _side(ya, za, yb, zb, j, k, a > b)
                if not ((u > 0 and v > 0 and w > 0) or (u < 0 and v < 0 and w < 0)):
                    continue
                x = (u * points[a, 0] + v * points[b, 0] + w * points[c, 0]) / (u + v + w)
                i = min(max(int(np.ceil(x)), 0), ni - 1)
                out[k, j, i] += -1 if u > 0 else 1


@kernel
def _side(ya: float, za: float, yb: float, zb: float, y: float, z: float, swap: bool) -> float:
    """Twice the area of (a, b, point), computed in one order of a and b for both triangles of an edge."""
    if swap:
        return -((ya - yb) * (z - zb) - (za - zb) * (y - yb))
    return (yb - ya) * (z - za) - (zb - za) * (y - ya)


@kernel
def _sign(
    winding: npt.NDArray[np.int8], distance: npt.NDArray[np.float32], any_sign: bool, step: float
) -> None:
    """Distances in steps to signed mm, from the crossings of each row."""
    nk, nj, ni = winding.shape
    for k in range(nk):
        for j in range(nj):
            total = 0
            for i in range(ni):
                total += winding[k, j, i]
                inside = total != 0 if any_sign else total > 0
                distance[k, j, i] *= -step if inside else step


@kernel
def _near(points: FloatArray, triangles: IntArray, distance: npt.NDArray[np.float32], band: float) -> None:
    """Lower `distance` (in steps) to that of every triangle, within `band` of it."""
    nk, nj, ni = distance.shape
    for t in range(len(triangles)):
        a, b, c = points[triangles[t, 0]], points[triangles[t, 1]], points[triangles[t, 2]]
        m0, m1, m2 = (a[0] + b[0] + c[0]) / 3, (a[1] + b[1] + c[1]) / 3, (a[2] + b[2] + c[2]) / 3
        r = 0.0
        for p in (a, b, c):
            r = max(r, (p[0] - m0) ** 2 + (p[1] - m1) ** 2 + (p[2] - m2) ** 2)
        r = np.sqrt(r)
        i0 = max(0, int(np.ceil(min(a[0], b[0], c[0]) - band)))
        i1 = min(ni - 1, int(max(a[0], b[0], c[0]) + band))
        j0 = max(0, int(np.ceil(min(a[1], b[1], c[1]) - band)))
        j1 = min(nj - 1, int(max(a[1], b[1], c[1]) + band))
        k0 = max(0, int(np.ceil(min(a[2], b[2], c[2]) - band)))
        k1 = min(nk - 1, int(max(a[2], b[2], c[2]) + band))
        for k in range(k0, k1 + 1):
            for j in range(j0, j1 + 1):
                yz = (j - m1) ** 2 + (k - m2) ** 2
                for i in range(i0, i1 + 1):
                    best = distance[k, j, i]
                    if (i - m0) ** 2 + yz > (best + r) ** 2:
                        continue
                    d = point_triangle(i, j, k, a, b, c)
                    if d < best * best:
                        distance[k, j, i] = np.sqrt(d)


@kernel
def point_triangle(x: float, y: float, z: float, a: FloatArray, b: FloatArray, c: FloatArray) -> float:
    """Squared distance of a point from a triangle (C. Ericson, Real-Time Collision Detection, 5.1.5)."""
    ab0, ab1, ab2 = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    ac0, ac1, ac2 = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    ap0, ap1, ap2 = x - a[0], y - a[1], z - a[2]
    d1, d2 = ab0 * ap0 + ab1 * ap1 + ab2 * ap2, ac0 * ap0 + ac1 * ap1 + ac2 * ap2
    bp0, bp1, bp2 = x - b[0], y - b[1], z - b[2]
    d3, d4 = ab0 * bp0 + ab1 * bp1 + ab2 * bp2, ac0 * bp0 + ac1 * bp1 + ac2 * bp2
    cp0, cp1, cp2 = x - c[0], y - c[1], z - c[2]
    d5, d6 = ab0 * cp0 + ab1 * cp1 + ab2 * cp2, ac0 * cp0 + ac1 * cp1 + ac2 * cp2
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    s, t = 0.0, 0.0
    if d1 <= 0 and d2 <= 0:
        s, t = 0.0, 0.0
    elif d3 >= 0 and d4 <= d3:
        s, t = 1.0, 0.0
    elif d6 >= 0 and d5 <= d6:
        s, t = 0.0, 1.0
    elif vc <= 0 and d1 >= 0 and d3 <= 0:
        s, t = d1 / (d1 - d3), 0.0
    elif vb <= 0 and d2 >= 0 and d6 <= 0:
        s, t = 0.0, d2 / (d2 - d6)
    elif va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        t = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        s = 1 - t
    else:
        s, t = vb / (va + vb + vc), vc / (va + vb + vc)
    e0, e1, e2 = ap0 - s * ab0 - t * ac0, ap1 - s * ab1 - t * ac1, ap2 - s * ab2 - t * ac2
    return float(e0 * e0 + e1 * e1 + e2 * e2)
