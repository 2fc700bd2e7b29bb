"""Flow through one vessel in 3D: the task in plain data. Lengths along the vessel in mm, the rest SI."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, content_hash, readonly
from surgitwin.mechanics.flow.fluid import Fluid, blood
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.problem import (
    Boundary,
    Discretisation,
    FlowInlet,
    FlowProblem,
    PressureOutlet,
    Steady,
    Wall,
)
from surgitwin.mechanics.flow.vessel_demand import M3_S_PER_ML_MIN, Demand
from surgitwin.mechanics.flow.vessel_reduced import ReducedFlow, branch_shares, reduced_flow
from surgitwin.mechanics.flow.vessel_shape import VesselShape

DIRECT_LIMIT = 400_000
"""Unknowns up to which the factors of a vessel's mesh fit (a slender mesh fills them little): a setting."""

FIRST_STEP = 0.16
"""Part of the Reynolds number tried after creeping flow (a jet needs steps): a setting."""


@dataclass(frozen=True, eq=False)
class FlowSections:
    """The sections of a swept mesh: nodes `l * per_level + j` lie at level l.

    s_mm (levels,): place on the vessel, beyond its ends in the straight pieces; weights (levels, per_level):
    share of each node in the section's mean; vessel: its first and last level.
    """

    s_mm: FloatArray
    weights: FloatArray
    vessel: tuple[int, int]

    def __post_init__(self) -> None:
        for name in ("s_mm", "weights"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    def mean(self, values: FloatArray) -> FloatArray:
        """(levels,) means of nodal values (n,) over the sections."""
        levels, each = self.weights.shape
        out: FloatArray = (self.weights * values[: levels * each].reshape(levels, each)).sum(axis=1)
        return out


@dataclass(frozen=True)
class FlowState:
    """One steady run: flow into the inlet and into the branches "branch_1", "branch_2" ..., mL/min."""

    name: str
    inlet_mL_min: float
    branch_mL_min: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class VesselFlow:
    """mesh: boundaries "inlet", "outlet", "wall" and "branch_k"; sections: of that mesh.

    states: two flows or more, with which drop = a Q + b Q^2 is fitted. distal_mm: where Pd is read.
    end_share: part of the tissue that lies behind the vessel's end (closed branches count to it).
    """

    name: str
    mesh: FlowMesh
    sections: FlowSections
    demand: Demand
    states: tuple[FlowState, ...]
    distal_mm: float
    end_share: float = 1.0
    fluid: Fluid = field(default_factory=blood)

    @property
    def hash(self) -> str:
        """Hash of everything but the name."""
        return content_hash(
            self.mesh.points_m, self.mesh.cells, self.sections.s_mm, self.demand, self.states, self.distal_mm,
            self.end_share, self.fluid,
        )  # fmt: skip

    def problem(self, state: FlowState) -> FlowProblem:
        """The engine's description of one state: flow in, zero pressure at the outlet, no slip.

        A branch takes its flow with a developed profile.
        """
        bounds: dict[str, Boundary] = {
            "inlet": FlowInlet(state.inlet_mL_min * M3_S_PER_ML_MIN),
            "outlet": PressureOutlet(0.0),
            "wall": Wall(),
        }
        for k, flow in enumerate(state.branch_mL_min, start=1):
            bounds[f"branch_{k}"] = FlowInlet(-flow * M3_S_PER_ML_MIN)
        return FlowProblem(
            f"{self.name}, {state.name}", self.mesh, self.fluid, bounds,
            Steady(1e-7, 12, 0.05, first_step=FIRST_STEP, coarse_rtol=1e-3),
            Discretisation(direct_limit=DIRECT_LIMIT),
        )  # fmt: skip


def flow_states(shape: VesselShape, demand: Demand, fluid: Fluid) -> tuple[FlowState, ...]:
    """The two states that a vessel is run in: "rest" and "hyperaemia", or "half of rest" and "rest".

    Their flows are those that the reduced model drives through the narrowest throat, with side branches
    closed: upstream ones have taken their part, what the others will take is still in the vessel.
    """
    rest = reduced_flow(shape, demand, fluid, hyperaemic=False)
    at = narrowest_mm(shape)
    if demand.hyperaemia is None:
        return _state("half of rest", rest, at, 0.5), _state("rest", rest, at)
    return _state("rest", rest, at), _state("hyperaemia", reduced_flow(shape, demand, fluid), at)


def narrowest_mm(shape: VesselShape) -> float:
    """Place of the narrowest throat; the vessel's inlet without a narrowing."""
    throats = [shape.throat(n) for n in shape.narrowings]
    return min(throats, key=lambda found: found[1])[0] if throats else float(shape.s_mm[0])


def carried_share(shape: VesselShape, exponent: float) -> float:
    """Part of the tissue that the flow of `flow_states` supplies: all behind the narrowest throat."""
    shares, at = branch_shares(shape, exponent), narrowest_mm(shape)
    gone = sum(share for share, b in zip(shares[:-1], shape.branches, strict=True) if b.s_mm <= at)
    return 1.0 - float(gone)


def _state(name: str, flow: ReducedFlow, at_mm: float, factor: float = 1.0) -> FlowState:
    return FlowState(name, factor * float(np.interp(at_mm, flow.s_mm, flow.flow_mL_min)))


@dataclass(frozen=True, eq=False)
class VesselWall:
    """points_mm (w, 3) LPS and quads (f, 4) of the meshed wall; vessel (f,): True off the straight ends."""

    points_mm: FloatArray
    quads: IntArray
    vessel: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_mm", readonly(self.points_mm, np.float64))
        object.__setattr__(self, "quads", readonly(self.quads, np.int64))
        object.__setattr__(self, "vessel", readonly(self.vessel, bool))

    @property
    def area_mm2(self) -> FloatArray:
        """(f,) areas of the quads."""
        x = self.points_mm[self.quads]
        return np.linalg.norm(np.cross(x[:, 2] - x[:, 0], x[:, 3] - x[:, 1]), axis=1) / 2
