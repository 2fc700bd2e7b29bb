"""Blood as a fluid: Newtonian or Carreau; values of resources/materials/blood.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.resources import load_table


@dataclass(frozen=True)
class Newtonian:
    """Constant viscosity, Pa s."""

    viscosity_Pas: float

    def viscosity(self, rate_per_s: Any) -> FloatArray:
        """(…) Pa s at shear rates."""
        out: FloatArray = np.full(np.shape(rate_per_s), self.viscosity_Pas)
        return out

    @property
    def reference_Pas(self) -> float:
        """The viscosity that the Reynolds number is made with."""
        return self.viscosity_Pas

    def faults(self) -> list[str]:
        """What is wrong, each with its place."""
        return _positive("fluid.viscosity_Pas", self.viscosity_Pas)


@dataclass(frozen=True)
class Carreau:
    """mu = mu_inf + (mu_0 - mu_inf) (1 + (lambda rate)^2)^((n - 1) / 2); rate = sqrt(2 D:D)."""

    zero_Pas: float
    infinite_Pas: float
    time_s: float
    exponent: float

    def viscosity(self, rate_per_s: Any) -> FloatArray:
        """(…) Pa s at shear rates."""
        shape = (1 + (self.time_s * np.asarray(rate_per_s, float)) ** 2) ** ((self.exponent - 1) / 2)
        out: FloatArray = self.infinite_Pas + (self.zero_Pas - self.infinite_Pas) * shape
        return out

    @property
    def reference_Pas(self) -> float:
        """The viscosity that the Reynolds number is made with: that at infinite rate."""
        return self.infinite_Pas

    def faults(self) -> list[str]:
        """What is wrong, each with its place."""
        found = _positive("fluid.infinite_Pas", self.infinite_Pas) + _positive("fluid.time_s", self.time_s)
        if not self.zero_Pas >= self.infinite_Pas:
            found.append(f"fluid.zero_Pas: {self.zero_Pas} is below infinite_Pas {self.infinite_Pas}")
        if not 0 < self.exponent <= 1:
            found.append(f"fluid.exponent: {self.exponent} is not in 0..1 (shear thinning)")
        return found


@dataclass(frozen=True)
class Fluid:
    """density in kg/m3 and the law of viscosity."""

    density_kg_m3: float
    law: Newtonian | Carreau

    def faults(self) -> list[str]:
        """What is wrong, each with its place."""
        return _positive("fluid.density_kg_m3", self.density_kg_m3) + self.law.faults()


def _positive(where: str, value: float) -> list[str]:
    return [] if np.isfinite(value) and value > 0 else [f"{where}: {value} is not a positive number"]


def blood(carreau: bool = False) -> Fluid:
    """Blood of the table materials/blood: Newtonian (haematocrit 45 %) or Carreau."""
    table = load_table("materials/blood")
    density = float(table["density"]["value_kg_m3"])
    if not carreau:
        return Fluid(density, Newtonian(float(table["newtonian"]["viscosity_Pas"])))
    row = table["carreau"]
    law = Carreau(*(float(row[k]) for k in ("zero_Pas", "infinite_Pas", "time_s", "exponent")))
    return Fluid(density, law)
