"""Superelastic Nitinol after Auricchio and Taylor, with its weaker tension than compression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.base import (
    Symbol,
    Updated,
    bad_parameters,
    property_table,
)
from surgitwin.mechanics.point_laws.compiled import ROOT23
from surgitwin.mechanics.point_laws.elastic import elastic_energy
from surgitwin.mechanics.point_laws.nitinol_kernel import update_points
from surgitwin.mechanics.point_laws.zero_start import ZeroStart, updated

SYMBOLS = {
    "E_austenite_MPa": Symbol("Young's modulus of austenite"),
    "nu_austenite": Symbol("Poisson's ratio of austenite", lowest=-1.0, highest=0.5),
    "E_martensite_MPa": Symbol("Young's modulus of martensite"),
    "nu_martensite": Symbol("Poisson's ratio of martensite", lowest=-1.0, highest=0.5),
    "strain_L": Symbol("uniaxial transformation strain"),
    "load_start_MPa": Symbol("tensile stress at which loading starts to transform, at T0"),
    "load_end_MPa": Symbol("tensile stress at which it ends"),
    "unload_start_MPa": Symbol("tensile stress at which unloading starts to transform back, at T0"),
    "unload_end_MPa": Symbol("tensile stress at which it ends"),
    "compression_start_MPa": Symbol("size of the compressive stress at which loading starts to transform"),
    "T0_C": Symbol("temperature of the stresses above", lowest=-273.15),
    "temperature_C": Symbol("temperature of the material", lowest=-273.15),
    "slope_load_MPa_C": Symbol("rise of the loading stresses per degree", 0.0, lowest_allowed=True),
    "slope_unload_MPa_C": Symbol("rise of the unloading stresses per degree", 0.0, lowest_allowed=True),
    "plastic_start_MPa": Symbol("tensile stress at which martensite flows, for a note only", np.inf),
    "dilatancy": Symbol("alpha of the transformation strain; -1 for the one of yield", -1.0, -1.0, 1.0, True),
}


class Nitinol(ZeroStart):
    """Two-phase superelasticity; the martensite fraction xi moves along straight lines in the stress F.

    F = |s| + 3 alpha p with alpha = sqrt(2/3) (sc - st) / (sc + st) from the two starts of transformation.
    eps_tr = strain_L xi (n + alpha' m) / (sqrt(2/3) + alpha') along the current strain deviator n, so that
    a tensile test transforms by strain_L. alpha' = alpha unless `dilatancy` is given (0: no volume change).
    Stiffness is of Reuss: 1/G and 1/K are linear in xi.

    memory False: after a reversal, transformation goes on as soon as F rises above the last F (the rate
    form of the paper). memory True: it goes on where the reversal left the line, so inner loops close.
    """

    name: ClassVar[str] = "nitinol"
    symbols: ClassVar[Mapping[str, Symbol]] = SYMBOLS
    title: ClassVar[str] = "Nitinol, superelastic (Auricchio & Taylor 1997)"
    formula: ClassVar[str] = (
        "F = |s| + 3 alpha p; s = 2 G(xi) (e - c xi n), p = K(xi) (tr eps - 3 alpha' c xi), "
        "c = strain_L / (sqrt(2/3) + alpha'); loading (1 - xi) falls linearly in F, unloading xi does; "
        "plateaus shift by slope (T - T0)"
    )
    source: ClassVar[str] = (
        "Auricchio & Taylor 1997, CMAME 146:281 and 143:175; mixing of moduli Auricchio & Sacco 1997, Int J "
        "Non-Linear Mech 32:1101; equations checked against public theory manuals that cite them"
    )
    range: ClassVar[str] = (
        "isothermal and above the finish of austenite; up to the end of the upper plateau and the elastic "
        "martensite after it. Plastic flow of martensite (from 1170 MPa at 8.7 %, Confluent set) is left out"
    )
    state_names: ClassVar[tuple[str, ...]] = ("martensite", "F_MPa")

    def __init__(self, parameters: Mapping[str, float | FloatArray], *, memory: bool = False) -> None:
        self._parameters, rows = property_table(self.name, SYMBOLS, parameters)
        self._rows = _derived(self.name, rows)
        self.memory = memory

    @property
    def symmetric(self) -> bool:
        """The mixing of moduli makes the tangent unsymmetric while xi moves."""
        return False

    def update(self, strain: FloatArray, state: FloatArray) -> Updated:
        """Exact on the straight lines, whatever the step. Raises SolverError "point_law.not_converged"."""
        return updated(self, update_points, self._rows, strain, state, self.memory)

    def energy(self, stress: FloatArray, state: FloatArray) -> FloatArray:
        """(n,) elastic energy of the mixture; the model has no energy of transformation."""
        r, xi = self._rows, state[:, 0]
        two_g = 1.0 / (r[:, 0] + xi * (r[:, 1] - r[:, 0]))
        return elastic_energy(stress, two_g, 1.0 / (r[:, 2] + xi * (r[:, 3] - r[:, 2])))

    def notes(self, state: FloatArray) -> tuple[str, ...]:
        """Stress at which martensite would flow plastically, which the law does not know."""
        tension = state[:, 1] / (ROOT23 + self._rows[:, 5])
        limit = np.asarray(self._parameters["plastic_start_MPa"])
        if not (tension > limit).any():
            return ()
        return (
            f"nitinol: a stress of {float(tension.max()):.4g} MPa (tensile equivalent) is beyond "
            f"{float(limit.min()):.4g} MPa, where martensite flows plastically; the law does not.",
        )


def _derived(law: str, rows: FloatArray) -> FloatArray:
    """(r, 11) 1/2G and 1/3K of both phases, c, alpha, alpha', and the four stresses F of the lines."""
    ea, na, em, nm, strain_l, ls, le, us, ue, cs, t0, t, hot_l, hot_u, _, dilatancy = rows.T
    alpha = ROOT23 * (cs - ls) / (cs + ls)
    flow = np.where(dilatancy == -1.0, alpha, dilatancy)
    up, down = hot_l * (t - t0), hot_u * (t - t0)
    scale = ROOT23 + alpha
    faults = []
    if (le <= ls).any() or (ue >= us).any():
        faults.append("loading must end above its start and unloading below its own")
    if (ls + up <= us + down).any() or (le + up <= us + down).any() or (ls + up <= ue + down).any():
        faults.append("the loading stresses must lie above the unloading ones")
    if (ue + down <= 0.0).any():
        faults.append("at this temperature it does not return to austenite when unloaded (not superelastic)")
    if (cs < ls).any() or (flow < 0.0).any():
        faults.append("compression must start at no less than tension, and dilatancy must not be negative")
    if faults:
        raise bad_parameters(law, faults)
    bulk = [3.0 * (1.0 - 2.0 * n) / e for n, e in ((na, ea), (nm, em))]
    shear = [(1.0 + n) / e for n, e in ((na, ea), (nm, em))]
    lines = [scale * (s + shift) for s, shift in ((ls, up), (le, up), (us, down), (ue, down))]
    return np.ascontiguousarray(
        np.column_stack([*shear, *bulk, strain_l / (ROOT23 + flow), alpha, flow, *lines])
    )
