"""Which linear solver an increment uses."""

from __future__ import annotations

import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids.direct import DirectSolver
from surgitwin.mechanics.fenicsx.solids.iterative import IterativeSolver, can_iterate
from surgitwin.mechanics.fenicsx.solids.system import System
from surgitwin.mechanics.memory_estimate import require_memory
from surgitwin.mechanics.model.steps import LinearSolver

NEWTON_RTOL = 1e-4
"""An iterative solve inside Newton's method stops here: each iteration still gains four digits."""


class LinearStrategy:
    """Solves the increments' systems. last_iterations: of the last solve (1 for a direct one)."""

    def __init__(self, settings: LinearSolver, system: System) -> None:
        self.settings = settings
        self.last_iterations = 0
        self._system = system
        self._direct = DirectSolver(system.symmetric)
        self._iterative: IterativeSolver | None = None
        rigid = bool(system.constraints.rigid_nodes)
        fits = can_iterate(system.assembly, system.symmetric, rigid)
        large = settings.method == "auto" and system.assembly.size > settings.iterative_above
        if settings.method == "iterative" and not fits:
            raise InputError(
                "solver.cannot_iterate",
                "The iterative solver is for 3D quadratic displacement parts with symmetric loads and "
                "couplings (no mixed form, follower pressure, friction or rigid surface).",
                hint='Use linear.method = "auto" or "direct".',
                where="linear.method",
            )
        iterate = fits and (large or settings.method == "iterative")
        method, dimension = "cg-assembled" if iterate else "mumps", system.assembly.dimension
        require_memory(system.assembly.size, method, where="linear.method", dimension=dimension)
        if iterate:
            self._iterative = IterativeSolver(system.assembly, settings.rtol, settings.max_iterations)

    @property
    def name(self) -> str:
        """For reports."""
        return "mumps" if self._iterative is None else self._iterative.last_solver

    @property
    def negative_pivots(self) -> int | None:
        """Of the last factorisation, when it tells."""
        return self._direct.negative_pivots

    def solve(self, K: sp.csr_matrix, T: sp.csr_matrix, b: FloatArray) -> FloatArray:
        """Q of T^T K T q = b."""
        if self._iterative is None:
            self.last_iterations = 1
            return self._direct.solve((T.T @ K @ T).tocsr(), b)
        rtol = 0.1 * self.settings.rtol if self._system.linear else NEWTON_RTOL
        q = self._iterative.solve(K, T, b, rtol)
        self.last_iterations = self._iterative.last_iterations
        return q

    def close(self) -> None:
        """Free what the solver keeps."""
        self._direct.close()
