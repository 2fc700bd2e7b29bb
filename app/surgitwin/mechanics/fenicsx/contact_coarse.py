"""Coarse solves with K + R' D R from one factor of K, for any contact state, by Woodbury's formula.

(K + R' C C' R)^-1 = K^-1 - Z' C (1 + C' S C)^-1 C' Z with Z = R K^-1 and S = R K^-1 R'. A row's response is
computed when the row first comes into contact and kept in single precision: it only steers the iteration.
Where that is not enough (bodies held by contact alone), the matrix is assembled and factorised instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from mpi4py import MPI
from petsc4py import PETSc
from scipy.linalg import cho_factor, cho_solve

from surgitwin.mechanics.fenicsx.blocks import petsc_plain

AT_ONCE = 64
"""Responses computed in one block (numerical setting: memory)."""


def to_scipy(matrix: Any) -> sp.csr_matrix:
    """A serial PETSc matrix (aij) as scipy's."""
    pointers, columns, values = matrix.getValuesCSR()
    return sp.csr_matrix((values, columns, pointers), shape=matrix.getSize())


class CoarseContact:
    """A PETSc preconditioner (`apply`). matrix: K of the coarse level; rows (r, n): all contact rows."""

    def __init__(self, matrix: Any, rows: sp.csr_matrix) -> None:
        self._rows, self._given = rows, matrix
        self._matrix: sp.csr_matrix | None = None
        self._ksp = _factorised(matrix)
        self._factor = self._ksp.getPC().getFactorMatrix()
        self._small: Any = None
        self._place = np.full(rows.shape[0], -1)
        self._known = np.zeros(0, np.int64)
        self._z = np.zeros((0, rows.shape[1]), np.float32)
        self._s = np.zeros((0, 0))
        self._acting = self._z

    def update(self, picked: Any, root: sp.csr_matrix) -> None:
        """Take the rows `picked` with D = root root'."""
        if self._matrix is not None:
            c = (self._rows[picked].T @ root).tocsr()
            whole = petsc_plain((self._matrix + c @ c.T).tocsr())
            whole.setOption(whole.Option.SPD, True)
            self._ksp.destroy()
            self._ksp = _factorised(whole)
            return
        self._learn(picked[self._place[picked] < 0])
        at = self._place[picked]
        self._acting = np.asarray(root.T.astype(np.float32) @ self._z[at])
        inner = root.T @ (root.T @ self._s[np.ix_(at, at)]).T
        self._small = cho_factor(np.eye(root.shape[1]) + inner) if len(at) else None

    def apply(self, _: Any, x: Any, y: Any) -> None:
        """PETSc's callback: y is the coarse solution for x."""
        self._ksp.solve(x, y)
        if self._small is not None:
            part = cho_solve(self._small, self._acting @ x.array_r.astype(np.float32))
            y.array[:] -= part.astype(np.float32) @ self._acting

    def assemble(self, picked: Any, root: sp.csr_matrix) -> None:
        """From now on assembled and factorised for every state; the acting rows again."""
        self._matrix = to_scipy(self._given)
        self._small = None
        self.update(picked, root)

    def close(self) -> None:
        """Free PETSc's memory now."""
        self._ksp.destroy()

    def _learn(self, new: Any) -> None:
        """Responses of further rows."""
        if not len(new):
            return
        made = []
        for start in range(0, len(new), AT_ONCE):
            right = np.asfortranarray(self._rows[new[start : start + AT_ONCE]].T.toarray())
            b = PETSc.Mat().createDense(right.shape, array=right, comm=MPI.COMM_SELF)
            x = b.duplicate()
            self._factor.matSolve(b, x)
            made.append(x.getDenseArray().T.copy())
            b.destroy()
            x.destroy()
        z = np.vstack(made)
        count = len(self._known)
        self._place[new] = count + np.arange(len(new))
        self._known = np.concatenate([self._known, new])
        cross = np.asarray(self._rows[self._known] @ z.T)
        s = np.empty((len(self._known), len(self._known)))
        s[:count, :count] = self._s
        s[:, count:] = cross
        s[count:, :count] = cross[:count].T
        self._s = s
        self._z = np.vstack([self._z, z.astype(np.float32)])


def _factorised(matrix: Any) -> Any:
    ksp = PETSc.KSP().create(MPI.COMM_SELF)
    ksp.setOperators(matrix)
    ksp.setType("preonly")
    ksp.getPC().setType("cholesky")
    ksp.getPC().setFactorSolverType("mumps")
    ksp.setUp()
    return ksp
