"""Metal plasticity: von Mises yield, isotropic (linear, Voce, curve) and linear kinematic hardening."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.mechanics.point_laws.base import (
    Symbol,
    Updated,
    bad_parameters,
    property_table,
)
from surgitwin.mechanics.point_laws.elastic import elastic_energy
from surgitwin.mechanics.point_laws.j2_kernel import update_points
from surgitwin.mechanics.point_laws.zero_start import ZeroStart, updated

SYMBOLS = {
    "E_MPa": Symbol("Young's modulus"),
    "nu": Symbol("Poisson's ratio", lowest=-1.0, highest=0.5),
    "yield_MPa": Symbol("uniaxial stress at first yield"),
    "hardening_MPa": Symbol("linear isotropic hardening modulus", 0.0, lowest_allowed=True),
    "voce_MPa": Symbol("stress gained at saturation", 0.0, lowest_allowed=True),
    "voce_rate": Symbol("rate of saturation", 1.0, lowest_allowed=True),
    "kinematic_MPa": Symbol("linear kinematic hardening modulus", 0.0, lowest_allowed=True),
}


class J2(ZeroStart):
    """Small-strain J2 plasticity, backward Euler (radial return), exact on radial paths.

    Instead of yield_MPa, hardening_MPa and voce_*, a `curve` (k, 2) of plastic strain (from 0, rising)
    and true uniaxial stress (MPa, not falling) may be given; beyond its end the stress stays constant.
    """

    name: ClassVar[str] = "j2"
    symbols: ClassVar[Mapping[str, Symbol]] = SYMBOLS
    title: ClassVar[str] = "J2 plasticity with isotropic and kinematic hardening"
    formula: ClassVar[str] = (
        "f = sqrt(3/2) |dev(sigma - beta)| - sigma_y(p) <= 0; sigma_y = yield + hardening p "
        "+ voce (1 - exp(-rate p)), or a curve; beta = 2/3 kinematic eps_p (Prager); associated flow"
    )
    source: ClassVar[str] = (
        "Simo & Hughes, Computational Inelasticity (Springer 1998), box 3.2; Voce 1955; Prager 1956. "
        "General knowledge, written from the equations"
    )
    range: ClassVar[str] = "rate-independent metals; strains small, rotations as the element's measure allows"
    state_names: ClassVar[tuple[str, ...]] = (
        "eps_p_xx", "eps_p_yy", "eps_p_zz", "eps_p_yz", "eps_p_xz", "eps_p_xy", "peeq", "dissipation_MPa",
    )  # fmt: skip

    def __init__(self, parameters: Mapping[str, float | FloatArray], curve: FloatArray | None = None) -> None:
        symbols, given = dict(SYMBOLS), dict(parameters)
        if curve is not None:
            faults = [f"{k} and a curve exclude each other" for k in _FROM_CURVE if k in given]
            faults += _curve_faults(np.asarray(curve, float))
            if faults:
                raise bad_parameters(self.name, faults)
            given["yield_MPa"] = float(np.asarray(curve)[0, 1])
        self._parameters, self._rows = property_table(self.name, symbols, given)
        self.curve = readonly(np.empty((0, 2)) if curve is None else curve, np.float64)

    @property
    def symmetric(self) -> bool:
        """Associated flow: always."""
        return True

    def update(self, strain: FloatArray, state: FloatArray) -> Updated:
        """Radial return. Raises SolverError "point_law.not_converged"."""
        return updated(self, update_points, self._rows, strain, state, np.array(self.curve))

    def energy(self, stress: FloatArray, state: FloatArray) -> FloatArray:
        """(n,) elastic energy and that of kinematic hardening; isotropic hardening counts as dissipated."""
        e, nu, kinematic = self._rows[:, 0], self._rows[:, 1], self._rows[:, 6]
        elastic = elastic_energy(stress, e / (1.0 + nu), e / (3.0 * (1.0 - 2.0 * nu)))
        return elastic + kinematic / 3.0 * (state[:, :6] ** 2).sum(axis=1)

    def notes(self, state: FloatArray) -> tuple[str, ...]:
        """Plastic strain beyond the end of the given curve."""
        largest = float(state[:, 6].max(initial=0.0))
        if not len(self.curve) or largest <= self.curve[-1, 0]:
            return ()
        return (
            f"j2: plastic strain {largest:.3g} is beyond the end of the hardening curve at "
            f"{self.curve[-1, 0]:.3g}; the stress was kept constant there.",
        )


_FROM_CURVE = ("yield_MPa", "hardening_MPa", "voce_MPa", "voce_rate")


def _curve_faults(curve: FloatArray) -> list[str]:
    if curve.ndim != 2 or curve.shape[1] != 2 or len(curve) < 2:
        return ["a curve needs at least two rows of plastic strain and stress"]
    faults = []
    if curve[0, 0] != 0.0 or (np.diff(curve[:, 0]) <= 0.0).any():
        faults.append("the plastic strain of a curve must rise from 0")
    if curve[0, 1] <= 0.0 or (np.diff(curve[:, 1]) < 0.0).any() or not np.isfinite(curve).all():
        faults.append("the stress of a curve must be positive and must not fall")
    return faults
