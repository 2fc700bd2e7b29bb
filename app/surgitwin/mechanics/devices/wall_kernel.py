"""Compiled residual and tangent of hyperelastic ten-node tetrahedra at the four-point rule.

W = mu/2 (I1bar - 3) + c2 (I1bar - 3)^2 + kappa/2 (J - 1)^2. In spatial gradients g = F^-T grad N and with
f = F grad N, both derivatives of I1bar are sums of products of f and g, so no fourth-order tensor is formed:

    dI1bar[a i] = 2 J^-2/3 (f_ai - I1/3 g_ai)
    d2I1bar = 2 J^-2/3 (delta_ij Na,k Nb,k - 2/3 (g_ai f_bj + f_ai g_bj) + 2/9 I1 g_ai g_bj + I1/3 g_aj g_bi)
    dJ = J g_ai,  d2J = J (g_ai g_bj - g_aj g_bi)

The tangent takes the pressure p of its own iterate (mixed form), the residual kappa (J - 1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.mechanics.vector_jit import compiled, inlined

POINTS = 4
"""Points of the rule of degree 2 (`mechanics.quadrature`)."""


@inlined
def _kinematics(x: Any, grad: Any, F: Any, G: Any, f: Any, g: Any) -> float:
    """F from nodal places x (10, 3), its inverse transposed, f and g (10, 3); returns J."""
    for i in range(3):
        for k in range(3):
            total = 0.0
            for a in range(10):
                total += x[a, i] * grad[a, k]
            F[i, k] = total
    G[0, 0] = F[1, 1] * F[2, 2] - F[1, 2] * F[2, 1]
    G[0, 1] = F[1, 2] * F[2, 0] - F[1, 0] * F[2, 2]
    G[0, 2] = F[1, 0] * F[2, 1] - F[1, 1] * F[2, 0]
    G[1, 0] = F[0, 2] * F[2, 1] - F[0, 1] * F[2, 2]
    G[1, 1] = F[0, 0] * F[2, 2] - F[0, 2] * F[2, 0]
    G[1, 2] = F[0, 1] * F[2, 0] - F[0, 0] * F[2, 1]
    G[2, 0] = F[0, 1] * F[1, 2] - F[0, 2] * F[1, 1]
    G[2, 1] = F[0, 2] * F[1, 0] - F[0, 0] * F[1, 2]
    G[2, 2] = F[0, 0] * F[1, 1] - F[0, 1] * F[1, 0]
    J = F[0, 0] * G[0, 0] + F[0, 1] * G[0, 1] + F[0, 2] * G[0, 2]
    for i in range(3):
        for k in range(3):
            G[i, k] /= J
    for a in range(10):
        for i in range(3):
            f[a, i] = F[i, 0] * grad[a, 0] + F[i, 1] * grad[a, 1] + F[i, 2] * grad[a, 2]
            g[a, i] = G[i, 0] * grad[a, 0] + G[i, 1] * grad[a, 1] + G[i, 2] * grad[a, 2]
    return float(J)


@compiled
def residual(
    x: Any, cells: Any, grads: Any, weights: Any, mu: Any, c2: Any, kappa: Any, force: Any
) -> tuple[float, float]:
    """Adds internal forces to `force` (n, 3); returns the energy N mm and the least J.

    x (n, 3): present places. grads (m, 4, 10, 3) and weights (m, 4): in the stress-free shape. mu, c2,
    kappa (m,): MPa. A least J of 0 or less says that a cell is folded; forces are then worth nothing.
    """
    F, G = np.empty((3, 3)), np.empty((3, 3))
    f, g, at = np.empty((10, 3)), np.empty((10, 3)), np.empty((10, 3))
    energy, least = 0.0, 1e9
    for m in range(len(cells)):
        for a in range(10):
            for i in range(3):
                at[a, i] = x[cells[m, a], i]
        for q in range(POINTS):
            J = _kinematics(at, grads[m, q], F, G, f, g)
            least = min(least, J)
            if J <= 0.0:
                return energy, least
            w = weights[m, q]
            I1 = 0.0
            for i in range(3):
                for k in range(3):
                    I1 += F[i, k] * F[i, k]
            scale = J ** (-2.0 / 3.0)
            more = scale * I1 - 3.0
            energy += w * (0.5 * mu[m] * more + c2[m] * more * more + 0.5 * kappa[m] * (J - 1) ** 2)
            first = w * (0.5 * mu[m] + 2 * c2[m] * more) * 2 * scale
            second = -first * I1 / 3 + w * kappa[m] * (J - 1) * J
            for a in range(10):
                for i in range(3):
                    force[cells[m, a], i] += first * f[a, i] + second * g[a, i]
    return energy, least


@compiled
def tangent(
    x: Any, cells: Any, grads: Any, weights: Any, mu: Any, c2: Any, kappa: Any, p: Any, start: Any, data: Any
) -> None:
    """Adds the upper triangle of the tangent to the values `data` of a matrix.

    p (m, 4): pressure iterate, MPa, positive in tension. start (m, 10, 10, 3): where row i of the block of
    nodes a and b begins in `data` (that of the node with the lower number first), -1 in the lower triangle.
    """
    F, G = np.empty((3, 3)), np.empty((3, 3))
    f, g, at = np.empty((10, 3)), np.empty((10, 3)), np.empty((10, 3))
    for m in range(len(cells)):
        for a in range(10):
            for i in range(3):
                at[a, i] = x[cells[m, a], i]
        for q in range(POINTS):
            J = _kinematics(at, grads[m, q], F, G, f, g)
            w = weights[m, q]
            I1 = 0.0
            for i in range(3):
                for k in range(3):
                    I1 += F[i, k] * F[i, k]
            scale = J ** (-2.0 / 3.0)
            slope = w * (0.5 * mu[m] + 2 * c2[m] * (scale * I1 - 3.0)) * 2 * scale
            curve = w * 2 * c2[m] * 4 * scale * scale
            s_ff = curve
            s_fg = -curve * I1 / 3 - slope * 2 / 3
            s_gg = curve * I1 * I1 / 9 + slope * 2 / 9 * I1 + w * (kappa[m] * J * J + p[m, q] * J)
            cross = slope * I1 / 3 - w * p[m, q] * J
            for a in range(10):
                for b in range(10):
                    if start[m, a, b, 0] < 0:
                        continue
                    same = 0.0
                    for k in range(3):
                        same += grads[m, q, a, k] * grads[m, q, b, k]
                    same *= slope
                    for i in range(3):
                        to = start[m, a, b, i]
                        left_f = s_ff * f[a, i] + s_fg * g[a, i]
                        left_g = s_fg * f[a, i] + s_gg * g[a, i]
                        across = cross * g[b, i]
                        if a == b:
                            data[to] += same + left_f * f[b, i] + left_g * g[b, i] + across * g[a, i]
                            for j in range(i + 1, 3):
                                data[to + j - i] += left_f * f[b, j] + left_g * g[b, j] + across * g[a, j]
                        else:
                            for j in range(3):
                                data[to + j] += left_f * f[b, j] + left_g * g[b, j] + across * g[a, j]
                            data[to + i] += same


@compiled
def pressure_step(x: Any, step: Any, cells: Any, grads: Any, kappa: Any, p: Any) -> None:
    """p <- kappa (J - 1 + dJ[step]) at every point, before the nodes move by `step` (n, 3)."""
    F, G = np.empty((3, 3)), np.empty((3, 3))
    f, g, at = np.empty((10, 3)), np.empty((10, 3)), np.empty((10, 3))
    for m in range(len(cells)):
        for a in range(10):
            for i in range(3):
                at[a, i] = x[cells[m, a], i]
        for q in range(POINTS):
            J = _kinematics(at, grads[m, q], F, G, f, g)
            change = 0.0
            for a in range(10):
                for i in range(3):
                    change += g[a, i] * step[cells[m, a], i]
            p[m, q] = kappa[m] * (J - 1 + J * change)
