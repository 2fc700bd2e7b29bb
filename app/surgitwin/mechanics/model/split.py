"""Tetrahedra from hexahedra of any arrangement: twelve around the middle of each, conforming everywhere."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.model.mesh import FACETS, PartMesh

_EDGES = (
    (0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7),
)  # fmt: skip
"""Corners of the mid-edge nodes 8 to 19 of a quadratic hexahedron; 20 to 25 lie on `FACETS`, 26 inside."""
_CORNER = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
_MIDDLE = 26


def tetrahedra_of(mesh: PartMesh, reference: FloatArray) -> PartMesh:
    """Quadratic tetrahedra of quadratic hexahedra; the geometry stays that of the hexahedra's nodes.

    reference: (27, 3) unit coordinates of a hexahedron's nodes. Every face is cut from its corner of the
    lowest number, so that neighbours agree however their blocks are turned. Named sets are not kept.
    """
    cells = mesh.cells.astype(np.int64)
    quarter = 0.25 + 0.5 * _CORNER
    inner = np.einsum("pa,mad->mpd", _shape(quarter, reference), mesh.points_mm[cells])
    count = len(mesh.points_mm)
    to_middle = count + np.arange(len(cells) * 8).reshape(-1, 8)
    tets = []
    for k, face in enumerate(FACETS["hexahedron"]):
        lowest = cells[:, list(face)].argmin(axis=1)
        for start in range(4):
            mine = np.flatnonzero(lowest == start)
            a, b, c, d = (face[(start + i) % 4] for i in range(4))
            for triangle, diagonal in (((a, c, b), (a, c)), ((a, d, c), (a, c))):
                tets.append(_tets(cells[mine], to_middle[mine], triangle, diagonal, 20 + k))
    points = np.vstack([mesh.points_mm, inner.reshape(-1, 3)])
    all_cells = np.vstack(tets)
    used, flat = np.unique(all_cells, return_inverse=True)
    return PartMesh(points[used], flat.reshape(all_cells.shape).astype(np.int32), "tetrahedron")


def _tets(
    cells: IntArray,
    to_middle: IntArray,
    triangle: tuple[int, int, int],
    diagonal: tuple[int, int],
    face_node: int,
) -> IntArray:
    """(m, 10) tetrahedra of an inward triangle of hexahedron corners and the hexahedra's middles."""
    columns = [cells[:, i] for i in triangle] + [cells[:, _MIDDLE]]
    for i, j in ((0, 1), (1, 2), (2, 0)):
        pair = {triangle[i], triangle[j]}
        columns.append(cells[:, face_node if pair == set(diagonal) else 8 + _edge(pair)])
    columns += [to_middle[:, i] for i in triangle]
    return np.stack(columns, axis=1)


def _edge(pair: set[int]) -> int:
    return next(k for k, edge in enumerate(_EDGES) if set(edge) == pair)


def _shape(points: FloatArray, reference: FloatArray) -> FloatArray:
    """(p, 27) triquadratic functions of the nodes at `reference` at unit points (p, 3)."""
    out = np.ones((len(points), len(reference)))
    for axis in range(3):
        x = points[:, axis, None]
        line = np.hstack([(1 - x) * (1 - 2 * x), 4 * x * (1 - x), x * (2 * x - 1)])
        out *= line[:, np.round(2 * reference[:, axis]).astype(int)]
    return out
