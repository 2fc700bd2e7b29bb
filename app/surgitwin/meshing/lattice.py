"""Tetrahedra from a level function: a body-centred cubic lattice, warped and cut at the zero level.

Method: F. Labelle, J. R. Shewchuk, "Isosurface stuffing", ACM Trans. Graph. 26(3), 2007: lattice points
near the level move onto it, the other crossing edges are cut. Here cutting is done by bisecting one
edge of every tetrahedron at a time, always the one of highest number, so that neighbours agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.frame import Frame

Level = Callable[[FloatArray], FloatArray]

WARP = 0.3
"""Numerical setting: share of an edge over which a node is moved (Labelle & Shewchuk use 0.25 on long and
0.41 on short edges; here cells may be flat, and squashing moves are refused)."""

CORNER_PAIRS = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]])


def layers(low: float, high: float, size: float, slab: tuple[float, float] | None = None) -> FloatArray:
    """Cell borders along one axis from below `low` to above `high`, about `size` apart.

    slab: stretch that gets borders exactly at its ends; thin layers there grow by half to `size`.
    """
    start, stop = slab if slab is not None else (low, low + size)
    count = max(1, round((stop - start) / size))
    inner = np.linspace(start, stop, count + 1)
    return np.concatenate(
        [start - _growing(inner[1] - inner[0], start - low, size)[::-1], inner,
         stop + _growing(inner[1] - inner[0], high - stop, size)]
    )  # fmt: skip


def _growing(first: float, reach: float, size: float) -> FloatArray:
    """Distances of layer borders: the first layer `first` thick, each half as thick again, up to `size`."""
    out: list[float] = []
    step, at = first, 0.0
    while at < reach + size:
        step = min(size, 1.5 * step) if out else min(size, step)
        at += step
        out.append(at)
    return np.array(out)


def lattice(
    frame: Frame, axes: tuple[FloatArray, FloatArray, FloatArray], size_mm: float, level: Level
) -> tuple[FloatArray, IntArray]:
    """Points (n, 3) LPS and positively oriented tetrahedra (m, 4) of the lattice round {level < 0}.

    axes: cell borders along x, y, z of `frame`. size_mm: largest cell side.
    """
    n = tuple(len(a) - 1 for a in axes)
    half = [np.interp(np.arange(2 * len(a) - 1) / 2, np.arange(len(a)), a) for a in axes]
    centres = np.stack(np.meshgrid(*(h[1::2] for h in half), indexing="ij"), axis=-1)
    near = (level(frame.to_lps(centres.reshape(-1, 3))) < 1.5 * size_mm).reshape(n)
    keys = np.concatenate([_octahedra(near, axis) for axis in range(3)])
    shape = tuple(len(h) for h in half)
    code = np.ravel_multi_index(tuple(np.moveaxis(keys, -1, 0)), shape)
    unique, inverse = np.unique(code, return_inverse=True)
    index = np.unravel_index(unique, shape)
    points = frame.to_lps(np.stack([h[i] for h, i in zip(half, index, strict=True)], axis=-1))
    return points, orient(points, inverse.reshape(-1, 4))


def _octahedra(near: npt.NDArray[np.bool_], axis: int) -> IntArray:
    """(m, 4, 3) corner positions, in half cells, of the tetrahedra between cells that follow on `axis`."""
    ahead = np.zeros_like(near)
    along: list[slice] = [slice(None)] * 3
    behind: list[slice] = [slice(None)] * 3
    along[axis], behind[axis] = slice(None, -1), slice(1, None)
    ahead[tuple(along)] = near[tuple(along)] & near[tuple(behind)]
    first = 2 * np.argwhere(ahead) + 1
    step = np.zeros(3, int)
    step[axis] = 1
    u, v = (np.eye(3, dtype=int)[a] for a in range(3) if a != axis)
    ring = [u + v, u - v, -u - v, -u + v]
    middle = first + step
    tets = [
        np.stack([first, first + 2 * step, middle + ring[k], middle + ring[(k + 1) % 4]], axis=1)
        for k in range(4)
    ]
    return np.concatenate(tets)


def orient(points: FloatArray, tets: IntArray) -> IntArray:
    """The tetrahedra with positive volume."""
    negative = volumes(points, tets) < 0
    out = tets.copy()
    out[negative, 2], out[negative, 3] = tets[negative, 3], tets[negative, 2]
    return out


def unique_edges(tets: IntArray) -> IntArray:
    """(e, 2) edges, smaller node first."""
    pairs = np.sort(tets[:, CORNER_PAIRS].reshape(-1, 2), axis=1).astype(np.int64)
    n = int(pairs.max()) + 1
    code = np.sort(pairs[:, 0] * n + pairs[:, 1])  # np.unique hashes, which takes many times as long
    code = code[np.append(True, code[1:] != code[:-1])]
    return np.stack([code // n, code % n], axis=1)


def crossing(points: FloatArray, edges: IntArray, value: FloatArray, level: Level) -> FloatArray:
    """(e,) position 0..1 of the zero on edges whose ends differ in sign (regula falsi, Illinois)."""
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    fa, fb = value[edges[:, 0]].copy(), value[edges[:, 1]].copy()
    ta, tb = np.zeros(len(edges)), np.ones(len(edges))
    t = fa / (fa - fb)
    for _ in range(6):
        f = level(a + t[:, None] * (b - a))
        left = np.sign(f) == np.sign(fa)
        fb = np.where(left, fb * 0.5, f)
        tb = np.where(left, tb, t)
        fa = np.where(left, f, fa * 0.5)
        ta = np.where(left, t, ta)
        gap = fa - fb
        t = np.where(np.abs(gap) > 1e-12, ta + (tb - ta) * fa / np.where(gap == 0, 1, gap), t)
        t = np.clip(t, np.minimum(ta, tb), np.maximum(ta, tb))
    return t


def warp(
    points: FloatArray, tets: IntArray, value: FloatArray, level: Level, tags: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Move nodes that lie close to the zero level onto it, along an edge; returns points and their values.

    tags: (n,) bit set of the planes that a node lies on; it moves only along edges that stay on them.
    A move that would squash a tetrahedron below a tenth of its volume is not made.
    """
    edges = _crossed(tets, value)
    t = crossing(points, edges, value, level)
    length = np.linalg.norm(points[edges[:, 1]] - points[edges[:, 0]], axis=1)
    node, other = np.concatenate([edges, edges[:, ::-1]]).T
    share = np.concatenate([t, 1 - t])
    free = (tags[node] & tags[other]) == tags[node]
    close = np.flatnonzero((share < WARP) & free)
    order = close[np.argsort((share * np.tile(length, 2))[close], kind="stable")]
    moved, first = np.unique(node[order], return_index=True)
    chosen = order[first]
    target = points[moved] + share[chosen, None] * (points[other[chosen]] - points[moved])
    return _move(points, tets, value, moved, target)


def _move(
    points: FloatArray, tets: IntArray, value: FloatArray, moved: IntArray, target: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Carry out the moves that keep at least a tenth of every tetrahedron's volume."""
    before = volumes(points, tets)
    while len(moved):
        trial = points.copy()
        trial[moved] = target
        bad = np.unique(tets[volumes(trial, tets) < 0.1 * before])
        keep = ~np.isin(moved, bad)
        if keep.all():
            value = value.copy()
            value[moved] = 0.0
            return trial, value
        moved, target = moved[keep], target[keep]
    return points, value


def volumes(points: FloatArray, tets: IntArray) -> FloatArray:
    """(m,) signed volumes."""
    x = points[tets]
    a, b, c = x[:, 1] - x[:, 0], x[:, 2] - x[:, 0], x[:, 3] - x[:, 0]
    out: FloatArray = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    return out


def _crossed(tets: IntArray, value: FloatArray) -> IntArray:
    """(e, 2) edges whose ends differ in sign."""
    edges = unique_edges(tets)
    out: IntArray = edges[value[edges[:, 0]] * value[edges[:, 1]] < 0]
    return out


@dataclass(frozen=True, eq=False)
class Cut:
    """Result of `split`: points (old ones first), tetrahedra, values, tags, each one's old tetrahedron."""

    points: FloatArray
    tets: IntArray
    value: FloatArray
    tags: IntArray
    origin: IntArray


def split(
    points: FloatArray, tets: IntArray, value: FloatArray, level: Level, tags: IntArray, tag: int
) -> Cut:
    """Cut every tetrahedron at the zero of `value`, so that none has corners of both signs.

    tag: bit given to the nodes at zero. Faces stay shared: of a face's two crossing edges both
    neighbours cut the same one first.
    """
    edges = _crossed(tets, value)
    if not len(edges):
        return Cut(points, tets, value, tags | np.where(value == 0, tag, 0), np.arange(len(tets)))
    t = crossing(points, edges, value, level)
    new = points[edges[:, 0]] + t[:, None] * (points[edges[:, 1]] - points[edges[:, 0]])
    n = len(points)
    codes = edges[:, 0] * n + edges[:, 1]
    points = np.vstack([points, new])
    value = np.concatenate([value, np.zeros(len(new))])
    both: IntArray = tags[edges[:, 0]] & tags[edges[:, 1]]
    tags = np.bitwise_or(np.concatenate([tags, both]), np.where(value == 0, tag, 0))
    done, origin_done = [], []
    work, origin = tets.astype(np.int64), np.arange(len(tets))
    while len(work):
        number = _edge_number(work, codes, n)
        best = number.argmax(axis=1)
        cut: npt.NDArray[np.bool_] = number.max(axis=1) >= 0
        done.append(work[~cut])
        origin_done.append(origin[~cut])
        work, origin, best = work[cut], origin[cut], best[cut]
        middle = n + number[cut].max(axis=1)
        halves = []
        for side in (0, 1):
            half = work.copy()
            half[np.arange(len(work)), CORNER_PAIRS[best, side]] = middle
            halves.append(half)
        work, origin = np.concatenate(halves), np.tile(origin, 2)
    cut_tets = orient(points, np.concatenate(done))
    return Cut(points, cut_tets, value, tags, np.concatenate(origin_done))


def _edge_number(tets: IntArray, codes: IntArray, n: int) -> IntArray:
    """(m, 6) number of the cut edge on each edge of each tetrahedron, -1 where there is none."""
    pairs = np.sort(tets[:, CORNER_PAIRS], axis=2)
    code = np.where(pairs[..., 1] < n, pairs[..., 0] * n + pairs[..., 1], -1)
    at = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
    out: IntArray = np.where(codes[at] == code, at, -1)
    return out
