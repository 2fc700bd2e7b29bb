"""Prisms over the triangles of a surface, split conformingly into ten-node tetrahedra.

Nodes stand at (a corner or an edge of the surface) x (half levels), numbered level by level. A prism with
corners i < j < k is cut into three tetrahedra by the rising diagonals from the smaller number, so
neighbours agree (J. Dompierre et al., "How to subdivide pyramids, prisms and hexahedra into tetrahedra",
1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TET10_EDGES

SPLIT = (((0, 0), (1, 0), (2, 0), (2, 1)), ((0, 0), (1, 0), (1, 1), (2, 1)), ((0, 0), (0, 1), (1, 1), (2, 1)))
"""Corner of the sorted triangle and level (0 bottom, 1 top) of the three tetrahedra's corners."""


@dataclass(frozen=True, eq=False)
class SurfaceEdges:
    """ends (e, 2), smaller first; keys (e,) sorted: ends[:, 0] * points + ends[:, 1]."""

    ends: IntArray
    keys: IntArray
    points: int

    @classmethod
    def of(cls, triangles: IntArray, points: int) -> SurfaceEdges:
        """Edges of triangles (m, 3)."""
        pairs = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1).astype(np.int64)
        keys = np.unique(pairs[:, 0] * points + pairs[:, 1])
        return cls(np.stack([keys // points, keys % points], axis=1), keys, points)

    def number(self, a: IntArray, b: IntArray) -> IntArray:
        """Number of the edge between points a and b."""
        low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b)
        out: IntArray = np.searchsorted(self.keys, low * self.points + high)
        return out


def prism_cells(triangles: IntArray, edges: SurfaceEdges, layers: int) -> tuple[IntArray, IntArray]:
    """(3 m layers, 10) cells in VTK's order, orientation not settled, and the layer (from 0) of each."""
    base = edges.points + len(edges.ends)
    corner = np.sort(triangles, axis=1).astype(np.int64)
    cells, layer = [], []
    for at in range(layers):
        for four in SPLIT:
            column = [corner[:, c] for c, _ in four]
            level = [2 * (at + up) for _, up in four]
            nodes: list[IntArray] = [column[k] + level[k] * base for k in range(4)]
            for a, b in TET10_EDGES:
                half = (level[a] + level[b]) // 2
                same = column[a] is column[b] or four[a][0] == four[b][0]
                own = column[a] if same else edges.points + edges.number(column[a], column[b])
                nodes.append(own + half * base)
            cells.append(np.stack(nodes, axis=1))
            layer.append(np.full(len(triangles), at, np.int32))
    return np.concatenate(cells), np.concatenate(layer)


def oriented(points: FloatArray, cells: IntArray) -> IntArray:
    """The ten-node cells with positive corner volume: corners 1 and 2 change places, and their middles."""
    x = points[cells[:, :4]]
    negative = np.linalg.det(x[:, 1:] - x[:, :1]) < 0
    out = cells.copy()
    out[negative] = cells[negative][:, [0, 2, 1, 3, 6, 5, 4, 7, 9, 8]]
    return out


def face_nodes(triangles: IntArray, edges: SurfaceEdges, half_level: int) -> IntArray:
    """(m, 6) nodes of the triangles at a half level: corners, then the middles of 0-1, 1-2, 2-0."""
    base = edges.points + len(edges.ends)
    middles = [
        edges.points + edges.number(triangles[:, a], triangles[:, b]) for a, b in ((0, 1), (1, 2), (2, 0))
    ]
    out: IntArray = np.column_stack([triangles, *middles]) + half_level * base
    return out
