"""A smooth wall through the edges of all rays at once (Whittaker's smoother on a cylinder).

Rays that meet a branch, calcium beside them or no edge at all get little or no weight; the wall passes
there as smoothly as its neighbours allow.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct, idct, irfft, rfft
from scipy.sparse.linalg import LinearOperator, cg

from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.edges import Edges
from surgitwin.core.arrays import FloatArray

_CUT_ALONG_MM = 3.0  # undulations shorter than this are taken for noise
_CUT_AROUND = 6.0  # undulations per turn, likewise
_CALCIUM_WEIGHT, _SHADOW_WEIGHT, _NONE = 0.7, 0.02, 1e-4
_OUTLIER_MM = (0.5, 0.25)  # an edge this far inside or outside the smooth wall counts little
_ROUNDS = 4
_ACCURACY, _MOST_STEPS = 3e-4, 200


def fit_wall(edges: Edges, step_mm: float) -> FloatArray:
    """Radii (n, m) of the smooth wall."""
    known = np.isfinite(edges.radius_mm)
    start = np.nanmedian(np.where(known, edges.radius_mm, np.nan))
    seen = np.where(known, edges.radius_mm, start)
    weight = np.where(known, 1.0, _NONE)
    weight[edges.calcium & known] = _CALCIUM_WEIGHT
    weight[edges.shadowed] = np.minimum(weight[edges.shadowed], _SHADOW_WEIGHT)
    wall = np.broadcast_to(_row_medians(seen, weight)[:, None], seen.shape).copy()
    inner, outer = _OUTLIER_MM
    for turn in range(_ROUNDS):
        miss = seen - wall
        scale = np.where(miss > 0, outer, inner) * (3.0 if turn == 0 else 1.0)
        wall = _smooth(seen, weight / (1 + (miss / scale) ** 2) ** 2, wall, step_mm)
    return np.maximum(wall, 0.05)


def _row_medians(seen: FloatArray, weight: FloatArray) -> FloatArray:
    """Median radius (n,) of the believed rays of each station, filled along the course."""
    believed = np.where(weight > 0.5, seen, np.nan)
    enough = np.isfinite(believed).sum(1) >= seen.shape[1] // 5
    rows = np.arange(len(seen))
    if not enough.any():
        return np.full(len(seen), float(np.median(seen)))
    out: FloatArray = np.interp(rows, rows[enough], np.nanmedian(believed[enough], axis=1))
    return out


def _smooth(seen: FloatArray, weight: FloatArray, start: FloatArray, step_mm: float) -> FloatArray:
    """Minimum of sum w (r - seen)^2 + penalties on the second differences along and around."""
    along = (_CUT_ALONG_MM / (2 * np.pi * step_mm)) ** 4
    around = (st.RAYS / (2 * np.pi * _CUT_AROUND)) ** 4
    stiff = _eigenvalues(len(seen), along)[:, None] + _ring_eigenvalues(seen.shape[1], around)
    inverse = 1 / (stiff + float(weight.mean()))

    def apply(flat: FloatArray) -> FloatArray:
        r = flat.reshape(seen.shape)
        ring = np.concatenate([r[:, -2:], r, r[:, :2]], axis=1)
        d = np.diff(ring, 2, axis=1)
        out = weight * r + around * np.diff(d, 2, axis=1)
        d = along * np.diff(r, 2, axis=0)
        out[:-2] += d
        out[1:-1] -= 2 * d
        out[2:] += d
        return np.asarray(out.ravel())

    def approximate(flat: FloatArray) -> FloatArray:
        waves = rfft(dct(flat.reshape(seen.shape), axis=0, norm="ortho"), axis=1)
        return np.asarray(idct(irfft(waves * inverse, seen.shape[1], axis=1), axis=0, norm="ortho").ravel())

    shape = (seen.size, seen.size)
    found, _ = cg(
        LinearOperator(shape, matvec=apply, dtype=float),
        (weight * seen).ravel(),
        x0=start.ravel(),
        rtol=_ACCURACY,
        maxiter=_MOST_STEPS,
        M=LinearOperator(shape, matvec=approximate, dtype=float),
    )
    out: FloatArray = found.reshape(seen.shape)
    return out


def _eigenvalues(n: int, along: float) -> FloatArray:
    """Of the penalty along the course for cosine waves (nearly its own)."""
    return np.asarray(along * (2 - 2 * np.cos(np.pi * np.arange(n) / n)) ** 2)


def _ring_eigenvalues(m: int, around: float) -> FloatArray:
    """Of the penalty around, for the waves of a real Fourier transform."""
    return np.asarray(around * (2 - 2 * np.cos(2 * np.pi * np.arange(m // 2 + 1) / m)) ** 2)
