"""Sparse direct solution by MUMPS, with what its factors say about the system."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from mpi4py import MPI
from petsc4py import PETSc

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError

_MEMORY_INCREASE, _NULL_PIVOTS, _SEQUENTIAL_ROOT = 14, 24, 13
_NULL_PIVOT_SIZE = 3  # CNTL: against the norm of the matrix
_NEGATIVE_PIVOTS, _NULL_PIVOT_COUNT, _STATUS = 12, 28, 1


class DirectSolver:
    """Factorises K = L D L^T (symmetric) or L U and keeps the ordering while the pattern stays.

    negative_pivots: of the last symmetric factorisation, else None.
    """

    def __init__(self, symmetric: bool) -> None:
        self.symmetric = symmetric
        self.negative_pivots: int | None = None
        self._matrix: Any = None
        self._pattern: tuple[Any, Any] | None = None
        self._ksp: Any = None

    def solve(self, K: sp.csr_matrix, b: FloatArray) -> FloatArray:
        """x of K x = b. Raises SolverError "solver.singular" or "solver.factorisation"."""
        self.factorise(K)
        return self.again(b)

    def again(self, b: FloatArray) -> FloatArray:
        """Solve with the present factors."""
        x, rhs = self._matrix.createVecs()
        rhs.array[:] = b
        self._ksp.solve(rhs, x)
        out: FloatArray = x.array.copy()
        for v in (x, rhs):
            v.destroy()
        return out

    def factorise(self, K: sp.csr_matrix) -> None:
        """Factorise K, with the symbolic phase of the last matrix where the pattern is the same."""
        K = K.tocsr()
        K.sort_indices()
        if self._pattern is not None and _same(self._pattern, K):
            self._matrix.setValuesCSR(self._pattern[0], self._pattern[1], K.data)
            self._matrix.assemble()
        else:
            self._renew(K)
        self._ksp.setUp()
        factors = self._ksp.getPC().getFactorMatrix()
        status = factors.getMumpsInfog(_STATUS)
        if status < 0:
            raise SolverError(
                "solver.factorisation",
                f"MUMPS could not factorise the system (INFOG(1) = {status}, {K.shape[0]} unknowns).",
                hint="Check free memory with `surgitwin doctor`, or use a coarser mesh.",
                where="direct solver",
            )
        if factors.getMumpsInfog(_NULL_PIVOT_COUNT) > 0:
            raise SolverError(
                "solver.singular",
                f"The system is singular: {factors.getMumpsInfog(_NULL_PIVOT_COUNT)} zero pivots.",
                hint="Hold every part in all rigid motions (supports, ties, closed contacts).",
                where="direct solver",
            )
        self.negative_pivots = factors.getMumpsInfog(_NEGATIVE_PIVOTS) if self.symmetric else None

    def close(self) -> None:
        """Free PETSc's memory."""
        for thing in (self._ksp, self._matrix):
            if thing is not None:
                thing.destroy()
        self._ksp = self._matrix = self._pattern = None

    def _renew(self, K: sp.csr_matrix) -> None:
        self.close()
        indptr, indices = K.indptr.astype(np.int32), K.indices.astype(np.int32)
        self._pattern = indptr, indices
        self._matrix = PETSc.Mat().createAIJ(K.shape, csr=(indptr, indices, K.data), comm=MPI.COMM_SELF)
        if self.symmetric:
            self._matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        ksp = self._ksp = PETSc.KSP().create(MPI.COMM_SELF)
        ksp.setOperators(self._matrix)
        ksp.setType("preonly")
        pc = ksp.getPC()
        pc.setType("cholesky" if self.symmetric else "lu")
        pc.setFactorSolverType("mumps")
        pc.setFactorSetUpSolverType()
        factors = pc.getFactorMatrix()
        for key, value in ((_MEMORY_INCREASE, 80), (_NULL_PIVOTS, 1), (_SEQUENTIAL_ROOT, 1)):
            factors.setMumpsIcntl(key, value)
        factors.setMumpsCntl(_NULL_PIVOT_SIZE, 1e-13)


def _same(pattern: tuple[Any, Any], K: sp.csr_matrix) -> bool:
    return (
        len(pattern[1]) == len(K.indices)
        and np.array_equal(pattern[0], K.indptr)
        and np.array_equal(pattern[1], K.indices)
    )
