"""Which straight tetrahedron holds a point."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray

NEAR = 16
"""Cells tried first for every point (nearest centroids)."""
FAR = 128
"""Cells tried for the points that lie in none of the first (long or graded cells)."""
ON_FACE = 1e-9
"""A point counts as inside when its smallest barycentric coordinate is above minus this."""


class CellLocator:
    """Point search in straight tetrahedra: corner points (m, 4, 3) in mm."""

    def __init__(self, corners: npt.NDArray[Any]) -> None:
        edges = (corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1)
        self._inverse = np.linalg.inv(edges)
        self._origin = corners[:, 0]
        self._tree = cKDTree(corners.mean(axis=1))
        self.size_mm: FloatArray = (np.abs(np.linalg.det(edges)) * np.sqrt(2)) ** (1 / 3)

    def find(self, points: npt.ArrayLike) -> tuple[IntArray, FloatArray, npt.NDArray[np.bool_]]:
        """Cell (p,), reference point (p, 3) and whether the point (p, 3) lies inside (p,).

        A point outside gets the tried cell in which its smallest barycentric coordinate is largest.
        """
        x = np.asarray(points, float)
        cell, ref, low = self._best(x, NEAR)
        miss = np.flatnonzero(low < -ON_FACE)
        if len(miss):
            cell[miss], ref[miss], low[miss] = self._best(x[miss], FAR)
        return cell, ref, low >= -ON_FACE

    def _best(self, x: FloatArray, tried: int) -> tuple[IntArray, FloatArray, FloatArray]:
        k = min(tried, self._tree.n)
        cells = self._tree.query(x, k=k)[1].reshape(len(x), k)
        ref = np.einsum("pkij,pkj->pki", self._inverse[cells], x[:, None] - self._origin[cells])
        low = np.minimum(ref.min(axis=2), 1 - ref.sum(axis=2))
        row, best = np.arange(len(x)), low.argmax(axis=1)
        return cells[row, best].astype(np.int32), ref[row, best], low[row, best]
