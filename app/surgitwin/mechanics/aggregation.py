"""Algebraic multigrid by smoothed aggregation for elasticity in 3x3 blocks, built in double, run in single.

Vanek, Mandel, Brezina 1996, 10.1007/BF02238511. Aggregates of nodes move as rigid bodies (three motions
and three rotations, the latter times the aggregate's size, so that all are lengths); one Jacobi step with
4 / (3 lambda_max) smooths the bodies' fields. All vectors of several loads go through a cycle together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.block_sparse import Blocks, in_threes
from surgitwin.mechanics.vector_jit import compiled

STRONG = 0.01
"""A coupling counts when its block norm is above this part of its diagonals' (as GAMG's threshold)."""
LEAST_NODES = 4
"""Smaller aggregates of points have no six independent rigid motions."""
COARSEST = 100
"""Nodes below which the level is inverted."""
STEPS = 3
INTERVAL = (0.06, 1.1)
"""Parts of the largest eigenvalue between which the smoother damps. Measured on bones of 170,000 and
1,000,000 unknowns: 17 to 22 iterations, with two steps and (0.1, 1.1), as in PETSc, 20 to 23."""


@dataclass(frozen=True, eq=False)
class Level:
    """One level: matrix, inverse diagonal blocks, its largest eigenvalue with them, way to the next level."""

    matrix: Blocks
    inverse: Blocks
    largest: float
    up: Blocks
    down: Blocks


class Hierarchy:
    """A V-cycle for a symmetric positive matrix of 3x3 blocks on nodes at points (n, 3)."""

    def __init__(self, matrix: sp.bsr_matrix, points: FloatArray) -> None:
        self.levels: list[Level] = []
        self.bottom: Any = None
        size = np.ones(len(points))
        while matrix.shape[0] // matrix.blocksize[0] > COARSEST:
            aggregate = aggregates(matrix)
            count = int(aggregate.max()) + 1
            if not 0 < count < 0.8 * len(points):
                break
            inverse = inverse_blocks(matrix)
            largest = largest_eigenvalue(
                Blocks(in_threes(matrix), np.float64), Blocks(in_threes(inverse), np.float64)
            )
            rigid, points, size = rigid_prolongation(aggregate, points, size, matrix.blocksize[0])
            up = (rigid - (4 / (3 * largest)) * (inverse @ (matrix @ rigid))).tobsr(rigid.blocksize)
            down = up.T.tobsr(rigid.blocksize[::-1])
            self.levels.append(
                Level(
                    Blocks(in_threes(matrix)),
                    Blocks(in_threes(inverse)),
                    largest,
                    Blocks(in_threes(up)),
                    Blocks(in_threes(down)),
                )
            )
            matrix = (down @ (matrix @ up)).tobsr((6, 6))
        self.bottom = _inverse(matrix.toarray()).astype(np.float32)

    def cycle(self, b: Any, level: int = 0) -> Any:
        """Approximate solution for b (vectors, unknowns), single precision."""
        if level == len(self.levels):
            return b @ self.bottom
        at = self.levels[level]
        x = smooth(at.matrix, at.inverse, at.largest, b, None)
        r = b - at.matrix.times(x)
        x += at.up.times(self.cycle(at.down.times(r), level + 1))
        return smooth(at.matrix, at.inverse, at.largest, b, x)


def smooth(matrix: Any, inverse: Any, largest: float, b: Any, x: Any) -> Any:
    """`STEPS` Chebyshev steps with Jacobi blocks from x (None: zero)."""
    low, high = INTERVAL[0] * largest, INTERVAL[1] * largest
    centre, half = (high + low) / 2, (high - low) / 2
    kind = b.dtype.type
    r = b if x is None else b - matrix.times(x)
    d = inverse.times(r) * kind(1 / centre)
    x = d.copy() if x is None else x + d
    rho = half / centre
    for _ in range(STEPS - 1):
        new = 1 / (2 * centre / half - rho)
        d = kind(new * rho) * d + kind(2 * new / half) * inverse.times(b - matrix.times(x))
        x += d
        rho = new
    return x


def inverse_blocks(matrix: sp.bsr_matrix) -> sp.bsr_matrix:
    """Block-diagonal matrix of the inverses of the diagonal blocks."""
    rows = np.repeat(np.arange(len(matrix.indptr) - 1), np.diff(matrix.indptr))
    own = rows == matrix.indices
    size, count = matrix.blocksize[0], len(matrix.indptr) - 1
    blocks = np.tile(np.eye(size), (count, 1, 1))
    blocks[rows[own]] = matrix.data[own]
    return sp.bsr_matrix((np.linalg.inv(blocks), np.arange(count), np.arange(count + 1)), shape=matrix.shape)


def largest_eigenvalue(matrix: Any, inverse: Any, steps: int = 10) -> float:
    """Largest eigenvalue of D^-1 K by Lanczos steps on a fixed random vector, 5 % added."""
    r = np.random.default_rng(7).standard_normal((1, matrix.shape[0]))
    z = inverse.times(r)
    p, rz = z.copy(), float((r * z).sum())
    alphas, betas = [], [0.0]
    for _ in range(steps):
        q = matrix.times(p)
        alpha = rz / float((p * q).sum())
        r -= alpha * q
        z = inverse.times(r)
        rz, old = float((r * z).sum()), rz
        alphas.append(alpha)
        betas.append(rz / old)
        p = z + betas[-1] * p
    return 1.05 * ritz(alphas, betas)


def ritz(alphas: list[float], betas: list[float]) -> float:
    """Largest eigenvalue of the Lanczos matrix that conjugate gradients with these factors build."""
    a, b = np.array(alphas), np.array(betas[: len(alphas)])
    diagonal = 1 / a + np.r_[0, b[1:] / a[:-1]]
    side = np.sqrt(b[1:]) / a[:-1]
    return float(np.linalg.eigvalsh(np.diag(diagonal) + np.diag(side, 1) + np.diag(side, -1))[-1])


def aggregates(matrix: sp.bsr_matrix) -> Any:
    """(nodes,) aggregate of each node, -1 for nodes without couplings (clamped ones)."""
    norms = np.einsum("kij,kij->k", matrix.data, matrix.data)
    least = LEAST_NODES if matrix.blocksize[0] == 3 else 1
    return _aggregates(matrix.indptr, matrix.indices, norms, STRONG, least)


@compiled
def _aggregates(indptr: Any, indices: Any, norms: Any, strong: float, least: int) -> Any:
    n = len(indptr) - 1
    own = np.zeros(n)
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            if indices[k] == i:
                own[i] = norms[k]
    tie = np.zeros(len(indices), np.bool_)
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            tie[k] = j != i and norms[k] > 0 and norms[k] >= strong**2 * np.sqrt(own[i] * own[j])
    out = np.full(n, -1, np.int32)
    count = 0
    for i in range(n):  # a node none of whose neighbours is taken gathers them all
        free, any_tie = out[i] < 0, False
        for k in range(indptr[i], indptr[i + 1]):
            if tie[k]:
                any_tie = True
                free = free and out[indices[k]] < 0
        if free and any_tie:
            out[i] = count
            for k in range(indptr[i], indptr[i + 1]):
                if tie[k]:
                    out[indices[k]] = count
            count += 1
    _join(indptr, indices, norms, tie, out)
    for i in range(n):  # what is left gathers among itself
        if out[i] < 0:
            any_tie = False
            for k in range(indptr[i], indptr[i + 1]):
                if tie[k] and out[indices[k]] < 0:
                    out[indices[k]] = count
                    any_tie = True
            if any_tie:
                out[i] = count
                count += 1
    sizes = np.zeros(count + 1, np.int64)
    for i in range(n):
        if out[i] >= 0:
            sizes[out[i]] += 1
    for i in range(n):
        if out[i] >= 0 and sizes[out[i]] < least:
            out[i] = -1
    tie[:] = norms > 0
    _join(indptr, indices, norms, tie, out)
    number = np.full(count + 1, -1, np.int32)
    kept = 0
    for i in range(n):
        if out[i] >= 0:
            if number[out[i]] < 0:
                number[out[i]] = kept
                kept += 1
            out[i] = number[out[i]]
    return out


@compiled
def _join(indptr: Any, indices: Any, norms: Any, tie: Any, out: Any) -> None:
    """Nodes outside join the aggregate they are coupled to most, as it stood before."""
    before = out.copy()
    for i in range(len(out)):
        best = 0.0
        if before[i] < 0:
            for k in range(indptr[i], indptr[i + 1]):
                if tie[k] and indices[k] != i and before[indices[k]] >= 0 and norms[k] > best:
                    best, out[i] = norms[k], before[indices[k]]


def rigid_prolongation(aggregate: Any, points: FloatArray, size: FloatArray, width: int) -> Any:
    """(P, centres, sizes): node values from the six motions of each aggregate.

    width 3: nodes with displacements; 6: bodies of size `size` (mm) with displacement and rotation.
    """
    count = int(aggregate.max()) + 1
    inside = np.flatnonzero(aggregate >= 0)
    of = aggregate[inside]
    number = np.maximum(np.bincount(of, minlength=count), 1)
    centre = np.stack([np.bincount(of, points[inside, c], count) for c in range(3)], axis=1) / number[:, None]
    arm = points[inside] - centre[of]
    spread = np.bincount(of, (arm**2).sum(axis=1) + (size[inside] ** 2 if width == 6 else 0), count) / number
    length = np.sqrt(np.maximum(spread, 1e-12))
    blocks = np.zeros((len(inside), width, 6))
    blocks[:, [0, 1, 2], [0, 1, 2]] = 1
    a = arm / length[of][:, None]
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):  # u = t + r x arm
        blocks[:, i, 3 + j] = a[:, k]
        blocks[:, i, 3 + k] = -a[:, j]
    if width == 6:
        blocks[:, [3, 4, 5], [3, 4, 5]] = (size[inside] / length[of])[:, None]
    indptr = np.concatenate([[0], np.cumsum(aggregate >= 0)])
    shape = (width * len(aggregate), 6 * count)
    return sp.bsr_matrix((blocks, of, indptr), shape=shape), centre, length


def _inverse(matrix: FloatArray) -> FloatArray:
    """Symmetric pseudo-inverse: motions that nothing resists (none, normally) are left alone."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    keep = values > 1e-10 * values[-1]
    out: FloatArray = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T
    return out
