"""First part of mending: double points, triangles without area, triangles that are there twice."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.meshing.alike import first_alike
from surgitwin.meshing.repair.topology import edges_of

WELD = 1e-6
"""Numerical setting: points closer than this share of the surface's extent are one (single precision of an
STL
file is 6e-8 of the coordinates)."""


def weld_distance(points_mm: FloatArray) -> float:
    """Below this distance two points are one, mm."""
    return WELD * float(np.ptp(points_mm, axis=0).max()) if len(points_mm) else 0.0


def join_points(points_mm: FloatArray, triangles: IntArray) -> tuple[FloatArray, IntArray, int]:
    """Points that belong to triangles, close ones joined; triangles in their numbers; how many were
    joined.
    """
    named = np.zeros(len(points_mm), np.bool_)
    named[triangles] = True
    points, t = points_mm[named], (np.cumsum(named) - 1)[triangles]
    near = cKDTree(points).query_pairs(weld_distance(points), output_type="ndarray")
    if not len(near):
        return points, t, 0
    graph = coo_matrix((np.ones(len(near), np.int8), near.T), shape=(len(points), len(points)))
    count, group = connected_components(graph, directed=False)
    first = np.full(count, len(points))
    np.minimum.at(first, group, np.arange(len(points)))
    return points[first], group[t].astype(np.int64), len(points) - count


def drop_collapsed(triangles: IntArray) -> tuple[IntArray, int]:
    """Triangles with three different points, and how many had not."""
    a, b, c = triangles.T
    good = (a != b) & (b != c) & (c != a)
    return triangles[good], int(np.count_nonzero(~good))


def drop_doubles(triangles: IntArray) -> tuple[IntArray, int]:
    """One triangle of each set of equal ones; two of opposite direction cancel. And how many went."""
    keys = np.sort(triangles, axis=1)
    if (first_alike(keys) == np.arange(len(keys))).all():
        return triangles, 0
    lowest = np.argmin(triangles, axis=1)
    turned = _rolled(triangles, lowest)
    forward = turned[:, 1] < turned[:, 2]
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    ahead = np.bincount(inverse, weights=np.where(forward, 1, 0))
    behind = np.bincount(inverse, weights=np.where(forward, 0, 1))
    keep_forward = ahead > behind
    chosen = np.where(ahead == behind, -1, 0)
    out = []
    for wanted in (True, False):
        index = np.full(len(first), -1)
        rows = np.flatnonzero(forward == wanted)
        index[inverse[rows]] = rows
        pick = index[(keep_forward == wanted) & (chosen == 0)]
        out.append(pick[pick >= 0])
    rows = np.sort(np.concatenate(out))
    return triangles[rows], len(triangles) - len(rows)


def _rolled(triangles: IntArray, lowest: IntArray) -> IntArray:
    """Triangles that begin with their lowest point, direction kept."""
    columns = (np.arange(3)[None, :] + lowest[:, None]) % 3
    out: IntArray = np.take_along_axis(triangles, columns, axis=1)
    return out


def flat(points_mm: FloatArray, triangles: IntArray) -> np.ndarray:
    """(m,) triangles lower than the welding distance over their longest edge: without area, with three
    points.
    """
    a, b, c = (points_mm[triangles[:, n]] for n in range(3))
    one, two, three = (np.linalg.norm(edge, axis=1) for edge in (b - a, c - b, a - c))
    longest = np.maximum(np.maximum(one, two), three)
    twice = np.linalg.norm(np.cross(b - a, c - b), axis=1)
    out: np.ndarray = twice <= weld_distance(points_mm) * longest
    return out


def flip_flat(points_mm: FloatArray, triangles: IntArray) -> tuple[IntArray, int]:
    """Give the longest edge of each flat triangle to its other two points, together with the neighbour
    there.
    """
    out = np.array(triangles, np.int64)
    done = 0
    for _ in range(4):
        rows = np.flatnonzero(flat(points_mm, out))
        if not len(rows):
            break
        edges = edges_of(out)
        partner = {int(h): int(g) for h, g in np.vstack([edges.pairs, edges.pairs[:, ::-1]])}
        joined = {(int(p), int(q)) for p, q in edges.ends}
        touched: set[int] = set()
        for t in rows.tolist():
            x = points_mm[out[t]]
            e = int(np.linalg.norm(x[[1, 2, 0]] - x, axis=1).argmax())
            other = partner.get(3 * t + e)
            if other is None or other // 3 in touched or t in touched:
                continue
            a, c, b = out[t, e], out[t, (e + 1) % 3], out[t, (e + 2) % 3]
            u, d = other // 3, out[other // 3, (other % 3 + 2) % 3]
            if d == b or (min(b, d), max(b, d)) in joined:
                continue
            out[t], out[u] = (a, d, b), (d, c, b)
            touched |= {t, u}
            done += 1
        if not touched:
            break
    return out, done
