"""Reduced (0D) models: the Windkessel, branch splits and the stenosis band. SI; formulas of physics.md 4."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.resources import load_table
from surgitwin.mechanics.flow.fluid import Fluid

PASCAL_PER_MMHG = 133.322387415
"""Millimetre of mercury (NIST SP 811, conventional)."""


@dataclass(frozen=True)
class Windkessel:
    """Rp, C, Rd and the distal pressure; `pressure` is Pc, the pressure over the capacitance."""

    proximal_Pa_s_m3: float
    capacitance_m3_Pa: float
    distal_resistance_Pa_s_m3: float
    distal_Pa: float = 0.0

    @property
    def time_constant_s(self) -> float:
        """Rd C."""
        return self.distal_resistance_Pa_s_m3 * self.capacitance_m3_Pa

    def steady_Pa(self, flow_m3_s: float) -> float:
        """Inlet pressure of a constant flow: distal + (Rp + Rd) Q."""
        return self.distal_Pa + (self.proximal_Pa_s_m3 + self.distal_resistance_Pa_s_m3) * flow_m3_s

    def step_Pa(self, flow_m3_s: float, time_s: FloatArray, initial_Pa: float) -> FloatArray:
        """Inlet pressure after the flow steps to a constant value with Pc = initial: closed form."""
        decay = np.exp(-np.asarray(time_s, float) / self.time_constant_s)
        final = self.distal_Pa + self.distal_resistance_Pa_s_m3 * flow_m3_s
        out: FloatArray = self.proximal_Pa_s_m3 * flow_m3_s + final + (initial_Pa - final) * decay
        return out

    def weights(self, dt_s: float) -> tuple[float, float, float]:
        """(e, a0, a1) of Pc(t + dt) - distal = e (Pc(t) - distal) + a0 Q(t) + a1 Q(t + dt).

        Exact for a flow that is linear over the step; second order and stable for every dt.
        """
        x = dt_s / self.time_constant_s
        decay, rest = float(np.exp(-x)), float(-np.expm1(-x))
        late = self.distal_resistance_Pa_s_m3 * (1 - rest / x)
        return decay, self.distal_resistance_Pa_s_m3 * rest - late, late

    def march_Pa(self, flow_m3_s: FloatArray, dt_s: float, initial_Pa: float) -> FloatArray:
        """(n,) inlet pressure for (n,) flows dt apart, linear in between, from Pc = initial at the first."""
        decay, a0, a1 = self.weights(dt_s)
        q, pc = np.asarray(flow_m3_s, float), initial_Pa
        out = [self.proximal_Pa_s_m3 * q[0] + pc]
        for before, now in pairwise(q.tolist()):
            pc = self.distal_Pa + decay * (pc - self.distal_Pa) + a0 * before + a1 * now
            out.append(self.proximal_Pa_s_m3 * now + pc)
        return np.array(out)


def split(diameters_m: FloatArray, exponent: float) -> FloatArray:
    """(n,) shares of the flow: d^exponent over its sum (3 Murray, 7/3 Huo-Kassab)."""
    share = np.asarray(diameters_m, float) ** exponent
    out: FloatArray = share / share.sum()
    return out


def branch_resistances(total_Pa_s_m3: float, diameters_m: FloatArray, exponent: float) -> FloatArray:
    """(n,) parallel resistances R_i ~ d_i^-exponent that together make the total."""
    out: FloatArray = total_Pa_s_m3 / split(diameters_m, exponent)
    return out


def split_exponent(name: str) -> float:
    """Exponent of the table materials/blood: "murray", "huo_kassab", "huo_kassab_2_7" or "simvascular"."""
    return float(load_table("materials/blood")["murray"][name])


def flow_of_reynolds(reynolds: float, diameter_m: float, fluid: Fluid) -> float:
    """Flow (m3/s) through a circle at a Reynolds number of its diameter and mean velocity."""
    speed = reynolds * fluid.law.reference_Pas / (fluid.density_kg_m3 * diameter_m)
    return float(speed * np.pi * diameter_m**2 / 4)


@dataclass(frozen=True)
class Stenosis:
    """A narrowing: vessel and throat diameter and its length, m."""

    vessel_m: float
    throat_m: float
    length_m: float

    @property
    def area_ratio(self) -> float:
        """A0 / As."""
        return (self.vessel_m / self.throat_m) ** 2

    def viscous_Pa(self, flow_m3_s: float, viscosity_Pas: float) -> float:
        """Kv mu U0 / D0, Kv = 32 (La / D0) (A0 / As)^2, La = 0.83 L + 1.64 Ds (Young-Tsai)."""
        length = 0.83 * self.length_m + 1.64 * self.throat_m
        factor = 32 * length / self.vessel_m * self.area_ratio**2
        return factor * viscosity_Pas * self._mean_m_s(flow_m3_s) / self.vessel_m

    def turbulent_Pa(self, flow_m3_s: float, density_kg_m3: float) -> float:
        """(Kt rho / 2) (A0 / As - 1)^2 U0^2."""
        factor = float(load_table("materials/blood")["stenosis"]["turbulent_factor"])
        return factor * density_kg_m3 / 2 * ((self.area_ratio - 1) * self._mean_m_s(flow_m3_s)) ** 2

    def drop_Pa(self, flow_m3_s: float, density_kg_m3: float, viscosity_Pas: float) -> float:
        """Pressure drop: the sanity band of a 3D run."""
        return self.viscous_Pa(flow_m3_s, viscosity_Pas) + self.turbulent_Pa(flow_m3_s, density_kg_m3)

    def _mean_m_s(self, flow_m3_s: float) -> float:
        return flow_m3_s / (np.pi * self.vessel_m**2 / 4)


def fractional_flow_reserve(aortic_Pa: float, distal_Pa: float) -> float:
    """FFR = Pd / Pa."""
    return distal_Pa / aortic_Pa
