"""The P2 -> P1 cycle in single precision: matrix-free above, smoothed aggregation below, on several vectors.

Fine level: Chebyshev with the nodes' diagonal blocks. Coarse level: the rediscretised linear operator, the
same on all ranks (it has a seventh of the unknowns), one V-cycle. Symmetric, so conjugate gradients keep
their short recurrence; precision and settings change speed only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from mpi4py import MPI

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.aggregation import ritz
from surgitwin.mechanics.fenicsx.matrix_free import FineOperator
from surgitwin.mechanics.smoothing import chebyshev_step, first_step, prolong, restrict

STEPS = 2
INTERVAL = (0.1, 1.1)
"""Parts of the largest eigenvalue between which the smoother damps."""
LANCZOS_STEPS = 10


class TwoLevel:
    """One approximate inverse. coarse: called with residuals (vectors, 3 coarse nodes), single precision."""

    def __init__(self, fine: FineOperator, ends: IntArray, coarse: Any, coarse_nodes: int) -> None:
        self.fine, self.ends, self.coarse, self.coarse_nodes = fine, ends, coarse, coarse_nodes
        self.inverse: Any = np.linalg.inv(fine.diagonal()).astype(np.float32)
        self.largest = self._largest_eigenvalue()

    def cycle(self, b: FloatArray) -> FloatArray:
        """Approximate K^-1 b for b (vectors, nodes, 3)."""
        r = b.astype(np.float32)
        d, x = np.empty_like(r), np.empty_like(r)
        first_step(self.inverse, r, d, x, np.float32(self._weights()[0][1]))
        for keep, take in self._weights()[1:]:
            chebyshev_step(self.inverse, r, self.fine.apply(x), d, x, np.float32(keep), np.float32(take))
        below = np.zeros((len(r), 3 * self.coarse_nodes), np.float32)
        restrict(self.ends, r, self.fine.apply(x), below)
        if self.fine.comm.size > 1:
            self.fine.comm.Allreduce(MPI.IN_PLACE, below, MPI.SUM)
        prolong(self.ends, self.coarse(below), x)
        for keep, take in self._weights():
            chebyshev_step(self.inverse, r, self.fine.apply(x), d, x, np.float32(keep), np.float32(take))
        return x.astype(np.float64)

    def _weights(self) -> list[tuple[float, float]]:
        """Chebyshev's (keep, take) of each step."""
        low, high = INTERVAL[0] * self.largest, INTERVAL[1] * self.largest
        centre, half = (high + low) / 2, (high - low) / 2
        out, rho = [(0.0, 1 / centre)], half / centre
        for _ in range(STEPS - 1):
            new = 1 / (2 * centre / half - rho)
            out.append((new * rho, 2 * new / half))
            rho = new
        return out

    def _largest_eigenvalue(self) -> float:
        """Largest eigenvalue of D^-1 K by Lanczos steps on a fixed random vector."""
        fine, inverse = self.fine, self.inverse
        rng = np.random.default_rng(7 + fine.comm.rank)
        r = fine.apply(rng.standard_normal((1, fine.nodes, 3)).astype(np.float32))
        z = np.einsum("nij,vnj->vni", inverse, r)
        p, rz = z.copy(), float(fine.dots(r, z)[0, 0])
        alphas, betas = [], [0.0]
        for _ in range(LANCZOS_STEPS):
            q = fine.apply(p)
            alpha = rz / float(fine.dots(p, q)[0, 0])
            r -= np.float32(alpha) * q
            z = np.einsum("nij,vnj->vni", inverse, r)
            rz, old = float(fine.dots(r, z)[0, 0]), rz
            alphas.append(alpha)
            betas.append(rz / old)
            p = z + np.float32(betas[-1]) * p
        return ritz(alphas, betas)
