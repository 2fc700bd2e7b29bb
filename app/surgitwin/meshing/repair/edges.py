"""Edges with more than two triangles: walls and fins taken away, bodies that touch along an edge
separated.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import triangle_areas
from surgitwin.meshing.repair.topology import Ints, edges_of, half_edges, patches


def drop_walls(points_mm: FloatArray, triangles: IntArray) -> tuple[IntArray, int]:
    """Triangles without the patches that make edges odd (fins, inner walls), and how many triangles went.

    Of the patches that meet at edges with an odd number of triangles the one of least area goes first: a
    flat wall is smaller than either side of the body that it divides, a fin smaller than what it stands on.
    """
    out, gone = np.asarray(triangles, np.int64), 0
    while len(out):
        edges = edges_of(out)
        odd = (edges.count > 2) & (edges.count % 2 == 1)
        if not odd.any():
            break
        patch = patches(len(out), edges.pairs)
        area = np.bincount(patch, weights=triangle_areas(points_mm, out))
        at = patch[np.flatnonzero(odd[edges.of_half]) // 3]
        smallest = int(at[np.argmin(area[at])])
        keep = patch != smallest
        gone += int(np.count_nonzero(~keep))
        out = out[keep]
    return out, gone


def all_pairs(points_mm: FloatArray, triangles: IntArray) -> Ints:
    """(p, 2) half-edges that belong together, also at edges with four or more triangles.

    There, going round the edge, each triangle is joined with the next one that closes a wedge of inside
    with it, so bodies that only touch along an edge come apart. Triangles must be oriented outwards.
    """
    edges = edges_of(triangles)
    start, stop = half_edges(triangles)
    pairs = [edges.pairs]
    for edge in np.flatnonzero(edges.count > 2).tolist():
        members = np.flatnonzero(edges.of_half == edge)
        a, b = (points_mm[n] for n in edges.ends[edge])
        apex = points_mm[stop[_next(members)]]
        order = np.argsort(_angle(a, b, apex), kind="stable")
        ahead = (start[members] == edges.ends[edge, 0])[order]
        ring = members[order]
        # A triangle that runs against the axis has the inside after it, one along it before it.
        for n in range(len(ring)):
            m = (n + 1) % len(ring)
            if not ahead[n] and ahead[m]:
                pairs.append(np.array([[ring[n], ring[m]]]))
    return np.vstack(pairs)


def _next(half: Ints) -> Ints:
    out: Ints = 3 * (half // 3) + (half % 3 + 1) % 3
    return out


def _angle(a: FloatArray, b: FloatArray, apex: FloatArray) -> npt.NDArray[np.float64]:
    """(k,) angles of points round the axis from a to b."""
    axis = (b - a) / np.linalg.norm(b - a)
    u = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    u /= np.linalg.norm(u)
    v = np.cross(axis, u)
    out: npt.NDArray[np.float64] = np.arctan2((apex - a) @ v, (apex - a) @ u)
    return out
