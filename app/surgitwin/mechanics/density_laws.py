"""From CT numbers to Young's modulus: calibration, densities, and the named density laws.

Chain (physics.md 1.1): HU -> rho_QCT -> rho_ash -> rho_app -> E. Densities in g/cm3, E in MPa.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table

Density = Literal["app", "ash", "qct"]


@dataclass(frozen=True)
class DensityLaw:
    """E = factor * rho^exponent + offset, piecewise. pieces: (above, factor, exponent, offset)."""

    name: str
    title: str
    density: Density
    range: tuple[float, float]
    pieces: tuple[tuple[float, float, float, float], ...]
    source: str
    verified: bool

    def modulus(self, density: npt.ArrayLike) -> FloatArray:
        """(...,) MPa at densities (...,) g/cm3 of the law's own kind."""
        rho = np.maximum(np.asarray(density, float), 0.0)
        out: FloatArray = np.zeros_like(rho)
        for above, factor, exponent, offset in self.pieces:
            out = np.where(rho >= above, factor * rho**exponent + offset, out)
        return out


@dataclass(frozen=True)
class Calibration:
    """rho_QCT = a + b HU (g/cm3) of a phantom of `phantom` equivalent; calibrated: from a real phantom."""

    name: str
    phantom: str
    a: float
    b: float
    calibrated: bool
    source: str
    verified: bool


def density_laws() -> dict[str, DensityLaw]:
    """All laws of ``resources/materials/density_laws.toml``."""
    return {k: _law(k, row) for k, row in load_table("materials/density_laws")["laws"].items()}


def density_law(name: str | None = None) -> DensityLaw:
    """The law called `name` (default: the table's); InputError "material.unknown" naming those known."""
    laws = density_laws()
    chosen = name or str(load_table("materials/density_laws")["default"])
    if chosen not in laws:
        raise _unknown("density law", chosen, laws)
    return laws[chosen]


def calibration(name: str = "uncalibrated") -> Calibration:
    """A named calibration of ``resources/materials/ct_calibration.toml``."""
    rows = load_table("materials/ct_calibration")["calibrations"]
    if name not in rows:
        raise _unknown("calibration", name, rows)
    r = rows[name]
    return Calibration(name, r["phantom"], r["a"], r["b"], r["calibrated"], r["source"], r["verified"])


def phantom_calibration(a: float, b: float, phantom: str, source: str) -> Calibration:
    """A calibration from a phantom in the scan. Raises InputError "material.unknown", "calibration.slope"."""
    phantoms = load_table("materials/ct_calibration")["phantoms"]
    if phantom not in phantoms:
        raise _unknown("phantom", phantom, phantoms)
    if not 0 < b < 0.01:
        raise InputError(
            "calibration.slope",
            f"The calibration slope {b} g/cm3 per HU is not believable.",
            hint="Give rho_QCT = a + b HU in g/cm3 (a slope near 0.0008), not in mg/cm3.",
            where="calibration",
        )
    return Calibration("phantom", phantom, a, b, True, source, True)


def densities(hu: npt.ArrayLike, scan: Calibration) -> dict[Density, FloatArray]:
    """rho_QCT, rho_ash and rho_app (g/cm3), each (...,), of CT numbers (...,); negative ash is 0."""
    table = load_table("materials/ct_calibration")
    phantom = table["phantoms"][scan.phantom]
    qct = scan.a + scan.b * np.asarray(hu, float)
    ash = np.maximum(phantom["ash_factor"] * qct + phantom["ash_offset"], 0.0)
    return {"qct": qct, "ash": ash, "app": ash / table["apparent"]["ash_over_apparent"]}


def _law(name: str, row: dict[str, Any]) -> DensityLaw:
    pieces = tuple((p["above"], p["factor"], p["exponent"], p["offset"]) for p in row["pieces"])
    low, high = row["range"]
    return DensityLaw(name, row["title"], row["density"], (low, high), pieces, row["source"], row["verified"])


def _unknown(what: str, name: str, known: Any) -> InputError:
    return InputError(
        "material.unknown",
        f"There is no {what} called {name!r}.",
        hint=f"Known: {', '.join(sorted(known))}.",
        where=what,
    )
