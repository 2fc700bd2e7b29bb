"""CG with the P2 -> P1 cycle for K + R' D R: contact rows R over a fixed K, set up once for all states.

Fine level: K stays as it is, the few contact rows are applied beside it; the smoother knows their diagonal
blocks. Coarse level: the factor of K's coarse matrix, corrected for the present rows by Woodbury's formula
(`contact_coarse`). With the method "mumps", or where CG fails, K + R' D R is assembled and factorised.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import scipy.sparse as sp
from mpi4py import MPI
from petsc4py import PETSc
from scipy.linalg import eigvalsh_tridiagonal

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.mechanics.fenicsx.blocks import petsc_plain
from surgitwin.mechanics.fenicsx.contact_coarse import CoarseContact, to_scipy
from surgitwin.mechanics.fenicsx.cycle import CHEBYSHEV_STEPS, DIVERGED_FACTOR, System
from surgitwin.mechanics.problem import SolverSettings

LANCZOS = 10
"""Steps for the smoother's bound, as PETSc takes them (numerical setting)."""
MARGIN = 1.05
RESTART = 60
"""Directions that GMRES keeps, with friction (numerical setting: memory)."""
SAME_PART = 0.2
"""The bound is not measured again while the number of acting rows changes by less (numerical setting)."""
_names = itertools.count()


class ContactCycle:
    """Solves with K + R' D R for changing D. rows (r, n): all contact rows that may come to act."""

    def __init__(
        self, system: System, rows: sp.csr_matrix, settings: SolverSettings, *, slides: bool
    ) -> None:
        """slides: with friction, whose tangent is not symmetric: GMRES instead of CG."""
        self._k, self._rows, self._settings, self._slides = system.fine, rows, settings, slides
        self._r = self._rt = sp.csr_matrix((0, rows.shape[1]))
        self._d = sp.csr_matrix((0, 0))
        method = "gmres" if slides else "cg"
        self.name = "mumps" if settings.method == "mumps" else f"{method}+p-multigrid(mumps)+contact"
        self._ksp: Any = None
        if settings.method != "mumps":
            self._blocks = diagonal_blocks(system.fine)
            self._largest, self._measured = 0.0, -1
            coarse_rows = (rows @ to_scipy(system.interpolation)).tocsr()
            self._coarse = CoarseContact(system.coarse, coarse_rows)
            self._ksp = self._set_up(system)

    def update(self, picked: Any, root: sp.csr_matrix, skew: sp.csr_matrix | None = None) -> None:
        """The rows that act now (numbers in `rows`) and C (picked x columns) with D = C C' + skew.

        skew: what is left out of the preconditioner, the coupling of friction to pressure.
        """
        self._r = self._rows[picked]
        self._rt = self._r.T.tocsr()
        self._even = (root @ root.T).tocsr()
        self._d = self._even if skew is None else (self._even + skew).tocsr()
        self._symmetric = skew is None or not skew.nnz
        self._picked, self._root = picked, root
        if self._ksp is not None:
            self._coarse.update(picked, root)
            self._bound_spectrum(self._fill_blocks())

    def solve(self, right: FloatArray, rtol: float) -> tuple[FloatArray, int]:
        """Solution and iterations. Raises SolverError "solver.not_converged", "solver.singular"."""
        b = PETSc.Vec().createWithArray(right.copy(), comm=MPI.COMM_SELF)
        x = b.duplicate()
        if self._ksp is None:
            return self._eliminate(b, x), 0
        self._ksp.setTolerances(
            rtol=rtol, atol=0.0, divtol=DIVERGED_FACTOR, max_it=self._settings.max_iterations
        )
        self._ksp.solve(b, x)
        count = max(self._ksp.getIterationNumber(), 1)
        if self._ksp.getConvergedReason() == PETSc.KSP.ConvergedReason.DIVERGED_INDEFINITE_PC:
            # Bodies that are all but loose without contact: their responses cancel in rounding.
            self._coarse.assemble(self._picked, self._root)
            x.set(0.0)
            self._ksp.solve(b, x)
            count += max(self._ksp.getIterationNumber(), 1)
        if self._ksp.getConvergedReason() > 0:
            return x.array.copy(), count
        if not self._settings.fallback_to_direct:
            raise SolverError(
                "solver.not_converged",
                f"No convergence of a contact step after {count} iterations.",
                hint="Check mesh quality and supports, or solve with the method mumps.",
            )
        self.name = "mumps (fallback: no convergence in a contact step)"
        return self._eliminate(b, x), count

    def mult(self, _: Any, x: Any, y: Any) -> None:
        """PETSc's callback: y = (K + R' D R) x."""
        self._k.mult(x, y)
        y.array[:] += self._rt @ (self._d @ (self._r @ x.array_r))

    def close(self) -> None:
        """Free PETSc's memory now (not "destroy": PETSc calls that of its contexts itself)."""
        if self._ksp is not None:
            self._ksp.destroy()
            self._smoothed.destroy()
            self._coarse.close()

    def _eliminate(self, b: Any, x: Any) -> FloatArray:
        whole = petsc_plain((to_scipy(self._k.convert("seqaij")) + self._rt @ self._d @ self._r).tocsr())
        whole.setOption(whole.Option.SPD, self._symmetric)
        ksp = PETSc.KSP().create(MPI.COMM_SELF)
        ksp.setOperators(whole.convert("sbaij") if self._symmetric else whole)
        ksp.setType("preonly")
        ksp.getPC().setType("cholesky" if self._symmetric else "lu")
        ksp.getPC().setFactorSolverType("mumps")
        ksp.solve(b, x)
        failed = ksp.getConvergedReason() < 0 or not np.isfinite(x.array).all()
        out: FloatArray = x.array.copy()
        ksp.destroy()
        whole.destroy()
        if failed:
            raise SolverError(
                "solver.singular",
                "The equations cannot be solved: the stiffness matrix is singular.",
                hint="Check that every part is held by the support, by bone or by an implant.",
            )
        return out

    def _fill_blocks(self) -> FloatArray:
        """(n, 3, 3) diagonal blocks of the present matrix, also given to the smoother."""
        data = self._blocks.copy()
        nodes = np.unique(self._r.indices // 3)
        columns = (3 * nodes[:, None] + np.arange(3)).ravel()
        r = self._r[:, columns]
        dr = (self._even @ r).tocsr()
        for i in range(3):
            for j in range(3):
                data[nodes, i, j] += np.asarray(r[:, i::3].multiply(dr[:, j::3]).sum(axis=0)).ravel()
        index = np.arange(len(data) + 1, dtype=np.int32)
        self._smoothed.setValuesBlockedCSR(index, index[:-1], data)
        self._smoothed.assemble()
        return data

    def _bound_spectrum(self, blocks: FloatArray) -> None:
        """Tell the smoother its largest eigenvalue, by Lanczos steps, when many rows came or went."""
        count = len(self._picked)
        if abs(count - self._measured) <= SAME_PART * max(count, 1):
            return
        self._measured = count
        found = self._largest_eigenvalue(blocks)
        if found > self._largest:
            self._largest = MARGIN * found
            bounds = f"{0.1 * self._largest},{1.1 * self._largest}"
            PETSc.Options()[f"{self._prefix}mg_levels_ksp_chebyshev_eigenvalues"] = bounds
            self._smoother.setFromOptions()

    def _largest_eigenvalue(self, blocks: FloatArray) -> float:
        """Of the block-Jacobi scaled matrix, by LANCZOS steps in the blocks' inner product."""
        x, y = self._k.createVecs()
        inverse = np.linalg.inv(blocks)

        def scaled(v: FloatArray) -> tuple[FloatArray, FloatArray]:
            x.array[:] = v
            self.mult(None, x, y)
            kv = y.array.reshape(-1, 3)
            return np.einsum("nij,nj->ni", inverse, kv).ravel(), kv.ravel().copy()

        def dot(v: FloatArray, w: FloatArray) -> float:
            return float(np.einsum("ni,nij,nj->", v.reshape(-1, 3), blocks, w.reshape(-1, 3), optimize=True))

        v = np.random.default_rng(0).standard_normal(self._rows.shape[1])
        v /= np.sqrt(dot(v, v))
        before, beta = np.zeros_like(v), 0.0
        alphas, betas = [], []
        for _ in range(LANCZOS):
            w, kv = scaled(v)
            alphas.append(float(v @ kv))
            w -= alphas[-1] * v + beta * before
            beta = np.sqrt(dot(w, w))
            betas.append(beta)
            before, v = v, w / beta
        return float(eigvalsh_tridiagonal(np.array(alphas), np.array(betas[:-1]))[-1])

    def _set_up(self, system: System) -> Any:
        n, m = self._rows.shape[1], len(self._blocks)
        operator = PETSc.Mat().createPython(((n, n), (n, n)), context=self, comm=MPI.COMM_SELF)
        operator.setUp()
        index = np.arange(m + 1, dtype=np.int32)
        self._smoothed = PETSc.Mat().createBAIJ(
            (n, n), 3, csr=(index, index[:-1], self._blocks.copy()), comm=MPI.COMM_SELF
        )
        self._prefix = f"surgitwin_contact_{next(_names)}_"
        ksp = PETSc.KSP().create(MPI.COMM_SELF)
        ksp.setOptionsPrefix(self._prefix)
        ksp.setOperators(operator)
        ksp.setType("fgmres" if self._slides else "cg")
        ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
        pc = ksp.getPC()
        pc.setType("mg")
        pc.setMGLevels(2)
        pc.setMGInterpolation(1, system.interpolation)
        coarse = pc.getMGCoarseSolve()
        coarse.setOperators(system.coarse)
        coarse.setType("preonly")
        coarse.getPC().setType("python")
        coarse.getPC().setPythonContext(self._coarse)
        self._smoother = pc.getMGSmoother(1)
        self._smoother.setOperators(operator, self._smoothed)
        self._smoother.setType("chebyshev")
        self._smoother.getPC().setType("pbjacobi")
        PETSc.Options()[f"{self._prefix}mg_levels_ksp_max_it"] = CHEBYSHEV_STEPS
        if self._slides:
            PETSc.Options()[f"{self._prefix}ksp_gmres_restart"] = RESTART
        ksp.setFromOptions()
        return ksp


def diagonal_blocks(matrix: Any) -> FloatArray:
    """(n, 3, 3) of a serial PETSc matrix of 3x3 blocks."""
    blocks = to_scipy(matrix.convert("seqaij")).tobsr((3, 3))
    rows = np.repeat(np.arange(blocks.shape[0] // 3), np.diff(blocks.indptr))
    on = rows == blocks.indices
    out = np.zeros((blocks.shape[0] // 3, 3, 3))
    out[rows[on]] = blocks.data[on]
    return out
