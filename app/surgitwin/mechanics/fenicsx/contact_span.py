"""Directions kept from step to step and load to load, orthonormal in the elastic energy."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray

DEPENDENT = 1e-14
"""A direction whose energy beyond the others is below this part of its own is rounding."""


class Span:
    """Directions v with their images: k v under the stiffness, rows v of the contact rows.

    kept: how many stay after `trim`; extra: how many more a load may add.
    """

    def __init__(self, matrix: Any, rows: sp.csr_matrix, kept: int, extra: int) -> None:
        self._k, self._rows, self._kept = matrix, rows, kept
        self._x, self._y = matrix.createVecs()
        shape = (kept + extra, rows.shape[1])
        self._v, self._kv = np.zeros(shape), np.zeros(shape)
        self._images = np.zeros((rows.shape[0], kept + extra))
        self.count = 0

    @property
    def images(self) -> FloatArray:
        """(rows, count)."""
        return self._images[:, : self.count]

    def work(self, load: FloatArray) -> FloatArray:
        """(count,) work of a load vector in the directions."""
        out: FloatArray = self._v[: self.count] @ load
        return out

    def vector(self, a: FloatArray) -> FloatArray:
        """(n,) combination of the directions."""
        out: FloatArray = a @ self._v[: self.count]
        return out

    def stiffness(self, a: FloatArray) -> FloatArray:
        """(n,) k times that combination."""
        out: FloatArray = a @ self._kv[: self.count]
        return out

    def times(self, u: FloatArray) -> FloatArray:
        """(n,) k u, computed."""
        self._x.array[:] = u
        self._k.mult(self._x, self._y)
        out: FloatArray = self._y.array.copy()
        return out

    def add(self, direction: FloatArray) -> bool:
        """Add a direction, made orthonormal to the others (twice). False: it depends on them."""
        if self.count == len(self._v):
            self.trim()
        w, kw = direction.copy(), self.times(direction)
        v = self._v[: self.count]
        before = float(w @ kw)
        for _ in range(2):
            w -= (v @ kw) @ v
            # Computed afresh: differences would carry the rounding of everything that was taken away. A small
            # correction would then not be orthogonal, and the residual would grow with each further one.
            kw = self.times(w)
        if not float(w @ kw) > DEPENDENT * before:
            return False
        n, root = self.count, np.sqrt(float(w @ kw))
        self._v[n], self._kv[n] = w / root, kw / root
        self._images[:, n] = self._rows @ self._v[n]
        self.count += 1
        return True

    def restart(self, direction: FloatArray) -> None:
        """This direction alone."""
        self.count = 0
        self.add(direction)

    def trim(self) -> None:
        """Drop the oldest directions."""
        start = max(self.count - self._kept, 0)
        n = self.count - start
        for a in (self._v, self._kv):
            a[:n] = a[start : self.count].copy()
        self._images[:, :n] = self._images[:, start : self.count].copy()
        self.count = n
