"""Conjugate gradients for several loads at once: all search in the space that they span together.

O'Leary 1980, 10.1016/0024-3795(80)90247-5, with the new directions made K-orthogonal to the last ones
explicitly, which allows a preconditioner in single precision. Stops on each load's true residual.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.progress import SILENT, Progress

DEPENDENT = 1e-12
"""Directions whose energy beyond the others is below this part are left out."""
MARGIN = 0.9
DIVERGED = 1e5


@dataclass(eq=False)
class Outcome:
    """x (loads, nodes, 3), true relative residuals (loads,), iterations until each load was done."""

    x: FloatArray
    residual: FloatArray
    iterations: IntArray


@dataclass(frozen=True, eq=False)
class Operators:
    """K x, an approximate K^-1 r, and inner products (a, b) over all ranks; vectors are (loads, nodes, 3)."""

    apply: Callable[[FloatArray], FloatArray]
    precondition: Callable[[FloatArray], FloatArray]
    dots: Callable[[FloatArray, FloatArray], FloatArray]

    def norms(self, x: FloatArray) -> FloatArray:
        """(vectors,) Euclidean norms."""
        return np.array([np.sqrt(self.dots(one[None], one[None])[0, 0]) for one in x])


def block_cg(
    k: Operators,
    b: FloatArray,
    rtol: FloatArray,
    max_iterations: int,
    guesses: Sequence[FloatArray] = (),
    progress: Progress = SILENT,
) -> Outcome:
    """Solve K x = b to the relative residuals rtol (loads,); a load that is done leaves the block.

    guesses: vectors (nodes, 3) whose combination of least energy error is the start. Ends without
    convergence after max_iterations or when a residual grows DIVERGED times or is not finite.
    """
    norm = k.norms(b)
    out = Outcome(_start(k, b, guesses), np.ones(len(b)), np.zeros(len(b), np.int64))
    started = bool(len(guesses))
    while True:
        r = b - k.apply(out.x) if started else b.copy()
        out.residual = k.norms(r) / norm
        wrong = not np.isfinite(out.residual).all() or out.residual.max() > DIVERGED
        left = np.flatnonzero(out.residual > rtol)
        if wrong or not len(left) or out.iterations.max() >= max_iterations:
            return out
        target = MARGIN * rtol[left] * norm[left]
        _descend(k, out, left, r[left], target, max_iterations, norm[left], progress)
        started = True


def _descend(
    k: Operators,
    out: Outcome,
    active: IntArray,
    r: FloatArray,
    target: FloatArray,
    limit: int,
    norm: FloatArray,
    progress: Progress,
) -> None:
    """Iterate the loads `active` until every |r| is below its target; x is updated in `out`."""
    p: FloatArray = np.zeros((0, *r.shape[1:]))
    last: FloatArray = p
    inverse: FloatArray = np.zeros((0, 0))
    size = k.norms(r)
    done = int(out.iterations[active].max())
    for step in range(done + 1, limit + 1):
        z = k.precondition(r / size[:, None, None])
        if len(p):
            z -= _combine(inverse @ k.dots(last, z), p)
        p = z
        last = k.apply(p)
        inverse = _pseudo_inverse(k.dots(p, last))
        factors = inverse @ k.dots(p, r)
        change = _combine(factors, p)
        for row, load in enumerate(active):
            out.x[load] += change[row]
        r -= _combine(factors, last)
        out.iterations[active] = step
        size = k.norms(r)
        if not np.isfinite(size).all() or (size > DIVERGED * norm).any():
            return
        at = np.log(np.maximum(size, target) / norm) / np.log(target / norm)
        progress(f"Solving: residual {(size / norm).max():.1e} after {step} iterations", float(at.min()))
        open_ = size > target
        if not open_.all():
            active, r, target, norm, size = active[open_], r[open_], target[open_], norm[open_], size[open_]
        if not len(active):
            return


def _start(k: Operators, b: FloatArray, guesses: Sequence[FloatArray]) -> FloatArray:
    if not len(guesses):
        return np.zeros_like(b)
    span = np.stack(guesses)
    return _combine(_pseudo_inverse(k.dots(span, k.apply(span))) @ k.dots(span, b), span)


def _combine(factors: FloatArray, vectors: FloatArray) -> FloatArray:
    """(b, n, 3): sums of the vectors (a, n, 3) with factors (a, b)."""
    flat = vectors.reshape(len(vectors), -1)
    out: FloatArray = (factors.T @ flat).reshape(-1, *vectors.shape[1:])
    return out


def _pseudo_inverse(gram: FloatArray) -> FloatArray:
    """Inverse of a symmetric positive matrix on what its scaled eigenvalues show to be independent."""
    scale = 1 / np.sqrt(np.maximum(np.diag(gram), np.finfo(float).tiny))
    if not np.isfinite(gram).all():
        return np.full_like(gram, np.nan)
    values, vectors = np.linalg.eigh(gram * scale[:, None] * scale)
    keep = values > DEPENDENT * values[-1]
    half = scale[:, None] * vectors[:, keep] / np.sqrt(values[keep])
    out: FloatArray = half @ half.T
    return out
