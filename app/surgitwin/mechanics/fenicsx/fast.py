"""The fast way to solve a problem's loads: matrix-free conjugate gradients with the two-level cycle."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.aggregation import Hierarchy
from surgitwin.mechanics.fenicsx.block_cg import Operators, Outcome, block_cg
from surgitwin.mechanics.fenicsx.cycle import Answer, Solver, System, not_converged
from surgitwin.mechanics.fenicsx.matrix_free import FineOperator
from surgitwin.mechanics.fenicsx.two_level import TwoLevel
from surgitwin.mechanics.problem import SolverSettings

NAME = "cg+p-multigrid(matrix-free)"
BLOCK = 8
"""Loads that are solved together; more cost memory and gain nothing."""


class FastSolver:
    """One setup for several loads. `assemble` gives the matrices, for the fall-back to MUMPS only."""

    def __init__(
        self, fine: FineOperator, cycle: TwoLevel, settings: SolverSettings, assemble: Callable[[], System]
    ) -> None:
        self.fine, self.cycle, self.settings, self._assemble = fine, cycle, settings, assemble
        self._direct: Solver | None = None

    def solve_all(
        self,
        loads: Sequence[FloatArray],
        rtol: Sequence[float],
        progress: Progress = SILENT,
        guesses: Sequence[FloatArray] = (),
    ) -> list[Answer]:
        """Solve for this rank's parts of the load vectors, each to its own true relative residual.

        guesses never change the answer. What does not converge falls back to MUMPS (the answer's `solver`
        says so) or raises SolverError "solver.not_converged", as the settings say.
        """
        out: list[Answer] = []
        for first in range(0, len(loads), BLOCK):
            part = progress.part(first / len(loads), min(first + BLOCK, len(loads)) / len(loads))
            chosen = slice(first, first + BLOCK)
            earlier = [*guesses, *(a.values for a in out)]
            out += self._block(loads[chosen], np.array(rtol[chosen]), part, earlier)
        return out

    def _block(
        self, loads: Sequence[FloatArray], rtol: FloatArray, progress: Progress, guesses: Sequence[FloatArray]
    ) -> list[Answer]:
        started = time.perf_counter()
        b = np.stack([load.reshape(-1, 3) for load in loads])
        k = Operators(self.fine.apply, self.cycle.cycle, self.fine.dots)
        acting = np.flatnonzero(k.norms(b) > 0)
        span = [g.reshape(-1, 3) for g in guesses if k.norms(g.reshape(1, -1, 3))[0] > 0]
        answers = [Answer(np.zeros_like(load), 0, 0.0, self.settings.method, 0.0) for load in loads]
        if not len(acting):
            return answers
        done = block_cg(k, b[acting], rtol[acting], self.settings.max_iterations, span, progress)
        share = (time.perf_counter() - started) / len(acting)
        for row, load in enumerate(acting):
            answers[load] = self._answer(done, row, loads[int(load)], float(rtol[load]), share)
        return answers

    def _answer(self, done: Outcome, row: int, load: FloatArray, rtol: float, seconds: float) -> Answer:
        residual, iterations = float(done.residual[row]), int(done.iterations[row])
        if residual <= rtol:
            return Answer(done.x[row].ravel(), iterations, residual, NAME, seconds)
        if not self.settings.fallback_to_direct:
            raise not_converged(iterations, residual, rtol)
        if self._direct is None:
            self._direct = Solver(self._assemble(), replace(self.settings, method="mumps"))
        answer = self._direct.solve(load, rtol=rtol)
        name = f"mumps (fallback: cg reached {residual:.1e})"
        return replace(answer, iterations=iterations, solver=name)

    def destroy(self) -> None:
        """Free PETSc's memory now."""
        if self._direct is not None:
            self._direct.destroy()


def fast_solver(
    fine: FineOperator,
    ends: IntArray,
    coarse: sp.bsr_matrix,
    points_mm: FloatArray,
    settings: SolverSettings,
    assemble: Callable[[], System],
) -> FastSolver:
    """The solver with its set-up. ends: see `coarse_ends`; coarse: linear level with nodes at points_mm."""
    hierarchy = Hierarchy(coarse, points_mm)
    return FastSolver(fine, TwoLevel(fine, ends, hierarchy.cycle, len(points_mm)), settings, assemble)
