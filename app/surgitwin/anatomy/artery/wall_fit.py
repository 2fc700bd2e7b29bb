"""A smooth wall through the edges of all rays at once (Whittaker's smoother on a cylinder).

Rays that meet a branch, calcium beside them or no edge at all get little or no weight; the wall passes
there as smoothly as its neighbours allow.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.edges import Edges
from surgitwin.core.arrays import FloatArray

_CUT_ALONG_MM = 3.0  # undulations shorter than this are taken for noise
_CUT_AROUND = 6.0  # undulations per turn, likewise
_CALCIUM_WEIGHT, _SHADOW_WEIGHT, _NONE = 0.7, 0.02, 1e-4
_OUTLIER_MM = (0.5, 0.25)  # an edge this far inside or outside the smooth wall counts little
_ROUNDS = 4


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

    def apply(flat: FloatArray) -> FloatArray:
        r = flat.reshape(seen.shape)
        out = weight * r
        d = np.roll(r, 1, 1) - 2 * r + np.roll(r, -1, 1)
        out += around * (np.roll(d, 1, 1) - 2 * d + np.roll(d, -1, 1))
        d = along * (r[:-2] - 2 * r[1:-1] + r[2:])
        out[:-2] += d
        out[1:-1] -= 2 * d
        out[2:] += d
        return np.asarray(out.ravel())

    system = LinearOperator((seen.size, seen.size), matvec=apply, dtype=float)
    diagonal = (weight + 6 * around + 6 * along).ravel()
    precondition = LinearOperator(system.shape, matvec=lambda v: v / diagonal, dtype=float)
    found, _ = cg(system, (weight * seen).ravel(), x0=start.ravel(), rtol=1e-4, maxiter=400, M=precondition)
    out: FloatArray = found.reshape(seen.shape)
    return out
