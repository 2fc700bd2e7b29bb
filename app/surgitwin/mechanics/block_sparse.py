"""Products of 3x3-block matrices with one vector or several side by side (numba, any precision)."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.mechanics.vector_jit import compiled

LANES = 16
"""Block rows that are worked on together: one vector register of single-precision numbers."""
WINDOW = 1024
"""Rows that are sorted by length among themselves, so that rows of like length come together."""


class Blocks:
    """A 3x3-block matrix in one precision, stored so that one instruction serves LANES block rows.

    Slot k of a group of rows holds the k-th block of each (zero where a row has fewer).
    """

    def __init__(self, matrix: sp.bsr_matrix, kind: Any = np.float32) -> None:
        self.shape, self.kind = matrix.shape, np.dtype(kind)
        lengths = np.diff(matrix.indptr)
        rows = len(lengths)
        order = np.lexsort((-lengths, np.arange(rows) // WINDOW)).astype(np.int32)
        self._rows = np.concatenate([order, np.full(-rows % LANES, -1, np.int32)]).reshape(-1, LANES)
        deepest = np.where(self._rows >= 0, lengths[self._rows], 0).max(axis=1, initial=0)
        self._first = np.concatenate([[0], np.cumsum(deepest)]).astype(np.int32)
        slots = int(self._first[-1])
        self._columns = np.zeros((slots, LANES), np.int32)
        self._data = np.zeros((slots, 9, LANES), kind)
        blocks = matrix.data.reshape(-1, 9)
        _store(matrix.indptr, matrix.indices, blocks, self._rows, self._first, self._columns, self._data)

    @property
    def nbytes(self) -> int:
        """Bytes that one product must read of the matrix."""
        return int(self._rows.nbytes + self._first.nbytes + self._columns.nbytes + self._data.nbytes)

    def times(self, x: Any) -> Any:
        """(vectors, rows) = matrix times each of x (vectors, columns)."""
        y = np.empty((len(x), self.shape[0]), x.dtype)
        sums = np.empty((len(x), 3, LANES), x.dtype)
        _times(self._rows, self._first, self._columns, self._data, x, y, sums)
        return y


@compiled
def _store(indptr: Any, indices: Any, blocks: Any, rows: Any, first: Any, columns: Any, data: Any) -> None:
    for group in range(len(rows)):
        for i in range(LANES):
            row = rows[group, i]
            if row >= 0:
                slot = first[group]
                for k in range(indptr[row], indptr[row + 1]):
                    columns[slot, i] = 3 * indices[k]
                    for c in range(9):
                        data[slot, c, i] = blocks[k, c]
                    slot += 1


@compiled
def _times(rows: Any, first: Any, columns: Any, data: Any, x: Any, y: Any, sums: Any) -> None:
    for group in range(len(rows)):
        sums[:] = 0
        for slot in range(first[group], first[group + 1]):
            at, block = columns[slot], data[slot]
            for v in range(len(x)):
                _add_slot(at, block, x[v], sums[v])
        for v in range(len(x)):
            for i in range(LANES):
                row = rows[group, i]
                if row >= 0:
                    for c in range(3):
                        y[v, 3 * row + c] = sums[v, c, i]


@compiled
def _add_slot(at: Any, block: Any, x: Any, sums: Any) -> None:
    for i in range(LANES):
        p, q, r = x[at[i]], x[at[i] + 1], x[at[i] + 2]
        sums[0, i] += block[0, i] * p + block[1, i] * q + block[2, i] * r
        sums[1, i] += block[3, i] * p + block[4, i] * q + block[5, i] * r
        sums[2, i] += block[6, i] * p + block[7, i] * q + block[8, i] * r


def in_threes(matrix: sp.bsr_matrix) -> sp.bsr_matrix:
    """The same matrix with each block (multiples of three) cut into 3x3 blocks."""
    rows, columns = matrix.blocksize[0] // 3, matrix.blocksize[1] // 3
    if (rows, columns) == (1, 1):
        return matrix
    count = len(matrix.indices)
    cut = matrix.data.reshape(count, rows, 3, columns, 3).transpose(0, 1, 3, 2, 4)
    lengths = np.repeat(np.diff(matrix.indptr), rows) * columns
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    order = (
        np.concatenate([np.arange(a, b) for a, b in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)])
        if count and rows > 1
        else np.arange(count)
    )
    if rows > 1:
        owner = np.repeat(np.arange(len(matrix.indptr) - 1), np.diff(matrix.indptr))
        key = (owner[:, None] * rows + np.arange(rows)) * (count + 1) + order[:, None]
        sort = np.argsort(key.ravel(), kind="stable")
        data = cut.reshape(count * rows, columns, 3, 3)[sort]
        indices = np.repeat(matrix.indices, rows)[sort]
    else:
        data, indices = cut.reshape(count, columns, 3, 3), matrix.indices
    wide = (columns * indices[:, None] + np.arange(columns)).ravel().astype(np.int32)
    return sp.bsr_matrix((data.reshape(-1, 3, 3), wide, indptr), shape=matrix.shape)
