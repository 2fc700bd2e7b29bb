"""Cauchy stress of a deformed wall."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.wall_system import WallSystem


def cell_stress(wall: WallSystem, x: FloatArray) -> tuple[FloatArray, float]:
    """(m,) largest principal Cauchy stress MPa, mean over each cell's points, and the present volume mm3."""
    F = np.einsum("mai,mqaj->mqij", x[wall.cells], wall.grads, optimize=True)
    J = np.linalg.det(F)
    left = np.einsum("mqik,mqjk->mqij", F, F)
    I1 = np.trace(left, axis1=2, axis2=3)
    more = J ** (-2 / 3) * I1 - 3
    slope = (wall.mu[:, None] / 2 + 2 * wall.c2[:, None] * more) * 2 * J ** (-5 / 3)
    mean = wall.kappa[:, None] * (J - 1) - slope * I1 / 3
    stress = slope[..., None, None] * left + mean[..., None, None] * np.eye(3)
    top = np.linalg.eigvalsh(stress)[..., 2]
    weight = wall.weights * J
    return (top * weight).sum(1) / weight.sum(1), float(weight.sum())
