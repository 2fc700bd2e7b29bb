"""One- and two-term laws of the layers, fitted to the sourced sets of more terms over a stated stretch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import nnls

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table
from surgitwin.mechanics.devices.problem import WallMaterial
from surgitwin.mechanics.law_sets import ParameterSet, parameter_set

TABLE = "vessel_walls"


@dataclass(frozen=True)
class Fit:
    """A fitted law, the stretch up to which it was fitted and its largest error there, in % of the stress at
    that stretch.
    """

    material: WallMaterial
    stretch: float
    error_percent: float


@cache
def layer_fits() -> Mapping[str, Fit]:
    """Fits by name of the layer: each layer of the table, "plaque" and "calcium"."""
    table = load_table(TABLE)
    row, rule = table["layers"], table["fit"]
    out = {
        name: fit_yeoh(name, parameter_set(law), rule["wall_stretch"], terms=2)
        for name, law in zip(row["names"], row["laws"], strict=True)
    }
    out["plaque"] = fit_yeoh("plaque", parameter_set(row["plaque"]), rule["plaque_stretch"], terms=1)
    out["calcium"] = _linear("calcium", parameter_set(row["calcium"]))
    return out


def fit_yeoh(name: str, source: ParameterSet, stretch: float, terms: int) -> Fit:
    """mu (and c2 with two terms) by least squares of the uniaxial Cauchy stress of a reduced polynomial from
    stretch 1 to `stretch`.

    c2 is not negative and mu not below `least_share` of the secant shear modulus at `stretch`; kappa is
    `kappa_ratio` times that modulus.
    """
    rule = load_table(TABLE)["fit"]
    lam = np.linspace(1.0, stretch, int(rule["points"]))
    invariant = lam**2 + 2 / lam - 3
    factor = lam**2 - 1 / lam
    wanted = 2 * factor * slope(source, invariant)
    secant = float(wanted[-1] / factor[-1])
    least = rule["least_share"] * secant
    columns = np.stack([factor, 4 * factor * invariant], axis=1)[:, :terms]
    beyond, _ = nnls(columns, wanted - least * factor)
    law = np.pad(beyond, (0, 2 - terms)) + np.array([least, 0.0])
    error = 100 * float(np.abs(factor * (law[0] + 4 * law[1] * invariant) - wanted).max() / wanted[-1])
    text = f"{source.source}; fitted to uniaxial stretch {stretch:g}, error up to {error:.0f} %"
    mu, c2 = float(law[0]), float(law[1])
    return Fit(WallMaterial(name, mu, c2, rule["kappa_ratio"] * secant / mu, text, False), stretch, error)


def rows() -> tuple[tuple[str, float], ...]:
    """Name and share of the thickness of each row of elements of the healthy wall, lumen first."""
    table = load_table(TABLE)["layers"]
    share = dict(zip(table["names"], table["shares"], strict=True))
    return tuple((" and ".join(names), float(sum(share[n] for n in names))) for names in table["rows"])


def materials() -> Mapping[str, WallMaterial]:
    """Laws by name of the row, and of "plaque"."""
    table, fits = load_table(TABLE)["layers"], layer_fits()
    share = dict(zip(table["names"], table["shares"], strict=True))
    out = {
        " and ".join(names): _together([fits[n].material for n in names], [share[n] for n in names])
        for names in table["rows"]
    }
    return {**out, "plaque": fits["plaque"].material}


def _together(laws: list[WallMaterial], shares: list[float]) -> WallMaterial:
    """Layers side by side: they stretch alike, so the energies add by their shares."""
    if len(laws) == 1:
        return laws[0]
    weight = np.array(shares) / sum(shares)
    mu = float(weight @ [m.mu_MPa for m in laws])
    kappa = float(weight @ [m.kappa_ratio * m.mu_MPa for m in laws])
    return WallMaterial(
        name=" and ".join(m.name for m in laws),
        mu_MPa=mu,
        c2_MPa=float(weight @ [m.c2_MPa for m in laws]),
        kappa_ratio=kappa / mu,
        source="; ".join(f"{m.name}: {m.source}" for m in laws),
        verified=all(m.verified for m in laws),
    )


def slope(source: ParameterSet, invariant: FloatArray) -> FloatArray:
    """dW/dI1 in MPa of a reduced polynomial at I1 - 3; InputError "material.law" for another law."""
    if source.law != "reduced_polynomial":
        raise InputError(
            "material.law",
            f"{source.name} is a {source.law} law; a wall layer is fitted to a reduced polynomial.",
            hint="Name another parameter set in the table of vessel walls.",
            where=TABLE,
        )
    out = np.zeros_like(invariant)
    for n in range(1, 7):
        out += n * source.values[f"c{n}0_MPa"] * invariant ** (n - 1)
    return out


def _linear(name: str, source: ParameterSet) -> Fit:
    """The neo-Hookean law of the same shear modulus: mu = E / (2 (1 + nu))."""
    mu = source.values["E_MPa"] / (2 * (1 + source.values["nu"]))
    kappa = float(load_table(TABLE)["fit"]["kappa_ratio"])
    return Fit(WallMaterial(name, mu, 0.0, kappa, source.source, source.verified), 1.0, 0.0)
