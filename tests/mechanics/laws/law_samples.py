"""Deformations, parameters and differences for the tests of elastic laws."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from surgitwin.mechanics.fenicsx.laws import LAWS
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints
from surgitwin.mechanics.law_sets import ParameterSet, parameter_sets

Array = npt.NDArray[np.float64]

WHOLE = {name: row for name, row in parameter_sets().items() if not row.open}


def fibres_of(row: ParameterSet) -> list[tuple[float, float, float]]:
    return row.fibres(LAWS[row.law].fibres)


def deformations(n: int, size: float, seed: int = 1) -> Array:
    """(n, 3, 3) gradients near the unit tensor, with rotation and change of volume."""
    rng = np.random.default_rng(seed)
    return np.eye(3) + size * rng.standard_normal((n, 3, 3))


def size_of(row: ParameterSet) -> float:
    """As large as the steepness of the law allows without entering the guarded exponent."""
    return 0.02 if row.values.get("k2", 0.0) > 50 else 0.1


def compressible(row: ParameterSet) -> Mapping[str, float]:
    """The set with a finite bulk modulus where the law has one."""
    has = any(q.name == "bulk_MPa" for q in LAWS[row.law].parameters)
    return {**row.values, "bulk_MPa": 0.7} if has else row.values


def rotations(n: int, seed: int = 2) -> Array:
    """(n, 3, 3) proper rotations."""
    q, r = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, 3, 3)))
    q = q * np.sign(np.einsum("nii->ni", r))[:, None, :]
    q[np.linalg.det(q) < 0, :, 0] *= -1
    return q


def differences(points: MaterialPoints, F: Array, step: float = 1e-6) -> tuple[Array, Array]:
    """Central differences: dW/dF (n, 3, 3) and dP/dF (n, 3, 3, 3, 3)."""
    first, second = np.empty_like(F), np.empty((*F.shape, 3, 3))
    for k, m in np.ndindex(3, 3):
        d = np.zeros((3, 3))
        d[k, m] = step
        up, down = points.evaluate(F + d), points.evaluate(F - d)
        first[:, k, m] = (up.energy - down.energy) / (2 * step)
        second[:, :, :, k, m] = (up.piola - down.piola) / (2 * step)
    return first, second
