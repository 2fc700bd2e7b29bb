"""Closest point on the isotropic quadric Y = sqrt(a t^2 + b p^2) + 3 f p - (1 + h lambda), t = |s|.

Properties r of a point: 2 G, K, a, b, 3 f, h (`bone._derived`). Two nested scalar searches, each with a
known bound, so that a return is always found: the inner one for Q = sqrt(a t^2 + b p^2) at a given plastic
multiplier, the outer one for the multiplier, along which Y falls.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.compiled import compiled

LARGEST_ITERATIONS = 200


@compiled
def hessian(
    t: float, p: float, q: float, dl: float, r: FloatArray
) -> tuple[float, float, float, float, float]:
    """dY/dt, dY/dp, and the compliance with the curvature of Y: m00, m01, m11 in (t, p)."""
    at, bp = r[2] * t, r[3] * p
    m00 = 1.0 / r[0] + dl * (r[2] / q - at * at / q**3)
    m01 = -dl * at * bp / q**3
    m11 = 1.0 / r[1] + dl * (r[3] / q - bp * bp / q**3)
    return at / q, bp / q + r[4], m00, m01, m11


@compiled
def _size(t_trial: float, p_shifted: float, dl: float, r: FloatArray) -> float:
    """Q at the multiplier `dl` > 0: a t^2 / (Q + A)^2 + b p^2 / (Q + B)^2 = 1, from below by Newton."""
    ta, pb = np.sqrt(r[2]) * t_trial, np.sqrt(r[3]) * abs(p_shifted)
    shift_t, shift_p = r[0] * r[2] * dl, r[1] * r[3] * dl
    q: float = max(0.0, ta - shift_t, pb - shift_p)
    for _ in range(LARGEST_ITERATIONS):
        u, v = ta / (q + shift_t), pb / (q + shift_p)
        rest = u * u + v * v - 1.0
        if rest <= 1e-15:
            return q
        step = rest / (2.0 * (u * u / (q + shift_t) + v * v / (q + shift_p)))
        q += step
        if step <= 1e-16 * q:
            return q
    return q


@compiled
def return_map(t_trial: float, p_trial: float, lam: float, r: FloatArray) -> tuple[float, float]:
    """Plastic multiplier (MPa) and Q of a stress beyond yield; the multiplier is -1 when none was found."""
    low, high = 0.0, np.inf
    dl = 0.0
    q = np.sqrt(r[2] * t_trial * t_trial + r[3] * p_trial * p_trial)
    for _ in range(LARGEST_ITERATIONS):
        if dl > 0.0:
            q = _size(t_trial, p_trial - r[4] * r[1] * dl, dl, r)
        p = (p_trial - r[4] * r[1] * dl) * q / (q + r[1] * r[3] * dl) if q > 0.0 else 0.0
        rest = q + r[4] * p - 1.0 - r[5] * (lam + dl)
        if abs(rest) <= 1e-13:
            return dl, q
        if rest > 0.0:
            low = dl
        else:
            high = dl
        if np.isfinite(high) and high - low <= 1e-15 * high:
            return dl, q
        following = -1.0
        if q > 0.0:
            t = t_trial * q / (q + r[0] * r[2] * dl)
            nt, npp, m00, m01, m11 = hessian(t, p, q, dl, r)
            det = m00 * m11 - m01 * m01
            slope = (nt * nt * m11 - 2.0 * nt * npp * m01 + npp * npp * m00) / det + r[5]
            following = dl + rest / slope
        if not low < following < high:
            following = 0.5 * (low + high) if np.isfinite(high) else 2.0 * low + 1.0
        dl = following
    return -1.0, q
