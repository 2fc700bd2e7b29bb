"""Exact flows in a straight pipe: Poiseuille, Womersley and generalised Newtonian (Carreau). SI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import jv

from surgitwin.mechanics.flow.fluid import Carreau


@dataclass(frozen=True)
class Poiseuille:
    """Steady developed flow of a Newtonian fluid."""

    radius_m: float
    flow_m3_s: float
    viscosity_Pas: float

    @property
    def gradient_Pa_m(self) -> float:
        """Pressure drop per length: 8 mu Q / (pi R^4)."""
        return 8 * self.viscosity_Pas * self.flow_m3_s / (np.pi * self.radius_m**4)

    @property
    def wall_shear_Pa(self) -> float:
        """4 mu Q / (pi R^3)."""
        return self.gradient_Pa_m * self.radius_m / 2

    @property
    def peak_m_s(self) -> float:
        """2 Q / (pi R^2)."""
        return 2 * self.flow_m3_s / (np.pi * self.radius_m**2)


@dataclass(frozen=True)
class Womersley:
    """Oscillating flow in a rigid pipe under the pressure gradient Re(K e^{i omega t}), K in Pa/m.

    alpha = R sqrt(omega rho / mu). Amplitudes are complex: amplitude abs(), phase angle().
    """

    radius_m: float
    omega_per_s: float
    density_kg_m3: float
    viscosity_Pas: float
    gradient_Pa_m: float

    @property
    def alpha(self) -> float:
        """Womersley number."""
        return float(self.radius_m * np.sqrt(self.omega_per_s * self.density_kg_m3 / self.viscosity_Pas))

    @property
    def _argument(self) -> complex:
        return complex(self.alpha * np.exp(0.75j * np.pi))

    @property
    def inertial_m_s(self) -> float:
        """K / (rho omega), the scale of velocity."""
        return self.gradient_Pa_m / (self.density_kg_m3 * self.omega_per_s)

    def velocity_m_s(self, radius_m: float) -> complex:
        """Complex axial velocity at a radius."""
        z = self._argument
        ratio = jv(0, z * radius_m / self.radius_m) / jv(0, z)
        return complex(self.inertial_m_s / 1j * (1 - ratio))

    @property
    def mean_m_s(self) -> complex:
        """Complex cross-sectional mean velocity."""
        z = self._argument
        return complex(self.inertial_m_s / 1j * (1 - 2 * jv(1, z) / (z * jv(0, z))))

    @property
    def wall_shear_Pa(self) -> complex:
        """Complex wall shear stress."""
        z = self._argument
        return complex(self.gradient_Pa_m * self.radius_m * jv(1, z) / (z * jv(0, z)))


@dataclass(frozen=True)
class CarreauPipe:
    """Developed flow of a Carreau fluid under a pressure gradient: tau(r) = G r / 2, by quadrature."""

    radius_m: float
    gradient_Pa_m: float
    law: Carreau

    def rate_per_s(self, radius_m: float) -> float:
        """Shear rate at a radius: root of mu(g) g = G r / 2."""
        stress = self.gradient_Pa_m * radius_m / 2
        if stress == 0:
            return 0.0
        high = stress / self.law.infinite_Pas
        return float(
            brentq(lambda g: float(self.law.viscosity(g)) * g - stress, 0, high * (1 + 1e-9), xtol=1e-12)
        )

    def velocity_m_s(self, radius_m: float) -> float:
        """Axial velocity at a radius."""
        return float(quad(self.rate_per_s, radius_m, self.radius_m, epsrel=1e-9)[0])

    @property
    def flow_m3_s(self) -> float:
        """Flow rate: pi times the integral of r^2 rate (integration by parts)."""
        return float(np.pi * quad(lambda r: r * r * self.rate_per_s(r), 0, self.radius_m, epsrel=1e-9)[0])

    @property
    def wall_shear_Pa(self) -> float:
        """G R / 2."""
        return self.gradient_Pa_m * self.radius_m / 2
