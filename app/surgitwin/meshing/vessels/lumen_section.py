"""The cross-section of a vessel as quadratic quads on the unit disc, and its fit to any closed outline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, readonly

CORE = 0.45
"""Half width of the square block in the middle, as a part of the radius: a meshing setting."""
BULGE = 0.6
"""How far the block's sides follow the circle, 0 to 1: a meshing setting (keeps its corners open)."""


@dataclass(frozen=True, eq=False)
class DiscMesh:
    """nodes (k, 2): radius 0..1 and angle of each node. quads (q, 9): VTK order, turning from e1 to e2.

    rim (e, 3): edges on the circle, its two ends and its middle, turning the same way.
    """

    nodes: FloatArray
    quads: IntArray
    rim: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", readonly(self.nodes, np.float64))
        object.__setattr__(self, "quads", readonly(self.quads, np.int64))
        object.__setattr__(self, "rim", readonly(self.rim, np.int64))


@lru_cache(maxsize=8)
def disc_mesh(core: int, rings: int, wall_ratio: float) -> DiscMesh:
    """O-grid of one square block (core x core quads) and four around it of `rings` layers.

    wall_ratio: thickness of the innermost layer over that at the wall.
    """
    points, quads, offset = [], [], 0
    blocks: list[tuple[int, int, Callable[[FloatArray], FloatArray]]] = [(core, core, _core)]
    blocks += [(core, rings, _Quarter(turn, rings, wall_ratio)) for turn in range(4)]
    for nu, nv, place in blocks:
        unit, local = _lattice(nu, nv)
        points.append(place(unit))
        quads.append(local + offset)
        offset += len(unit)
    xy = np.concatenate(points)
    _, first, renumbered = np.unique(
        np.rint(xy * 1e9).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    xy, cells = xy[first], renumbered.reshape(-1)[np.concatenate(quads)]
    radius = np.hypot(xy[:, 0], xy[:, 1])
    nodes = np.stack([np.where(radius > 1 - 1e-9, 1.0, radius), np.arctan2(xy[:, 1], xy[:, 0])], axis=1)
    edges = np.concatenate([cells[:, list(e)] for e in ((0, 1, 4), (1, 2, 5), (2, 3, 6), (3, 0, 7))])
    rim = edges[(nodes[edges, 0] == 1.0).all(axis=1)]
    return DiscMesh(nodes, cells, rim[np.argsort(nodes[rim[:, 2], 1])])


def _lattice(nu: int, nv: int) -> tuple[FloatArray, IntArray]:
    """Unit coordinates of the nodes of nu x nv quadratic quads, and the quads (VTK order)."""
    u, v = np.meshgrid(np.linspace(0, 1, 2 * nu + 1), np.linspace(0, 1, 2 * nv + 1), indexing="ij")
    number = np.arange(u.size).reshape(u.shape)
    places = ((0, 0), (2, 0), (2, 2), (0, 2), (1, 0), (2, 1), (1, 2), (0, 1), (1, 1))
    columns = [number[i : i + 2 * nu - 1 : 2, j : j + 2 * nv - 1 : 2].ravel() for i, j in places]
    return np.stack([u.ravel(), v.ravel()], axis=1), np.stack(columns, axis=1)


def _core(unit: FloatArray) -> FloatArray:
    square = 2 * unit - 1
    disc = square * np.sqrt(1 - square[:, ::-1] ** 2 / 2)
    out: FloatArray = CORE * ((1 - BULGE) * square + 1.25 * BULGE * disc)
    return out


@dataclass(frozen=True)
class _Quarter:
    """One outer block: u turns from -45 to 45 degrees about its middle and v goes from the wall inwards."""

    turn: int
    rings: int
    wall_ratio: float

    def __call__(self, unit: FloatArray) -> FloatArray:
        # Before the turn this is the block on the +x side; its inner edge is the core's side a = 1.
        inner = _core(np.stack([np.ones(len(unit)), unit[:, 0]], axis=1))
        angle = np.pi / 2 * (unit[:, 0] - 0.5)
        outer = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        # Linear inside each layer: its mid-nodes stand in its middle, so that a parabola is met exactly.
        ends = np.concatenate([[0.0], np.cumsum(np.geomspace(1.0, self.wall_ratio, self.rings))])
        depth = np.interp(unit[:, 1], np.linspace(0, 1, self.rings + 1), ends / ends[-1])[:, None]
        c, s = np.cos(self.turn * np.pi / 2), np.sin(self.turn * np.pi / 2)
        out: FloatArray = (depth * inner + (1 - depth) * outer) @ np.array([[c, s], [-s, c]])
        return out


def fit_matrix(disc: DiscMesh, angles: int) -> FloatArray:
    """(k, angles): positions of the nodes as weights on an outline sampled at even angles.

    The outline's Fourier modes continue into the disc as r^|k| (harmonic), so a circle or an ellipse is met
    exactly and a convex outline does not fold. Modes that the rim cannot carry are left out.
    """
    order = min((angles - 1) // 2, len(disc.rim))
    k = np.arange(1, order + 1)
    radius, turn = disc.nodes[:, :1], disc.nodes[:, 1:] - 2 * np.pi * np.arange(angles) / angles
    out = np.full(turn.shape, 1.0)
    for n in k:
        out += 2 * radius**n * np.cos(n * turn)
    result: FloatArray = out / angles
    return result
