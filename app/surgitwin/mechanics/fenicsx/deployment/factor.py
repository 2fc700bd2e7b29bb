"""L D L^T factors of a symmetric matrix that is given by its upper triangle."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import SolverError

_MEMORY_INCREASE, _ORDERING, _METIS, _STATUS = 14, 7, 5, 1


class Factors:
    """MUMPS on one pattern; values may change, the ordering stays."""

    def __init__(self, indptr: IntArray, indices: IntArray, values: FloatArray) -> None:
        self.indptr, self.indices = indptr.astype(np.int32), indices.astype(np.int32)
        n = len(indptr) - 1
        self._matrix: Any = PETSc.Mat().createSBAIJ(
            (n, n), 1, csr=(self.indptr, self.indices, values), comm=MPI.COMM_SELF
        )
        ksp = self._ksp = PETSc.KSP().create(MPI.COMM_SELF)
        ksp.setOperators(self._matrix)
        ksp.setType("preonly")
        pc = ksp.getPC()
        pc.setType("cholesky")
        pc.setFactorSolverType("mumps")
        pc.setFactorSetUpSolverType()
        self._factor = pc.getFactorMatrix()
        self._factor.setMumpsIcntl(_MEMORY_INCREASE, 80)
        self._factor.setMumpsIcntl(_ORDERING, _METIS)
        self._x, self._b = self._matrix.createVecs()
        self._fresh = True

    def solve(self, values: FloatArray, b: FloatArray) -> FloatArray:
        """x of K x = b for the upper triangle's values; raises SolverError "solver.factorisation"."""
        if not self._fresh:
            self._matrix.setValuesCSR(self.indptr, self.indices, values)
            self._matrix.assemble()
        self._fresh = False
        self._b.array[:] = b
        self._ksp.solve(self._b, self._x)
        status = self._factor.getMumpsInfog(_STATUS)
        if status < 0:
            raise SolverError(
                "solver.factorisation",
                f"MUMPS could not factorise the system (INFOG(1) = {status}, {len(b)} unknowns).",
                hint="Check free memory with `surgitwin doctor`, or use a coarser mesh.",
                where="direct solver",
            )
        out: FloatArray = self._x.array.copy()
        return out

    def again(self, b: FloatArray) -> FloatArray:
        """Solve with the present factors."""
        self._b.array[:] = b
        self._factor.solve(self._b, self._x)
        out: FloatArray = self._x.array.copy()
        return out

    def same(self, indptr: IntArray, indices: IntArray) -> bool:
        """Whether a matrix has this pattern."""
        return len(indices) == len(self.indices) and bool((indices == self.indices).all())

    def close(self) -> None:
        """Free PETSc's memory."""
        for thing in (self._ksp, self._matrix, self._x, self._b):
            thing.destroy()
