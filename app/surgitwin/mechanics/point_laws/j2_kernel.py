"""Compiled part of the J2 law: radial return of many points.

Properties of a point (`row`) in the order of `j2.SYMBOLS`; `curve` (k, 2) of plastic strain and
stress, or (0, 2).
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.compiled import compiled, finite, isotropic_tangent, split

LARGEST_ITERATIONS = 60


@compiled
def _flow_stress(p: float, row: FloatArray, curve: FloatArray) -> tuple[float, float]:
    """sigma_y and its slope at the accumulated plastic strain `p`."""
    k = len(curve)
    if k == 0:
        fade = row[4] * np.exp(-row[5] * p)
        return row[2] + row[3] * p + row[4] - fade, row[3] + row[5] * fade
    i = 0
    while i < k - 1 and p >= curve[i + 1, 0]:
        i += 1
    if i == k - 1:
        return curve[k - 1, 1], 0.0
    slope = (curve[i + 1, 1] - curve[i, 1]) / (curve[i + 1, 0] - curve[i, 0])
    return curve[i, 1] + slope * (p - curve[i, 0]), slope


@compiled
def _increment(q: float, p0: float, stiff: float, row: FloatArray, curve: FloatArray) -> float:
    """Plastic increment dp >= 0 with q - stiff dp = sigma_y(p0 + dp); -1 when none was found.

    Newton from 0: with a concave flow stress it rises to the root without overshoot; a curve with a
    convex kink may overshoot once, so the root is kept between bounds.
    """
    low, high = 0.0, q / stiff
    dp = 0.0
    for _ in range(LARGEST_ITERATIONS):
        flow, slope = _flow_stress(p0 + dp, row, curve)
        rest = q - stiff * dp - flow
        if abs(rest) <= 1e-13 * q:
            return dp
        if rest > 0.0:
            low = dp
        else:
            high = dp
        dp += rest / (stiff + slope)
        if not low < dp < high:
            dp = 0.5 * (low + high)
        if high - low <= 1e-16 * high:
            return dp
    return -1.0


@compiled
def update_points(
    strain: FloatArray,
    state: FloatArray,
    rows: FloatArray,
    curve: FloatArray,
    stress: FloatArray,
    tangent: FloatArray,
    new: FloatArray,
) -> int:
    """Fill `stress`, `tangent` and `new`; the number of the first point without a stress, or -1."""
    n, relative = np.empty(6), np.empty(6)
    for i in range(len(strain)):
        row = rows[i if len(rows) > 1 else 0]
        shear = row[0] / (2.0 * (1.0 + row[1]))
        bulk = row[0] / (3.0 * (1.0 - 2.0 * row[1]))
        back = 2.0 / 3.0 * row[6]
        trace = strain[i, 0] + strain[i, 1] + strain[i, 2]
        for j in range(6):
            deviator = strain[i, j] - trace / 3.0 if j < 3 else strain[i, j]
            relative[j] = deviator - state[i, j] * (1.0 + back / (2.0 * shear))
            stress[i, j] = 2.0 * shear * (deviator - state[i, j]) + (bulk * trace if j < 3 else 0.0)
            new[i, j] = state[i, j]
        norm, _ = split(relative, n)
        new[i, 6], new[i, 7] = state[i, 6], state[i, 7]
        q = np.sqrt(1.5) * 2.0 * shear * norm
        flow, _ = _flow_stress(state[i, 6], row, curve)
        perp = nn = 2.0 * shear
        if not finite(strain[i]):
            return i
        if q > flow * (1.0 + 1e-12):
            dp = _increment(q, state[i, 6], 3.0 * shear + row[6], row, curve)
            if dp < 0.0:
                return i
            flow, slope = _flow_stress(state[i, 6] + dp, row, curve)
            for j in range(6):
                new[i, j] += np.sqrt(1.5) * dp * n[j]
                stress[i, j] -= 2.0 * shear * np.sqrt(1.5) * dp * n[j]
            new[i, 6] += dp
            new[i, 7] += flow * dp
            perp = 2.0 * shear * (1.0 - 3.0 * shear * dp / q)
            nn = 2.0 * shear * (1.0 - 3.0 * shear / (3.0 * shear + row[6] + slope))
        isotropic_tangent(tangent[i], n, perp, nn, 0.0, 0.0, bulk)
    return -1
