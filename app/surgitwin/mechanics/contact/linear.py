"""Interactions without multipliers or history: a constant stiffness between surfaces, or to the ground."""

from __future__ import annotations

import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.interaction import Terms


class LinearInteraction:
    """The part of `Interaction` that follows from `_matrix` (N*d, N*d), N/mm, symmetric."""

    symmetric = linear = True
    _matrix: sp.csr_matrix

    def evaluate(self, u: FloatArray, factor: float) -> Terms:
        """Force and (constant) tangent at u (N*d,)."""
        return Terms(self._matrix @ u, self._matrix)

    def augment(self, u: FloatArray, factor: float) -> bool:
        """There are no multipliers."""
        return True

    def commit(self, u: FloatArray, factor: float) -> None:
        """There is no history."""

    def rollback(self) -> None:
        """There is no history."""
