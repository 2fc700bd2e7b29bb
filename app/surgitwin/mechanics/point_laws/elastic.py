"""Isotropic linear elasticity as a point law: for elastic cells beside those with a memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.base import Symbol, Updated, checked, property_table
from surgitwin.mechanics.point_laws.zero_start import ZeroStart

SYMBOLS = {
    "E_MPa": Symbol("Young's modulus"),
    "nu": Symbol("Poisson's ratio", lowest=-1.0, highest=0.5),
}
_VOLUME = np.outer([1.0, 1.0, 1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
_DEVIATOR = np.eye(6) - _VOLUME / 3.0


class Elastic(ZeroStart):
    """Hooke's law; with the Green-Lagrange strain it is the Saint Venant-Kirchhoff material."""

    name: ClassVar[str] = "isotropic"
    symbols: ClassVar[Mapping[str, Symbol]] = SYMBOLS
    title: ClassVar[str] = "Isotropic linear elasticity"
    formula: ClassVar[str] = "sigma = 2 G dev(eps) + K tr(eps) 1"
    source: ClassVar[str] = "Hooke's law"
    range: ClassVar[str] = "small strain; large rotation with the Green-Lagrange strain"
    state_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, parameters: Mapping[str, float | FloatArray]) -> None:
        self._parameters, rows = property_table(self.name, SYMBOLS, parameters)
        e, nu = rows.T
        self._two_g, self._bulk = e / (1.0 + nu), e / (3.0 * (1.0 - 2.0 * nu))

    @property
    def symmetric(self) -> bool:
        """Always."""
        return True

    def update(self, strain: FloatArray, state: FloatArray) -> Updated:
        """Stress and the constant tangent."""
        e, s = checked(self, len(self._two_g), strain, state)
        tangent = self._two_g[:, None, None] * _DEVIATOR + self._bulk[:, None, None] * _VOLUME
        tangent = np.ascontiguousarray(np.broadcast_to(tangent, (len(e), 6, 6)))
        return np.einsum("nij,nj->ni", tangent, e), tangent, s

    def energy(self, stress: FloatArray, state: FloatArray) -> FloatArray:
        """(n,) stored energy density."""
        return elastic_energy(stress, self._two_g, self._bulk)

    def notes(self, state: FloatArray) -> tuple[str, ...]:
        """Nothing to tell."""
        return ()


def elastic_energy(stress: FloatArray, two_g: FloatArray, bulk: FloatArray) -> FloatArray:
    """(n,) s:s / 4G + p^2 / 2K, MPa = mJ/mm3, of Mandel stresses (n, 6)."""
    p = stress[:, :3].mean(axis=1)
    s2 = (stress**2).sum(axis=1) - 3.0 * p**2
    out: FloatArray = 0.5 * s2 / two_g + 0.5 * p**2 / bulk
    return out
