"""Which linear solver an increment uses."""

from __future__ import annotations

import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids.direct import DirectSolver
from surgitwin.mechanics.model.steps import LinearSolver


class LinearStrategy:
    """Solves the increments' systems. last_iterations: of the last solve (1 for a direct one)."""

    def __init__(self, settings: LinearSolver, symmetric: bool) -> None:
        self.settings = settings
        self.last_iterations = 0
        self._direct = DirectSolver(symmetric)

    @property
    def name(self) -> str:
        """For reports."""
        return "mumps"

    @property
    def setup_s(self) -> float:
        """Seconds spent in factorisation and other set-up so far."""
        return self._direct.factor_s

    @property
    def negative_pivots(self) -> int | None:
        """Of the last factorisation, when it tells."""
        return self._direct.negative_pivots

    def solve(self, K: sp.csr_matrix, b: FloatArray) -> FloatArray:
        """x of K x = b."""
        self.last_iterations = 1
        return self._direct.solve(K, b)

    def close(self) -> None:
        """Free what the solver keeps."""
        self._direct.close()
