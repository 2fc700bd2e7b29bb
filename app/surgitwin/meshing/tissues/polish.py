"""The few worst elements mended: their nodes are moved to where the worst of the elements round them is best.

Local search for the maximum of the minimum, after L. Freitag, C. Ollivier-Gooch, "Tetrahedral mesh
improvement using swapping and smoothing", Int. J. Numer. Meth. Eng. 40, 1997 (there by linear programming).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.meshing.optimise import Pieces
from surgitwin.meshing.quality import scaled_jacobian
from surgitwin.meshing.tissues.faces import members_of_nodes, tissue_faces

WANTED = 0.15
"""Numerical setting: elements below this scaled Jacobian are worked on."""

ROUNDS, HALVINGS = 4, 6
"""Numerical settings: passes over the nodes, and steps of the search for each."""

FIRST_STEP = 0.15
"""Numerical setting: first step of the search, in lengths of the longest edge at the node."""

DIRECTIONS = np.array(
    [[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) != (0, 0, 0)], float
)
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)


def polished(pieces: Pieces, reach_mm: float) -> Pieces:
    """The pieces with better worst elements; nodes of borders and interfaces move by at most reach_mm."""
    points = np.array(pieces.points)
    border = members_of_nodes(tissue_faces(pieces.tets, pieces.part), len(points)) > 0
    for _ in range(ROUNDS):
        bad = scaled_jacobian(points, pieces.tets) < WANTED
        if not bad.any():
            break
        before = points.copy()
        for node in np.unique(pieces.tets[bad]):
            star = _star(pieces.tets, int(node))
            limit = reach_mm if border[node] else np.inf
            points[node] = _best(points, star, int(node), pieces.points[node], limit)
        if np.array_equal(before, points):
            break
    return replace(pieces, points=points)


def _star(tets: IntArray, node: int) -> IntArray:
    out: IntArray = tets[(tets == node).any(axis=1)]
    return out


def _best(points: FloatArray, star: IntArray, node: int, home: FloatArray, reach_mm: float) -> FloatArray:
    """Where the worst of the cells round a node is best, within reach_mm of `home`."""
    at: FloatArray = points[node].copy()
    corners = points[star]
    own = star == node
    step = FIRST_STEP * float(np.linalg.norm(corners - at, axis=2).max())
    value = _worst(corners, own, at[None])[0]
    for _ in range(HALVINGS):
        trials = at + step * DIRECTIONS
        trials = trials[np.linalg.norm(trials - home, axis=1) <= reach_mm]
        if len(trials):
            found = _worst(corners, own, trials)
            if found.max() > value:
                at, value = trials[found.argmax()], found.max()
                continue
        step /= 2
    return at


def _worst(corners: FloatArray, own: IntArray, trials: FloatArray) -> FloatArray:
    """(t,) least scaled Jacobian of cells (c, 4, 3) with their own node at each of the trials (t, 3)."""
    moved = np.where(own[None, :, :, None], trials[:, None, None, :], corners[None])
    flat = moved.reshape(-1, 3)
    cells = np.arange(len(flat)).reshape(-1, 4)
    out: FloatArray = scaled_jacobian(flat, cells).reshape(len(trials), -1).min(axis=1)
    return out
