"""A flow problem in plain data: mesh, fluid, what happens on each boundary, how time is stepped. SI units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.mechanics.flow.fluid import Fluid
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.waveform import Amount


@dataclass(frozen=True)
class FlowInlet:
    """A developed profile on the cap: solution of -lap phi = 1 on it, scaled to the flow rate (m3/s, in).

    Planar 2D: per metre of depth (m2/s); axisymmetric: through the full circle; with a plane of symmetry:
    through the half that is modelled.
    """

    flow_m3_s: Amount


@dataclass(frozen=True, eq=False)
class VelocityInlet:
    """Velocity given at the mesh nodes of the boundary: (n, d) m/s of *all* its nodes, times `factor`.

    Only the nodes of the boundary are read. Moving walls (the cavity's lid) are this too.
    """

    velocity_m_s: FloatArray
    factor: Amount = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "velocity_m_s", readonly(self.velocity_m_s, np.float64))


@dataclass(frozen=True)
class Wall:
    """No slip; wall shear stress is reported here."""


@dataclass(frozen=True)
class Symmetry:
    """No flow through, no shear. Plane normal to an axis of coordinates (also the axis of axisymmetry)."""


@dataclass(frozen=True)
class PressureOutlet:
    """mu du/dn - p n = -P n; `backflow` is beta of the stabilisation (0: none).

    Where fluid enters, beta holds back beta rho |u.n| u: set 0 on an opening that is meant to be an inlet.
    """

    pressure_Pa: Amount = 0.0
    backflow: float = 0.5


@dataclass(frozen=True)
class ResistanceOutlet:
    """P = distal + R Q with Q the flow out."""

    resistance_Pa_s_m3: float
    distal_Pa: float = 0.0
    backflow: float = 0.5


@dataclass(frozen=True)
class WindkesselOutlet:
    """P = Rp Q + Pc; C dPc/dt = Q - (Pc - distal) / Rd. initial_Pa: Pc at t = 0. Steady: R = Rp + Rd."""

    proximal_Pa_s_m3: float
    capacitance_m3_Pa: float
    distal_resistance_Pa_s_m3: float
    distal_Pa: float = 0.0
    initial_Pa: float = 0.0
    backflow: float = 0.5


Outlet = PressureOutlet | ResistanceOutlet | WindkesselOutlet
Boundary = FlowInlet | VelocityInlet | Wall | Symmetry | Outlet
OUTLETS = (PressureOutlet, ResistanceOutlet, WindkesselOutlet)


@dataclass(frozen=True)
class Steady:
    """Newton; when it fails, the Reynolds number is raised in steps (`smallest_step` ends the attempt).

    first_step: part of the Reynolds number tried after creeping flow. coarse_rtol: residual of the steps
    before the last one (0: `rtol`).
    """

    rtol: float = 1e-9
    max_newton: int = 25
    smallest_step: float = 0.02
    first_step: float = 1.0
    coarse_rtol: float = 0.0


@dataclass(frozen=True)
class Pulsatile:
    """BDF2 with step dt_s to `end_s`, a whole number of steps; kept every `keep_every` from `keep_from_s`.

    convection: "implicit" (Newton in every step) or "extrapolated" (linear, carried by 2 u(n) - u(n-1)).
    start: from rest, or from the steady flow of the boundaries' values at t = 0 (Windkessels settled).
    """

    dt_s: float
    end_s: float
    keep_from_s: float = 0.0
    keep_every: int = 1
    convection: Literal["implicit", "extrapolated"] = "implicit"
    start: Literal["rest", "steady"] = "rest"
    rtol: float = 1e-7
    max_newton: int = 15

    @property
    def steps(self) -> int:
        """How many to end_s."""
        return round(self.end_s / self.dt_s)


@dataclass(frozen=True)
class Discretisation:
    """element: "taylor-hood" (degree/degree-1) or "stabilised" (P1-P1, SUPG/PSPG/LSIC; degree 1).

    solver: "direct" (MUMPS), "iterative" (FGMRES, block preconditioner with pressure convection-diffusion)
    or "auto" (direct below `direct_limit` unknowns).
    """

    element: Literal["taylor-hood", "stabilised"] = "taylor-hood"
    degree: int = 2
    solver: Literal["auto", "direct", "iterative"] = "auto"
    direct_limit: int = 120_000
    linear_rtol: float = 1e-4
    max_linear: int = 400


@dataclass(frozen=True, eq=False)
class FlowProblem:
    """Everything one flow run needs.

    axisymmetric: 2D mesh with x along the axis and y the radius. reference_length_m, reference_speed_m_s: of
    the Reynolds number; 0: hydraulic diameter and mean velocity of the open boundary with the fastest flow.
    probes_m (k, d): points of reported velocity and pressure. forces: boundaries whose force is reported.
    """

    name: str
    mesh: FlowMesh
    fluid: Fluid
    boundaries: Mapping[str, Boundary]
    stepping: Steady | Pulsatile = Steady()
    discretisation: Discretisation = Discretisation()
    axisymmetric: bool = False
    reference_length_m: float = 0.0
    reference_speed_m_s: float = 0.0
    probes_m: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    forces: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "probes_m", readonly(self.probes_m, np.float64))
