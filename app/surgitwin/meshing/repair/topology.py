"""Which triangles meet where: edges, fans round points, patches, orientation. Arrays only, no geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from surgitwin.core.arrays import IntArray

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges of (m, 3) triangles; half-edge h runs from corner h % 3 of triangle h // 3 to the next corner.

    of_half (3m,): edge of each half-edge. count (e,): triangles at each edge. ends (e, 2): points, lower
    first. pairs (p, 2): half-edges of the edges with two triangles.
    """

    of_half: Ints
    count: Ints
    ends: Ints
    pairs: Ints


def edges_of(triangles: IntArray) -> Edges:
    """All edges with their triangles."""
    start, stop = half_edges(triangles)
    n = int(triangles.max()) + 1 if len(triangles) else 1
    key = np.minimum(start, stop) * n + np.maximum(start, stop)
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    new = np.ones(len(key), np.bool_)
    new[1:] = sorted_key[1:] != sorted_key[:-1]
    first = np.flatnonzero(new)
    count = np.diff(first, append=len(key))
    of_half = np.empty(len(key), np.int64)
    of_half[order] = np.cumsum(new) - 1
    two = first[count == 2]
    pairs = np.stack([order[two], order[two + 1]], axis=1) if len(two) else np.zeros((0, 2), np.int64)
    ends = sorted_key[first]
    return Edges(of_half, count, np.stack([ends // n, ends % n], axis=1), pairs)


def half_edges(triangles: IntArray) -> tuple[Ints, Ints]:
    """(3m,) first and second point of every half-edge."""
    t = np.asarray(triangles, np.int64)
    return t.reshape(-1), t[:, [1, 2, 0]].reshape(-1)


def turned(triangles: IntArray, pairs: Ints) -> npt.NDArray[np.bool_]:
    """(p,) whether the two triangles of a pair run along their edge in the same direction."""
    start, _ = half_edges(triangles)
    out: npt.NDArray[np.bool_] = start[pairs[:, 0]] == start[pairs[:, 1]]
    return out


def patches(count: int, pairs: Ints) -> Ints:
    """(m,) number of the patch of each triangle: triangles joined by the given pairs of half-edges."""
    return _components(count, pairs[:, 0] // 3, pairs[:, 1] // 3)


def _components(count: int, a: Ints, b: Ints) -> Ints:
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(count, count))
    out: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return out


def fans(triangles: IntArray, pairs: Ints) -> Ints:
    """(3m,) number of the fan of each corner: corners at one point whose triangles are joined by pairs."""
    start, _ = half_edges(triangles)
    h, g = pairs[:, 0], pairs[:, 1]

    def following(x: Ints) -> Ints:
        return 3 * (x // 3) + (x % 3 + 1) % 3

    same = start[h] == start[g]
    at_start = np.where(same, g, following(g))
    at_end = np.where(same, following(g), g)
    return _components(len(start), np.concatenate([h, following(h)]), np.concatenate([at_start, at_end]))


def split_points(triangles: IntArray, pairs: Ints) -> tuple[IntArray, Ints]:
    """Triangles with a point of its own for every fan, and (n,) the old point of each new one."""
    corner_fan = fans(triangles, pairs)
    start, _ = half_edges(triangles)
    _, first, inverse = np.unique(corner_fan, return_index=True, return_inverse=True)
    order = np.lexsort((first, start[first]))  # the old order, so that sound surfaces stay as they are
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return number[inverse].reshape(-1, 3), start[first][order]


def count_touching(triangles: IntArray, pairs: Ints) -> int:
    """Number of points at which more than one fan meets."""
    corner_fan = fans(triangles, pairs)
    start, _ = half_edges(triangles)
    point = np.zeros(int(corner_fan.max(initial=-1)) + 1, np.int64)
    point[corner_fan] = start  # all corners of a fan lie at one point
    return int(np.count_nonzero(np.bincount(point) > 1))


def consistent(triangles: IntArray, pairs: Ints) -> tuple[IntArray, int]:
    """Triangles turned so that joined ones agree, and how many were turned; each patch follows its majority.

    A patch that cannot agree with itself (a Moebius strip) keeps pairs that are `turned`.
    """
    m = len(triangles)
    a, b = pairs[:, 0] // 3, pairs[:, 1] // 3
    wrong = turned(triangles, pairs)
    # Two nodes a triangle, as it is and turned over; joined states belong together.
    low = np.concatenate([a, a + m])
    high = np.concatenate([np.where(wrong, b + m, b), np.where(wrong, b, b + m)])
    state = _components(2 * m, low, high)
    as_is, over = state[:m], state[m:]
    votes = np.bincount(as_is, minlength=int(state.max()) + 1)
    flip = votes[over] > votes[as_is]
    tie = (votes[over] == votes[as_is]) & (over < as_is)
    flip |= tie
    out = np.array(triangles)
    out[flip] = out[flip][:, ::-1]
    return out, int(np.count_nonzero(flip))


def rims(triangles: IntArray, edges: Edges) -> list[Ints]:
    """Closed rings of points round holes, in the direction in which filling triangles run.

    Every point must belong to one fan (`split_points`).
    """
    start, stop = half_edges(triangles)
    open_half = np.flatnonzero(edges.count[edges.of_half] == 1)
    following = dict(zip(stop[open_half].tolist(), start[open_half].tolist(), strict=True))
    rings: list[Ints] = []
    while following:
        first, at = following.popitem()
        ring = [first]
        while at != first and at in following:
            ring.append(at)
            at = following.pop(at)
        rings.append(np.array(ring, np.int64))
    return rings
