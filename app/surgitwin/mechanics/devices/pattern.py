"""Upper triangle of the matrix of a wall and its rings: which entries there are and where they lie.

Unknowns: three for each node, then the ring values. A row of component i of a node holds its own node from i
on, then the later neighbours, then the ring values that its contact may touch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.devices.stack import ANGLES


@dataclass(frozen=True, eq=False)
class Pattern:
    """indptr, indices: of the upper triangle by rows. cells (m, 10, 10, 3), faces (f, 6, 6, 3): where row i
    of a pair's block begins, -1 below the diagonal. cross (lumen, 3, rings): place of (lumen node, component,
    ring value), -1 where none. ring (rings, rings): -1 below the diagonal or where none. diagonal (n,).
    """

    indptr: IntArray
    indices: IntArray
    cells: IntArray
    faces: IntArray
    cross: IntArray
    ring: IntArray
    diagonal: IntArray


class PatternMaker:
    """What stays of a pattern when rings move: the wall's part. lumen (n,): number among the lumen's nodes,
    -1 for others.
    """

    def __init__(self, cells: IntArray, faces: IntArray, nodes: int, rings: int) -> None:
        self.cells, self.faces, self.nodes, self.rings = cells, faces, nodes, rings
        self.lumen = np.full(nodes, -1)
        self.lumen_nodes = np.unique(faces)
        self.lumen[self.lumen_nodes] = np.arange(len(self.lumen_nodes))
        i, j = np.repeat(cells, 10, axis=1).ravel(), np.tile(cells, (1, 10)).ravel()
        keep = i < j
        graph = sp.csr_matrix((np.ones(keep.sum(), bool), (i[keep], j[keep])), shape=(nodes, nodes))
        graph.sort_indices()
        self.graph = graph
        later = np.diff(graph.indptr)
        rank = np.arange(graph.nnz) - np.repeat(graph.indptr[:-1], later)
        self.slot = sp.csr_matrix((rank + 1, graph.indices, graph.indptr), shape=graph.shape)

    def make(self, touched: sp.csr_matrix) -> Pattern:
        """The pattern when lumen nodes touch the ring values of `touched` (lumen nodes, ring values)."""
        touched.sort_indices()
        later = np.diff(self.graph.indptr)
        extra = np.zeros(self.nodes, int)
        extra[self.lumen_nodes] = np.diff(touched.indptr)
        own = 3 - np.arange(3)
        sizes = (own + 3 * later[:, None] + extra[:, None]).ravel()
        ring_rows = self._ring_pattern()
        indptr = np.concatenate([[0], np.cumsum(np.concatenate([sizes, np.diff(ring_rows.indptr)]))])
        begin = indptr[: 3 * self.nodes].reshape(-1, 3)
        indices = np.empty(indptr[-1], np.int64)
        cross = np.full((len(self.lumen_nodes), 3, self.rings), -1)
        nodes = np.arange(self.nodes)
        rank = np.arange(self.graph.nnz) - np.repeat(self.graph.indptr[:-1], later)
        lumen_row = np.repeat(np.arange(len(self.lumen_nodes)), np.diff(touched.indptr))
        among = np.arange(touched.nnz) - np.repeat(touched.indptr[:-1], np.diff(touched.indptr))
        for i in range(3):
            for j in range(i, 3):
                indices[begin[:, i] + j - i] = 3 * nodes + j
            at = np.repeat(begin[:, i], later) + own[i] + 3 * rank
            for j in range(3):
                indices[at + j] = 3 * self.graph.indices + j
            node = self.lumen_nodes[lumen_row]
            to = begin[node, i] + own[i] + 3 * later[node] + among
            indices[to] = 3 * self.nodes + touched.indices
            cross[lumen_row, i, touched.indices] = to
        indices[indptr[3 * self.nodes] :] = 3 * self.nodes + ring_rows.indices
        ring = np.full((self.rings, self.rings), -1)
        row = np.repeat(np.arange(self.rings), np.diff(ring_rows.indptr))
        ring[row, ring_rows.indices] = indptr[3 * self.nodes] + np.arange(ring_rows.nnz)
        cells, faces = self._starts(self.cells, begin), self._starts(self.faces, begin)
        return Pattern(indptr, indices, cells, faces, cross, ring, indptr[:-1])

    def _starts(self, groups: IntArray, begin: IntArray) -> IntArray:
        """(m, k, k, 3) where row i of each pair's block begins."""
        k = groups.shape[1]
        a, b = np.repeat(groups, k, axis=1).ravel(), np.tile(groups, (1, k)).ravel()
        low, high = np.minimum(a, b), np.maximum(a, b)
        slot = np.asarray(self.slot[low, high]).ravel() - 1
        out = np.full((len(a), 3), -1)
        for i in range(3):
            out[:, i] = np.where(a < b, begin[a, i] + 3 - i + 3 * slot, np.where(a == b, begin[a, i], -1))
        return out.reshape(len(groups), k, k, 3)

    def _ring_pattern(self) -> sp.csr_matrix:
        """Every value with the later ones of its own ring and all of the next ring."""
        ring = np.arange(self.rings) // ANGLES
        i, j = np.nonzero((ring[None] - ring[:, None] >= 0) & (ring[None] - ring[:, None] <= 1))
        keep = j >= i
        out = sp.csr_matrix((np.ones(keep.sum()), (i[keep], j[keep])), shape=(self.rings, self.rings))
        out.sort_indices()
        return out


def upper_values(pattern: Pattern, matrix: sp.csr_matrix) -> FloatArray:
    """Values of a symmetric matrix of the wall's unknowns at the places of the pattern."""
    upper = sp.triu(matrix, format="coo")
    out = np.zeros(len(pattern.indices))
    keys = pattern.indices + np.repeat(np.arange(len(pattern.indptr) - 1), np.diff(pattern.indptr)) * (
        len(pattern.indptr)
    )
    # Sparse matrices count in 32 bits, which rows times columns pass at 46 thousand unknowns.
    at = np.searchsorted(keys, upper.row.astype(np.int64) * len(pattern.indptr) + upper.col)
    out[at] = upper.data
    return out
