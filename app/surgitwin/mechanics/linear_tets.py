"""Stiffness of linear tetrahedra in 3x3 blocks: the coarse level of the quadratic ones, on their corners."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.vector_jit import compiled


def linear_stiffness(
    cells: Any, count: int, gradients: FloatArray, weight: FloatArray, ratio: FloatArray, fixed: Any
) -> sp.bsr_matrix:
    """(3 count, 3 count) N/mm of cells (m, 4) of node numbers below `count`.

    gradients (m, 9): those of L_1..L_3, mm^-1. weight (m,): E / (1 + nu) times volume, N mm.
    ratio (m,): nu / (1 - 2 nu). Rows and columns of the nodes `fixed` are those of the identity.
    """
    cells = np.ascontiguousarray(cells, np.int32)
    indptr, indices = _pattern(cells, count)
    data = np.zeros((len(indices), 3, 3))
    held = np.zeros(count, bool)
    held[fixed] = True
    _fill(cells, gradients, weight, ratio, held, indptr, indices, data)
    data[indptr[:-1] + _place_of_diagonal(indptr, indices)] += held[:, None, None] * np.eye(3)
    return sp.bsr_matrix((data, indices, indptr), shape=(3 * count, 3 * count))


def _place_of_diagonal(indptr: Any, indices: Any) -> Any:
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    at = np.flatnonzero(rows == indices)
    return at - indptr[:-1]


@compiled
def _pattern(cells: Any, count: int) -> Any:
    """Sorted neighbours (itself included) of every node: (indptr, indices)."""
    first = np.zeros(count + 1, np.int32)
    for cell in cells:
        for a in cell:
            first[a + 1] += 1
    first = np.cumsum(first).astype(np.int32)
    place, owner = first[:-1].copy(), np.empty(first[-1], np.int32)
    for k in range(len(cells)):
        for a in cells[k]:
            owner[place[a]] = k
            place[a] += 1
    indptr = np.zeros(count + 1, np.int32)
    seen = np.full(count, -1, np.int32)
    for a in range(count):
        seen[a] = a
        found = 1
        for o in range(first[a], first[a + 1]):
            for b in cells[owner[o]]:
                if seen[b] != a:
                    seen[b] = a
                    found += 1
        indptr[a + 1] = indptr[a] + found
    indices = np.empty(indptr[-1], np.int32)
    seen[:] = -1
    for a in range(count):
        at = indptr[a]
        indices[at] = a
        seen[a] = a
        for o in range(first[a], first[a + 1]):
            for b in cells[owner[o]]:
                if seen[b] != a:
                    seen[b] = a
                    at += 1
                    indices[at] = b
        indices[indptr[a] : indptr[a + 1]].sort()
    return indptr, indices


@compiled
def _fill(
    cells: Any, gradients: Any, weight: Any, ratio: Any, held: Any, indptr: Any, indices: Any, data: Any
) -> None:
    g = np.zeros((4, 3))
    for k in range(len(cells)):
        for c in range(3):
            for a in range(3):
                g[1 + a, c] = gradients[k, 3 * a + c]
            g[0, c] = -g[1, c] - g[2, c] - g[3, c]
        for a in range(4):
            row = cells[k, a]
            if held[row]:
                continue
            for b in range(4):
                column = cells[k, b]
                if held[column]:
                    continue
                at = indptr[row]
                while indices[at] != column:
                    at += 1
                inner = 0.5 * weight[k] * (g[a, 0] * g[b, 0] + g[a, 1] * g[b, 1] + g[a, 2] * g[b, 2])
                for c in range(3):
                    data[at, c, c] += inner
                    for d in range(3):
                        data[at, c, d] += weight[k] * (ratio[k] * g[a, c] * g[b, d] + 0.5 * g[a, d] * g[b, c])
