"""Tetrahedra and faces of a structured grid that closes on itself around a vessel.

Nodes stand at half the element spacing: (2 rows + 1, 2 angles, 2 stations + 1), the station fastest. Each
box of 3 x 3 x 3 nodes is cut into six tetrahedra along its diagonal (Kuhn), the same way everywhere, so
neighbours agree, also across angle 0.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from surgitwin.core.arrays import IntArray
from surgitwin.core.mesh import TET10_EDGES

SIDES = ((0, 1), (1, 2), (2, 0))
"""Corners of the mid-sides of a six-node face."""


def _corners() -> list[IntArray]:
    """Six tetrahedra of the box 0..2 as (4, 3) corners, positively oriented in (row, angle, station)."""
    out: list[IntArray] = []
    for axes in permutations(range(3)):
        corner = np.zeros((4, 3), np.int64)
        for step, axis in enumerate(axes):
            corner[step + 1 :, axis] = 2
        if np.linalg.det((corner[1:] - corner[0]).astype(float)) < 0:
            corner[[1, 2]] = corner[[2, 1]]
        out.append(corner)
    return out


def grid_cells(rows: int, angles: int, stations: int) -> tuple[IntArray, IntArray]:
    """Cells (6 boxes, 10) in VTK's order and the box of each cell, boxes counted (row, angle, station)."""
    box = np.arange(rows * angles * stations)
    base = np.stack(np.unravel_index(box, (rows, angles, stations)), axis=1) * 2
    cells = []
    for corner in _corners():
        middle = [(corner[a] + corner[b]) // 2 for a, b in TET10_EDGES]
        local = np.vstack([corner, np.array(middle)])
        cells.append(_number(base[:, None] + local[None], angles, stations))
    return np.concatenate(cells), np.tile(box, 6)


def grid_faces(rows: int, angles: int, stations: int) -> tuple[IntArray, IntArray]:
    """Faces (2 angles stations, 6) of the inner and of the outer surface, normals out of the wall."""
    grid = np.stack(np.unravel_index(np.arange(angles * stations), (angles, stations)), axis=1) * 2
    out = []
    for row, turn in ((0, (0, 1, 2)), (2 * rows, (0, 2, 1))):
        # (angle, station) of the two triangles on either side of the diagonal, as the tetrahedra cut it.
        pair = np.array([[[0, 0], [2, 2], [2, 0]], [[0, 0], [0, 2], [2, 2]]])[:, list(turn)]
        middle = np.stack([(pair[:, a] + pair[:, b]) // 2 for a, b in SIDES], axis=1)
        local = np.concatenate([pair, middle], axis=1).reshape(1, 12, 2)
        at = grid[:, None] + local
        full = np.concatenate([np.full((*at.shape[:2], 1), row), at], axis=2)
        out.append(_number(full, angles, stations).reshape(-1, 6))
    return out[0], out[1]


def _number(index: IntArray, angles: int, stations: int) -> IntArray:
    row, angle, station = np.moveaxis(index, -1, 0)
    out: IntArray = (row * 2 * angles + angle % (2 * angles)) * (2 * stations + 1) + station
    return out
