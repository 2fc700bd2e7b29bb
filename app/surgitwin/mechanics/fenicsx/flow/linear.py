"""Linear systems of the Newton steps: MUMPS, or FGMRES with a block preconditioner; low-rank outlet terms.

The block preconditioner is upper triangular: incomplete factors of the velocity block and, for the pressure
Schur complement, the pressure convection-diffusion approximation (Elman, Silvester & Wathen 2014, chapter 9).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from petsc4py import PETSc

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.mechanics import memory_estimate
from surgitwin.mechanics.fenicsx.flow.conditions import Conditions
from surgitwin.mechanics.fenicsx.flow.equations import Equations
from surgitwin.mechanics.fenicsx.flow.schur import PressureSchur


class LinearSolver:
    """Solves J dx = r with the tangent of the last `factor` plus sum_k slope_k b_k b_k^T."""

    def __init__(self, equations: Equations, conditions: Conditions) -> None:
        d = equations.problem.discretisation
        small = equations.unknowns <= d.direct_limit
        self.direct = d.solver == "direct" or (d.solver == "auto" and small)
        if self.direct:
            require_memory(equations)
        self.eq, self.iterations = equations, 0
        self.coupled: FloatArray = np.zeros((0, equations.unknowns))
        self._names: list[str] = []
        self._free_normal = {n: _without(conditions.normal[n], conditions.fixed) for n in conditions.outlets}
        self.ksp = PETSc.KSP().create(PETSc.COMM_SELF)
        self.schur = None if self.direct else PressureSchur(equations, conditions)
        self._configured = False

    def factor(self, matrix: Any, slopes: dict[str, float]) -> None:
        """Take a new tangent; slopes: outlet -> dP/dQ (zero ones have no term)."""
        if not self._configured:
            self._configure(matrix)
        self.ksp.setOperators(matrix)
        if self.schur is not None:
            self.schur.update()
        try:
            self.ksp.setUp()
        except PETSc.Error as error:
            raise _failed(self.eq, f"factorisation: PETSc error {error.ierr}") from error
        self._slope = np.array([s for s in slopes.values() if s != 0.0])
        self._names = [n for n, s in slopes.items() if s != 0.0]
        self.coupled = np.array([self._free_normal[n] for n in self._names])
        if len(self._names):
            self._answers = np.array([self._plain(row) for row in self.coupled])

    def solve(self, right: FloatArray) -> FloatArray:
        """dx by Sherman-Morrison-Woodbury over the outlets that answer to the flow."""
        y = self._plain(right)
        if not self._names:
            return y
        small = np.diag(1 / self._slope) + self.coupled @ self._answers.T
        out: FloatArray = y - self._answers.T @ np.linalg.solve(small, self.coupled @ y)
        return out

    def destroy(self) -> None:
        """Free the factors."""
        self.ksp.destroy()

    def _plain(self, right: FloatArray) -> FloatArray:
        b = PETSc.Vec().createWithArray(np.ascontiguousarray(right), comm=PETSc.COMM_SELF)
        x = b.duplicate()
        self.ksp.solve(b, x)
        reason = self.ksp.getConvergedReason()
        self.iterations += self.ksp.getIterationNumber()
        out = np.array(x.array)
        b.destroy()
        x.destroy()
        if reason < 0 or not np.isfinite(out).all():
            raise _failed(self.eq, f"PETSc reason {reason} after {self.ksp.getIterationNumber()} iterations")
        return out

    def _configure(self, matrix: Any) -> None:
        self._configured = True
        d, pc = self.eq.problem.discretisation, self.ksp.getPC()
        if self.direct:
            self.ksp.setType("preonly")
            pc.setType("lu")
            pc.setFactorSolverType("mumps")
            self.ksp.setOperators(matrix)
            pc.setFactorSetUpSolverType()
            factors = pc.getFactorMatrix()
            factors.setMumpsIcntl(14, 60)  # room for pivots beyond the estimate, per cent
            factors.setMumpsIcntl(7, 5)  # METIS ordering
            return
        self.ksp.setType("fgmres")
        self.ksp.setGMRESRestart(100)  # two vectors are kept an iteration
        self.ksp.setTolerances(rtol=d.linear_rtol, max_it=d.max_linear)
        if self.schur is not None:
            self.schur.attach(self.ksp, matrix)


def require_memory(eq: Equations) -> None:
    """Raise SolverError "flow.memory" when the direct solver would not fit."""
    need = memory_estimate.memory_MB(eq.unknowns, "mumps-flow", dimension=eq.domain.dim)
    have = memory_estimate.free_MB()
    if need > have:
        raise SolverError(
            "flow.memory",
            f"{eq.unknowns} unknowns need about {need:.0f} MB with the direct solver; {have:.0f} are free.",
            hint='Set discretisation.solver = "iterative", or use a coarser mesh.',
            where="discretisation.solver",
        )


def _without(vector: FloatArray, fixed: Any) -> FloatArray:
    out = vector.copy()
    out[fixed] = 0.0
    return out


def _failed(eq: Equations, detail: str) -> SolverError:
    return SolverError(
        "flow.linear",
        f"The linear system of {eq.unknowns} unknowns was not solved ({detail}).",
        hint="Use the direct solver, a smaller time step, or check that no part of the fluid is closed off.",
        where=eq.problem.name,
    )
