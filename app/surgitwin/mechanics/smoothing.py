"""Vector kernels of the two-level cycle: Chebyshev steps and the way between quadratic and linear nodes.

Fine vectors are (vectors, n, 3), coarse ones (vectors, 3 nodes).
"""

from __future__ import annotations

from typing import Any

from surgitwin.mechanics.vector_jit import compiled


@compiled
def chebyshev_step(inverse: Any, b: Any, kx: Any, d: Any, x: Any, keep: Any, take: Any) -> None:
    """d = keep d + take D^-1 (b - K x); x += d. inverse (n, 3, 3): D^-1 by node."""
    for v in range(len(x)):
        for i in range(x.shape[1]):
            p = b[v, i, 0] - kx[v, i, 0]
            q = b[v, i, 1] - kx[v, i, 1]
            r = b[v, i, 2] - kx[v, i, 2]
            for c in range(3):
                new = inverse[i, c, 0] * p + inverse[i, c, 1] * q + inverse[i, c, 2] * r
                d[v, i, c] = keep * d[v, i, c] + take * new
                x[v, i, c] += d[v, i, c]


@compiled
def first_step(inverse: Any, b: Any, d: Any, x: Any, take: Any) -> None:
    """x = d = take D^-1 b, the step from zero."""
    for v in range(len(x)):
        for i in range(x.shape[1]):
            p, q, r = b[v, i, 0], b[v, i, 1], b[v, i, 2]
            for c in range(3):
                new = inverse[i, c, 0] * p + inverse[i, c, 1] * q + inverse[i, c, 2] * r
                d[v, i, c] = take * new
                x[v, i, c] = take * new


@compiled
def restrict(ends: Any, b: Any, kx: Any, out: Any) -> None:
    """Add P^T (b - K x) to `out`. ends (n, 2): coarse nodes of a fine one, twice the same for a corner;
    -1 for clamped ones, which take no part."""
    half = b.dtype.type(0.5)
    for v in range(len(b)):
        for i in range(b.shape[1]):
            for c in range(3):
                value = half * (b[v, i, c] - kx[v, i, c])
                for e in ends[i]:
                    if e >= 0:
                        out[v, 3 * e + c] += value


@compiled
def prolong(ends: Any, coarse: Any, x: Any) -> None:
    """x += P coarse."""
    half = x.dtype.type(0.5)
    for v in range(len(x)):
        for i in range(x.shape[1]):
            for e in ends[i]:
                if e >= 0:
                    for c in range(3):
                        x[v, i, c] += half * coarse[v, 3 * e + c]
