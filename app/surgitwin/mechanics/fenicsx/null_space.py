"""The six rigid modes as near-null space of algebraic multigrid."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from surgitwin.core.arrays import FloatArray


def rigid_modes(points: FloatArray) -> FloatArray:
    """(n, 3, 6): three translations and three rotations about the origin at points (n, 3)."""
    out = np.zeros((len(points), 3, 6))
    out[:, [0, 1, 2], [0, 1, 2]] = 1
    for k, axis in enumerate(np.eye(3)):
        out[:, :, 3 + k] = np.cross(axis, points)
    return out


def near_null_space(matrix: Any, points: FloatArray) -> Any:
    """Orthonormal rigid modes of all nodes together; points (n, 3): this rank's rows of `matrix`."""
    comm = matrix.comm.tompi4py()
    total = comm.allreduce(np.r_[points.sum(axis=0), len(points)], MPI.SUM)
    modes = rigid_modes(points - total[:3] / total[3]).reshape(-1, 6)
    gram = comm.allreduce(modes.T @ modes, MPI.SUM)
    basis = np.linalg.solve(np.linalg.cholesky(gram), modes.T)
    vectors = []
    for row in basis:
        vector = matrix.createVecRight()
        vector.array[:] = row
        vectors.append(vector)
    return PETSc.NullSpace().create(vectors=vectors, comm=matrix.comm)
