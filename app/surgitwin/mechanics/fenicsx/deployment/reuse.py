"""Linear systems of successive Newton steps: old factors precondition new matrices, to save new ones."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.fenicsx.deployment.factor import Factors

REDUCTION = 1e-2
"""Numerical setting: residual of a linear solution over its right-hand side. A stent took 28 Newton steps
with exact solutions and 30 with these, for half the time."""

MOST = 14
"""Numerical setting: steps of GMRES that cost about as much as a factorisation (24 of 0.25 s at 9 thousand
unknowns, one step being 0.012 s, with room for those that are in vain)."""

ENOUGH = 9
"""Numerical setting: after more steps than this the factors are renewed for the next matrix."""


class ReusedFactors:
    """Solves K x = b for upper triangles of changing patterns and one size."""

    def __init__(self) -> None:
        self.factorisations = 0
        self.steps = 0
        self._factors: Factors | None = None
        self._tired = False

    def solve(self, indptr: IntArray, indices: IntArray, values: FloatArray, b: FloatArray) -> FloatArray:
        """x to a residual of REDUCTION; raises SolverError "solver.factorisation"."""
        if self._factors is not None and not self._tired:
            x, steps = self._gmres(indptr, indices, values, b)
            self._tired = steps > ENOUGH
            if x is not None:
                return x
        return self._renew(indptr, indices, values, b)

    def _renew(self, indptr: IntArray, indices: IntArray, values: FloatArray, b: FloatArray) -> FloatArray:
        if self._factors is not None and not self._factors.same(indptr, indices):
            self.close()
        if self._factors is None:
            self._factors = Factors(indptr, indices, values)
        self.factorisations += 1
        self._tired = False
        return self._factors.solve(values, b)

    def _gmres(
        self, indptr: IntArray, indices: IntArray, values: FloatArray, b: FloatArray
    ) -> tuple[FloatArray | None, int]:
        """GMRES with the old factors on the right; None when MOST steps are not enough."""
        factors = self._factors
        assert factors is not None
        n = len(b)
        upper = sp.csr_matrix((values, indices, indptr), shape=(n, n))
        lower, diagonal = upper.T, values[indptr[:-1]]
        size = float(np.linalg.norm(b))
        basis, before = np.empty((MOST + 1, n)), np.empty((MOST, n))
        basis[0] = b / size
        H = np.zeros((MOST + 1, MOST))
        for k in range(MOST):
            self.steps += 1
            before[k] = factors.again(basis[k])
            w = upper @ before[k] + lower @ before[k] - diagonal * before[k]
            for _ in range(2):
                h = basis[: k + 1] @ w
                w -= h @ basis[: k + 1]
                H[: k + 1, k] += h
            H[k + 1, k] = np.linalg.norm(w)
            basis[k + 1] = w / max(H[k + 1, k], 1e-300)
            right = np.zeros(k + 2)
            right[0] = size
            y = np.linalg.lstsq(H[: k + 2, : k + 1], right, rcond=None)[0]
            left = float(np.linalg.norm(right - H[: k + 2, : k + 1] @ y))
            if left <= REDUCTION * size:
                return y @ before[: k + 1], k + 1
            if k >= 4 and left > 0.5 * size:
                break
        return None, k + 1

    def close(self) -> None:
        """Free the factors."""
        if self._factors is not None:
            self._factors.close()
            self._factors = None
