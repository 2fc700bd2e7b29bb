"""Compiled part of the Nitinol law: the martensite fraction on its lines, stress and tangent of many points.

Properties r of a point (`nitinol._derived`): 1/2G of austenite and martensite, 1/3K of both, c, alpha,
alpha', and the stresses F at start and end of loading and of unloading.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.compiled import TINY, compiled, finite, isotropic_tangent, split

LARGEST_ITERATIONS = 100


@compiled
def _forces(xi: float, norm: float, trace: float, r: FloatArray) -> tuple[float, ...]:
    """|s|, p, their slopes in xi, 2 G and K at the martensite fraction `xi`."""
    two_g = 1.0 / (r[0] + xi * (r[1] - r[0]))
    bulk = 1.0 / (r[2] + xi * (r[3] - r[2]))
    d_two_g = -two_g * two_g * (r[1] - r[0])
    d_bulk = -bulk * bulk * (r[3] - r[2])
    shear_strain = norm - r[4] * xi
    volume = trace - 3.0 * r[6] * r[4] * xi
    p, p_xi = bulk * volume, d_bulk * volume - bulk * 3.0 * r[6] * r[4]
    if shear_strain <= 0.0:  # no stress deviator is left: the transformation strain follows the strain
        return 0.0, p, 0.0, p_xi, 0.0, bulk
    s = two_g * shear_strain
    return s, p, d_two_g * shear_strain - two_g * r[4], p_xi, two_g, bulk


@compiled
def _fraction(
    xi0: float, begin: float, end: float, goal: float, norm: float, trace: float, r: FloatArray
) -> float:
    """The fraction between `xi0` and `goal` (0 or 1) on the line from (begin, xi0) to (end, goal).

    Newton on (xi - goal) (end - begin) - (xi0 - goal) (end - F(xi)), kept between bounds; `goal` when F
    is still beyond the end there; -1 when the bounds did not close.
    """
    if (end - begin) * (goal - xi0) <= 0.0:  # rounding left nothing of the line
        return goal
    low, high = xi0, goal  # the residual has one sign at `low`, the other at `high`
    s, p, s_xi, p_xi, _, _ = _forces(goal, norm, trace, r)
    if (s + 3.0 * r[5] * p - end) * (end - begin) >= 0.0:
        return goal
    xi = xi0
    start_sign = 0.0
    for _ in range(LARGEST_ITERATIONS):
        s, p, s_xi, p_xi, _, _ = _forces(xi, norm, trace, r)
        f, f_xi = s + 3.0 * r[5] * p, s_xi + 3.0 * r[5] * p_xi
        rest = (xi - goal) * (end - begin) - (xi0 - goal) * (end - f)
        if abs(rest) <= 1e-13 * (abs(end) + abs(begin)):
            return xi
        if start_sign == 0.0:
            start_sign = 1.0 if rest > 0.0 else -1.0
        if rest * start_sign > 0.0:
            low = xi
        else:
            high = xi
        slope = end - begin + (xi0 - goal) * f_xi
        xi = xi - rest / slope if slope != 0.0 else low
        if not min(low, high) < xi < max(low, high):
            xi = 0.5 * (low + high)
        if abs(high - low) <= 1e-16:
            return xi
    return -1.0


@compiled
def update_points(
    strain: FloatArray,
    state: FloatArray,
    rows: FloatArray,
    memory: bool,
    stress: FloatArray,
    tangent: FloatArray,
    new: FloatArray,
) -> int:
    """Fill `stress`, `tangent` and `new`; the number of the first point without a stress, or -1."""
    n = np.empty(6)
    for i in range(len(strain)):
        if not finite(strain[i]):
            return i
        r = rows[i if len(rows) > 1 else 0]
        norm, trace = split(strain[i], n)
        xi0, last = state[i, 0], state[i, 1]
        s, p, s_xi, p_xi, two_g, bulk = _forces(xi0, norm, trace, r)
        f = s + 3.0 * r[5] * p
        up = r[7] + xi0 * (r[8] - r[7]) if memory else max(r[7], last)
        down = r[10] + xi0 * (r[9] - r[10]) if memory else min(r[9], last)
        xi, begin, end, goal = xi0, 0.0, 0.0, -1.0
        if f > up and xi0 < 1.0:
            begin, end, goal = up, r[8], 1.0
        elif f < down and xi0 > 0.0:
            begin, end, goal = down, r[10], 0.0
        if goal >= 0.0:
            xi = _fraction(xi0, begin, end, goal, norm, trace, r)
            if xi < 0.0:
                return i
            s, p, s_xi, p_xi, two_g, bulk = _forces(xi, norm, trace, r)
        xi_e = xi_v = 0.0
        if goal >= 0.0 and xi != goal:
            slope = (xi0 - goal) / (end - begin)  # xi - goal = slope (end - F)
            denominator = 1.0 + slope * (s_xi + 3.0 * r[5] * p_xi)
            xi_e = -slope * two_g / denominator
            xi_v = -slope * 3.0 * r[5] * bulk / denominator
        perp = s / norm if s > 0.0 else 0.0
        if norm <= TINY and xi == 0.0:
            perp = two_g if two_g > 0.0 else 1.0 / r[0]
        for j in range(6):
            stress[i, j] = s * n[j] + (p if j < 3 else 0.0)
        isotropic_tangent(
            tangent[i], n, perp, two_g + s_xi * xi_e, s_xi * xi_v, p_xi * xi_e, bulk + p_xi * xi_v
        )
        new[i, 0], new[i, 1] = xi, s + 3.0 * r[5] * p
    return -1
