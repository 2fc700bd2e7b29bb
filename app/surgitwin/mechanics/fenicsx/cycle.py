"""Conjugate gradients with the two-level P2 -> P1 cycle, stopped on the true relative residual.

Fine level: blocked matrix, Chebyshev with point-block Jacobi. Coarse level: the rediscretised linear
operator, by one GAMG cycle with the rigid modes, or by a MUMPS factorisation. The settings are those
that were fastest on the femur; they change speed only, never the answer.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from petsc4py import PETSc

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import Cancelled, SolverError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.fenicsx.null_space import near_null_space
from surgitwin.mechanics.problem import SolverSettings

GAMG_THRESHOLD = 0.01
CHEBYSHEV_STEPS = 2
DIVERGED_FACTOR = 1e5
DEPENDENT = 1e-10
"""Guesses whose energy beyond the others is below this part are left out."""
_names = itertools.count()


@dataclass(eq=False)
class System:
    """PETSc matrices of both levels, interpolation with constrained rows and columns zero.

    coarse_points_mm: (n, 3) of this rank's coarse nodes. unknowns: global number on the fine level.
    """

    fine: Any
    coarse: Any
    interpolation: Any
    coarse_points_mm: FloatArray
    unknowns: int

    def destroy(self) -> None:
        """Free PETSc's memory now."""
        for matrix in (self.fine, self.coarse, self.interpolation):
            matrix.destroy()


@dataclass(frozen=True, eq=False)
class Answer:
    """Local part of one solution, iterations, true relative residual, the solver's name, time."""

    values: FloatArray
    iterations: int
    rel_residual: float
    solver: str
    wall_s: float


class Solver:
    """One setup for several right-hand sides."""

    def __init__(self, system: System, settings: SolverSettings, coarse: str = "gamg") -> None:
        self.system, self.settings, self.coarse = system, settings, coarse
        self._cg: Any = None
        self._direct: Any = None
        if settings.method == "cg":
            self._cg = self._conjugate_gradients()
        elif settings.method == "mumps":
            self._direct = self._factorise()
        else:
            raise SolverError(
                "solver.unknown_method",
                f"There is no solution method {settings.method!r}.",
                hint='Use "cg" or "mumps".',
                where="settings.method",
            )

    def solve(
        self,
        load: FloatArray,
        progress: Progress = SILENT,
        rtol: float | None = None,
        guesses: Sequence[FloatArray] = (),
    ) -> Answer:
        """Solve for this rank's part of a load vector, to `rtol` (default: that of the settings).

        guesses: vectors whose combination of least energy error is the start; they never change the
        answer, because the residual that stops the iteration is that of the whole solution.
        CG falls back to MUMPS when it has not converged after `settings.max_iterations`, and the
        answer's `solver` says so. Raises SolverError "solver.not_converged", "solver.singular",
        "solver.not_finite".
        """
        started = time.perf_counter()
        x, b = self.system.fine.createVecs()
        b.array[:] = load
        iterations, name = 0, "mumps"
        target = self.settings.rtol if rtol is None else rtol
        norm = b.norm()
        if norm == 0.0:
            return Answer(np.zeros_like(load), 0, 0.0, self.settings.method, 0.0)
        residual = np.inf
        if self._cg is not None:
            if len(guesses):
                x.array[:] = self._best_guess(b, guesses)
            iterations, residual = self._iterate(b, x, norm, target, progress)
            name = f"cg+p-multigrid({self.coarse})"
        if not residual <= target:
            if self._cg is not None and not self.settings.fallback_to_direct:
                raise not_converged(iterations, residual, target)
            name = "mumps" if self._cg is None else f"mumps (fallback: cg reached {residual:.1e})"
            residual = self._eliminate(b, x, norm)
        if not np.isfinite(x.norm()):
            raise SolverError(
                "solver.not_finite",
                "The solution is not a number.",
                hint="Check the stiffness and the loads for missing values.",
            )
        if residual > max(1e-6, target):
            raise not_converged(iterations, residual, target)
        return Answer(x.array.copy(), iterations, residual, name, time.perf_counter() - started)

    def solve_all(
        self,
        loads: Sequence[FloatArray],
        rtol: Sequence[float],
        progress: Progress = SILENT,
        guesses: Sequence[FloatArray] = (),
    ) -> list[Answer]:
        """`solve` for one load after the other; each starts from the ones before."""
        out: list[Answer] = []
        for k, load in enumerate(loads):
            part = progress.part(k / len(loads), (k + 1) / len(loads))
            out.append(self.solve(load, part, rtol[k], [*guesses, *(a.values for a in out)]))
        return out

    def _best_guess(self, b: Any, guesses: Sequence[FloatArray]) -> FloatArray:
        """Combination of `guesses` with the least energy error (Galerkin), this rank's part."""
        comm = b.comm.tompi4py()
        w, kw = self.system.fine.createVecs()
        span = np.stack([g / np.sqrt(comm.allreduce(g @ g)) for g in guesses])
        images = np.empty_like(span)
        for k, row in enumerate(span):
            w.array[:] = row
            self.system.fine.mult(w, kw)
            images[k] = kw.array
        gram, right = comm.allreduce(span @ images.T), comm.allreduce(span @ b.array)
        out: FloatArray = np.linalg.lstsq(gram, right, rcond=DEPENDENT)[0] @ span
        return out

    def _iterate(self, b: Any, x: Any, norm: float, rtol: float, progress: Progress) -> tuple[int, float]:
        """Restart CG from the recomputed residual until that one is below rtol."""
        solver, settings = self._cg, self.settings
        correction, r = x.duplicate(), b - self.system.fine * x
        done, residual = 0, r.norm() / norm
        target = rtol * norm

        cancelled: list[Cancelled] = []

        def watch(_: Any, step: int, size: float) -> None:
            at = np.log(max(size, target) / norm) / np.log(rtol)
            try:
                progress(f"Solving: residual {size / norm:.1e} after {done + step} iterations", float(at))
            except Cancelled as stop:
                cancelled.append(stop)
                raise

        solver.setMonitor(watch)
        while residual > rtol and done < settings.max_iterations:
            solver.setTolerances(
                rtol=1e-30, atol=0.9 * target, divtol=DIVERGED_FACTOR, max_it=settings.max_iterations - done
            )
            try:
                solver.solve(r, correction)
            except PETSc.Error as error:  # PETSc wraps what the monitor raised
                raise (cancelled[0] if cancelled else _singular(str(error).splitlines()[0])) from error
            done += max(solver.getIterationNumber(), 1)
            x.axpy(1.0, correction)
            self.system.fine.mult(x, r)
            r.aypx(-1.0, b)
            residual = r.norm() / norm
            if solver.getConvergedReason() < 0 or not np.isfinite(residual):
                break
        solver.cancelMonitor()
        return done, residual

    def _eliminate(self, b: Any, x: Any, norm: float) -> float:
        if self._direct is None:
            self._direct = self._factorise()
        self._direct.solve(b, x)
        r = self.system.fine * x
        r.axpy(-1.0, b)
        if self._direct.getConvergedReason() < 0:
            raise _singular()
        return float(r.norm() / norm)

    def _conjugate_gradients(self) -> Any:
        system, options = self.system, PETSc.Options()
        prefix = f"surgitwin_{next(_names)}_"
        ksp = PETSc.KSP().create(system.fine.comm)
        ksp.setOptionsPrefix(prefix)
        ksp.setOperators(system.fine)
        ksp.setType("cg")
        ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
        pc = ksp.getPC()
        pc.setType("mg")
        pc.setMGLevels(2)
        pc.setMGInterpolation(1, system.interpolation)
        coarse = pc.getMGCoarseSolve()
        coarse.setOperators(system.coarse)
        coarse.setType("preonly")
        if self.coarse == "mumps":
            coarse.getPC().setType("cholesky")
            coarse.getPC().setFactorSolverType("mumps")
        else:
            system.coarse.setNearNullSpace(near_null_space(system.coarse, system.coarse_points_mm))
            coarse.getPC().setType("gamg")
            options[f"{prefix}mg_coarse_pc_gamg_threshold"] = GAMG_THRESHOLD
            options[f"{prefix}mg_coarse_mg_levels_pc_type"] = "pbjacobi"
        smoother = pc.getMGSmoother(1)
        smoother.setOperators(system.fine)
        smoother.setType("chebyshev")
        smoother.getPC().setType("pbjacobi")
        options[f"{prefix}mg_levels_ksp_max_it"] = CHEBYSHEV_STEPS
        ksp.setFromOptions()
        _set_up(ksp)
        return ksp

    def _factorise(self) -> Any:
        ksp = PETSc.KSP().create(self.system.fine.comm)
        matrix = self.system.fine.convert("sbaij")
        ksp.setOperators(matrix)
        ksp.setType("preonly")
        ksp.getPC().setType("cholesky")
        ksp.getPC().setFactorSolverType("mumps")
        _set_up(ksp)
        return ksp

    def destroy(self) -> None:
        """Free PETSc's memory now."""
        for ksp in (self._cg, self._direct):
            if ksp is not None:
                ksp.destroy()


def _set_up(ksp: Any) -> None:
    try:
        ksp.setUp()
    except PETSc.Error as error:
        raise _singular(str(error).splitlines()[-1]) from error


def _singular(detail: str = "") -> SolverError:
    return SolverError(
        "solver.singular",
        f"The equations cannot be solved: the stiffness matrix is singular. {detail}".strip(),
        hint="Check that every part is held by the support, by bone or by an implant.",
    )


def not_converged(iterations: int, residual: float, rtol: float) -> SolverError:
    """The error of an iteration that ended above its tolerance."""
    return SolverError(
        "solver.not_converged",
        f"No convergence: residual {residual:.1e} after {iterations} iterations (wanted {rtol:.0e}).",
        hint="Check mesh quality and supports, or solve with the method mumps.",
    )
