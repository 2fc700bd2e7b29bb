"""Small operations on 3x3-block matrices, and their way into PETSc (serial)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from mpi4py import MPI
from petsc4py import PETSc


def spread(scalar: sp.csr_matrix) -> sp.bsr_matrix:
    """`scalar` (node matrix) times the 3x3 identity."""
    s = scalar.tocsr()
    s.sort_indices()
    data = np.zeros((s.nnz, 3, 3))
    data[:, [0, 1, 2], [0, 1, 2]] = s.data[:, None]
    return sp.bsr_matrix((data, s.indices, s.indptr), shape=(3 * s.shape[0], 3 * s.shape[1]))


def block_diagonal(matrices: Sequence[sp.bsr_matrix]) -> sp.bsr_matrix:
    """Square 3x3-block matrices along a diagonal."""
    data, indices, pointers, rows, entries = [], [], [np.zeros(1, np.int64)], 0, 0
    for m in matrices:
        data.append(m.data)
        indices.append(m.indices + rows)
        pointers.append(m.indptr[1:].astype(np.int64) + entries)
        rows += m.shape[0] // 3
        entries += len(m.indices)
    n = 3 * rows
    return sp.bsr_matrix(
        (np.concatenate(data), np.concatenate(indices), np.concatenate(pointers)), shape=(n, n)
    )


def petsc_blocked(matrix: sp.bsr_matrix) -> Any:
    """Symmetric positive definite PETSc SeqBAIJ."""
    matrix.sort_indices()
    m = PETSc.Mat().createBAIJ(
        matrix.shape,
        3,
        csr=(
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            np.ascontiguousarray(matrix.data),
        ),
        comm=MPI.COMM_SELF,
    )
    m.setOption(PETSc.Mat.Option.SPD, True)
    return m


def petsc_plain(matrix: sp.csr_matrix) -> Any:
    """PETSc SeqAIJ."""
    m = matrix.tocsr()
    m.sort_indices()
    return PETSc.Mat().createAIJ(
        m.shape,
        csr=(m.indptr.astype(np.int32), m.indices.astype(np.int32), m.data),
        comm=MPI.COMM_SELF,
    )
