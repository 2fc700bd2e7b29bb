"""Pressure along a vessel at once (0D): viscous loss, Young-Tsai's loss behind narrowings, tissue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.mechanics.flow.fluid import Fluid, blood
from surgitwin.mechanics.flow.reduced import PASCAL_PER_MMHG, Stenosis
from surgitwin.mechanics.flow.vessel_demand import M3_S_PER_ML_MIN, Demand, flow_table
from surgitwin.mechanics.flow.vessel_shape import Narrowing, VesselShape

Viscous = Literal["local", "young-tsai"]


@dataclass(frozen=True, eq=False)
class ReducedFlow:
    """pressure_mmHg (n,): static, the aortic one at the inlet; flow_mL_min (n,) along s_mm (n,).

    branch_mL_min: into each side branch. distal_mm: where `ffr` is read. drop_mmHg: from inlet to there.
    """

    s_mm: FloatArray
    pressure_mmHg: FloatArray
    flow_mL_min: FloatArray
    branch_mL_min: tuple[float, ...]
    distal_mm: float
    hyperaemic: bool

    def __post_init__(self) -> None:
        for name in ("s_mm", "pressure_mmHg", "flow_mL_min"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    @property
    def distal_mmHg(self) -> float:
        """Pressure at `distal_mm`."""
        return float(np.interp(self.distal_mm, self.s_mm, self.pressure_mmHg))

    @property
    def ratio(self) -> float:
        """Pd / Pa: the FFR when hyperaemic."""
        return self.distal_mmHg / float(self.pressure_mmHg[0])

    @property
    def drop_mmHg(self) -> float:
        """Pa - Pd."""
        return float(self.pressure_mmHg[0]) - self.distal_mmHg


def losses_Pa(
    shape: VesselShape, flow_m3_s: FloatArray, fluid: Fluid, viscous: Viscous = "local"
) -> FloatArray:
    """(n,) loss of total pressure from the inlet, for the flow (n,) at each station.

    viscous "local": Poiseuille's gradient of each section, 8 pi mu Q / A^2. "young-tsai": inside narrowings
    the term Kv of their whole length instead. Both: Kt rho/2 (A0/As - 1)^2 U0^2, released from throat to end.
    """
    mu = fluid.law.reference_Pas
    s, area = shape.s_mm * 1e-3, shape.area_mm2 * 1e-6
    gradient = 8 * np.pi * mu * flow_m3_s / area**2
    extra = np.zeros(len(s))
    for n in shape.narrowings:
        throat_mm, least = shape.throat(n)
        stenosis = _stenosis(n, least)
        if stenosis is None:
            continue
        flow = float(np.interp(throat_mm, shape.s_mm, flow_m3_s))
        inside = (shape.s_mm > n.start_mm) & (shape.s_mm < n.end_mm)
        behind = np.clip((shape.s_mm - throat_mm) / max(n.end_mm - throat_mm, 1e-6), 0, 1)
        extra += stenosis.turbulent_Pa(flow, fluid.density_kg_m3) * behind
        if viscous == "young-tsai":
            along = np.clip((shape.s_mm - n.start_mm) / max(n.end_mm - n.start_mm, 1e-6), 0, 1)
            extra += stenosis.viscous_Pa(flow, mu) * along
            gradient = np.where(inside, 0.0, gradient)
    steps = np.diff(s) * (gradient[1:] + gradient[:-1]) / 2
    out: FloatArray = np.concatenate([[0.0], np.cumsum(steps)]) + extra
    return out


def _stenosis(narrowing: Narrowing, least_mm2: float) -> Stenosis | None:
    """The formula's narrowing in metres; None where the lumen is as wide as its reference."""
    throat = 2 * float(np.sqrt(least_mm2 / np.pi))
    if throat >= narrowing.reference_mm:
        return None
    length = narrowing.end_mm - narrowing.start_mm
    return Stenosis(narrowing.reference_mm * 1e-3, throat * 1e-3, length * 1e-3)


def branch_shares(shape: VesselShape, exponent: float) -> FloatArray:
    """(branches + 1,) shares of the inflow at equal pressure: each branch in turn, the vessel's end last.

    At each branch the flow parts as d^n between it and the vessel behind it, whose healthy diameter is the
    widest section up to the next branch.
    """
    left, shares = 1.0, []
    ends = [b.s_mm for b in shape.branches[1:]] + [float(shape.s_mm[-1])]
    for branch, end in zip(shape.branches, ends, strict=False):
        behind = (shape.s_mm >= branch.s_mm) & (shape.s_mm <= end)
        main = float(shape.diameter_mm[behind].max()) if behind.any() else float(shape.diameter_mm[-1])
        part = branch.diameter_mm**exponent / (branch.diameter_mm**exponent + main**exponent)
        shares.append(left * part)
        left *= 1 - part
    return np.array([*shares, left])


def reduced_flow(
    shape: VesselShape,
    demand: Demand,
    fluid: Fluid | None = None,
    *,
    hyperaemic: bool = True,
    viscous: Viscous = "local",
) -> ReducedFlow:
    """Flow and pressure of a vessel with the tissue's resistance behind its end and its branches.

    The aortic pressure stands at the inlet; what flows follows from all resistances in series. hyperaemic
    without such a state (`demand.hyperaemia` None) is the state at rest.
    """
    liquid = blood() if fluid is None else fluid
    hyperaemic = hyperaemic and demand.hyperaemia is not None
    resistance = demand.resistance_Pa_s_m3(hyperaemic=hyperaemic)
    shares = branch_shares(shape, demand.split_exponent)
    each = resistance / shares
    head = (demand.aortic_mmHg - demand.venous_mmHg) * PASCAL_PER_MMHG
    at = np.searchsorted(shape.s_mm, [b.s_mm for b in shape.branches])

    def march(inlet: float) -> tuple[FloatArray, FloatArray, list[float]]:
        """Flow (n,), static pressure over the venous one (n,), and what the branches take."""
        flow, taken = np.full(len(shape.s_mm), inlet), []
        for k, station in enumerate(at):
            pressure = _static_Pa(shape, flow, liquid, head, viscous)
            taken.append(float(pressure[min(station, len(flow) - 1)]) / each[k])
            flow[station:] -= taken[-1]
        return flow, _static_Pa(shape, flow, liquid, head, viscous), taken

    def excess(inlet: float) -> float:
        flow, pressure, _ = march(inlet)
        return float(pressure[-1] - each[-1] * flow[-1])

    largest = 1.5 * head / resistance
    inlet = float(brentq(excess, 0.0, largest, xtol=1e-6 * largest, rtol=1e-10))
    flow, pressure, taken = march(inlet)
    return ReducedFlow(
        shape.s_mm,
        pressure / PASCAL_PER_MMHG + demand.venous_mmHg,
        flow / M3_S_PER_ML_MIN,
        tuple(q / M3_S_PER_ML_MIN for q in taken),
        shape.distal_mm(float(flow_table()["settings"]["distal_mm"])),
        hyperaemic,
    )


def _static_Pa(
    shape: VesselShape, flow: FloatArray, fluid: Fluid, head: float, viscous: Viscous
) -> FloatArray:
    speed = flow / (shape.area_mm2 * 1e-6)
    kinetic = fluid.density_kg_m3 / 2 * speed**2
    out: FloatArray = head - losses_Pa(shape, flow, fluid, viscous) - (kinetic - kinetic[0])
    return out


def reduced_band(
    shape: VesselShape, demand: Demand, fluid: Fluid | None = None, *, hyperaemic: bool = True
) -> list[ReducedFlow]:
    """All corners of the band: flow +/-20 %, the wall's error inwards and outwards, both viscous terms, and
    under
    hyperaemia the lowest and the highest published resistance."""
    settings = flow_table()["settings"]
    change, error = float(settings["flow_variation"]), 2 * float(settings["wall_error_mm"])
    doubt = error * float(settings["doubt_factor"])
    known = flow_table()["hyperaemia"]
    rested = demand.hyperaemia is None or not hyperaemic
    factors = (demand.hyperaemia,) if rested else (float(known["low"]), float(known["high"]))
    corners = product((1 - change, 1 + change), (-1.0, 1.0), ("local", "young-tsai"), factors)
    return [
        reduced_flow(
            shape.widened(sign * error, sign * doubt), replace(demand.scaled(q), hyperaemia=factor), fluid,
            hyperaemic=hyperaemic, viscous="local" if viscous == "local" else "young-tsai",
        )
        for q, sign, viscous, factor in corners
    ]  # fmt: skip
