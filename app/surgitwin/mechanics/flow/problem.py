"""A flow problem in plain data: mesh, fluid, what happens on each boundary, how time is stepped. SI units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import InputError
from surgitwin.mechanics.flow.fluid import Fluid
from surgitwin.mechanics.flow.mesh import CELLS, FlowMesh
from surgitwin.mechanics.flow.waveform import Amount, Waveform, amount_faults


@dataclass(frozen=True)
class FlowInlet:
    """A developed profile on the cap: solution of -lap phi = 1 on it, scaled to the flow rate (m3/s, in).

    In 2D planar problems the flow rate is per metre of depth (m2/s); axisymmetric: through the full circle.
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
    """Newton; when it fails, the Reynolds number is raised in steps (`smallest_step` ends the attempt)."""

    rtol: float = 1e-9
    max_newton: int = 25
    smallest_step: float = 0.02


@dataclass(frozen=True)
class Pulsatile:
    """BDF2 with step dt_s to `end_s`, kept every `keep_every` steps from `keep_from_s` on.

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

    def require_valid(self) -> None:
        """Raise InputError "flow.problem" that lists all faults with their places."""
        require(faults(self))


def require(found: list[str]) -> None:
    """Raise InputError "flow.problem" when there are faults; all are in the message."""
    if found:
        raise InputError(
            "flow.problem",
            f"The flow problem has {len(found)} fault{'s' * (len(found) > 1)}:\n  " + "\n  ".join(found),
            hint="Correct the named fields; nothing was meshed or solved.",
            where=found[0].split(":")[0],
        )


def faults(problem: FlowProblem) -> list[str]:
    """All faults of the description, each with its place."""
    found = problem.mesh.faults()
    if problem.mesh.kind not in CELLS or problem.mesh.points_m.ndim != 2:
        return found + problem.fluid.faults()  # nothing else can be compared with such a mesh
    found += problem.fluid.faults()
    names, given = set(problem.mesh.boundaries), set(problem.boundaries)
    found += [f"boundaries.{n}: the mesh has no boundary of that name" for n in sorted(given - names)]
    found += [f"boundaries.{n}: nothing is said for this boundary of the mesh" for n in sorted(names - given)]
    for name, boundary in problem.boundaries.items():
        found += boundary_faults(f"boundaries.{name}", boundary, problem)
    found += [f"forces: {n!r} is not a boundary" for n in problem.forces if n not in given]
    if problem.probes_m.size and problem.probes_m.shape[1:] != (problem.mesh.dim,):
        found.append(f"probes_m: shape {problem.probes_m.shape}, not (k, {problem.mesh.dim})")
    if problem.axisymmetric and problem.mesh.dim != 2:
        found.append(f"axisymmetric: needs a 2D mesh, not {problem.mesh.kind}")
    elif problem.axisymmetric and problem.mesh.points_m[:, 1].min() < -1e-12:
        found.append("axisymmetric: the radius (second coordinate) is negative somewhere")
    return found + stepping_faults(problem) + discretisation_faults(problem)


def boundary_faults(where: str, boundary: Boundary, problem: FlowProblem) -> list[str]:
    """Faults of one boundary."""
    found: list[str] = []
    if isinstance(boundary, FlowInlet):
        found += amount_faults(boundary.flow_m3_s, f"{where}.flow_m3_s")
    elif isinstance(boundary, VelocityInlet):
        wanted = problem.mesh.points_m.shape
        if boundary.velocity_m_s.shape != wanted:
            found.append(f"{where}.velocity_m_s: shape {boundary.velocity_m_s.shape}, not {wanted}")
        elif not np.isfinite(boundary.velocity_m_s).all():
            found.append(f"{where}.velocity_m_s: not all numbers are finite")
        found += amount_faults(boundary.factor, f"{where}.factor")
    elif isinstance(boundary, Symmetry):
        found += symmetry_faults(where, problem)
    elif isinstance(boundary, PressureOutlet):
        found += amount_faults(boundary.pressure_Pa, f"{where}.pressure_Pa")
    elif isinstance(boundary, ResistanceOutlet):
        found += _at_least(where, boundary, resistance_Pa_s_m3=0.0)
    elif isinstance(boundary, WindkesselOutlet):
        found += _at_least(where, boundary, proximal_Pa_s_m3=0.0)
        for key in ("capacitance_m3_Pa", "distal_resistance_Pa_s_m3"):
            value = getattr(boundary, key)
            if not (np.isfinite(value) and value > 0):
                found.append(f"{where}.{key}: {value} is not a positive number")
    if isinstance(boundary, OUTLETS) and not 0 <= boundary.backflow <= 1:
        found.append(f"{where}.backflow: {boundary.backflow} is not in 0..1")
    return found


def symmetry_faults(where: str, problem: FlowProblem) -> list[str]:
    """A plane of symmetry must be normal to an axis of coordinates."""
    mesh, name = problem.mesh, where.partition(".")[2]
    if name not in mesh.boundaries or not len(mesh.boundaries[name]):
        return []
    span = np.ptp(mesh.points_m[np.unique(mesh.boundaries[name])], axis=0)
    if span.min() > 1e-6 * np.ptp(mesh.points_m, axis=0).max():
        return [f"{where}: not flat and normal to an axis (extent {np.round(span, 6).tolist()} m)"]
    return []


def _at_least(where: str, owner: object, **low: float) -> list[str]:
    return [
        f"{where}.{key}: {getattr(owner, key)} is below {least:g}"
        for key, least in low.items()
        if not getattr(owner, key) >= least
    ]


def stepping_faults(problem: FlowProblem) -> list[str]:
    """Faults of steps and of time-dependent boundaries in a steady problem."""
    stepping, found = problem.stepping, []
    if isinstance(stepping, Steady):
        for name, boundary in problem.boundaries.items():
            for key in ("flow_m3_s", "factor", "pressure_Pa"):
                if isinstance(getattr(boundary, key, None), Waveform):
                    found.append(f"boundaries.{name}.{key}: a waveform in a steady problem")
        return found
    if not (np.isfinite(stepping.dt_s) and stepping.dt_s > 0):
        found.append(f"stepping.dt_s: {stepping.dt_s} is not a positive time")
    elif not stepping.end_s >= stepping.dt_s:
        found.append(f"stepping.end_s: {stepping.end_s} is shorter than one step of {stepping.dt_s} s")
    if stepping.keep_every < 1:
        found.append(f"stepping.keep_every: {stepping.keep_every} is below 1")
    if not 0 <= stepping.keep_from_s <= stepping.end_s:
        found.append(f"stepping.keep_from_s: {stepping.keep_from_s} is not in 0..end_s")
    if stepping.convection not in ("implicit", "extrapolated"):
        found.append(f"stepping.convection: {stepping.convection!r} is neither implicit nor extrapolated")
    if stepping.start not in ("rest", "steady"):
        found.append(f"stepping.start: {stepping.start!r} is neither rest nor steady")
    return found


def discretisation_faults(problem: FlowProblem) -> list[str]:
    """Faults of elements and solvers."""
    d, found = problem.discretisation, []
    if d.element == "taylor-hood" and not 2 <= d.degree <= 4:
        found.append(f"discretisation.degree: {d.degree} is not in 2..4 for taylor-hood")
    elif d.element == "stabilised" and d.degree != 1:
        found.append(f"discretisation.degree: {d.degree} is not 1 for stabilised")
    elif d.element not in ("taylor-hood", "stabilised"):
        found.append(f"discretisation.element: {d.element!r} is neither taylor-hood nor stabilised")
    if d.element == "stabilised" and problem.axisymmetric:
        found.append("discretisation.element: stabilised is for planar and 3D flow, not axisymmetric")
    if d.element == "stabilised" and problem.mesh.cell.order != 1:
        found.append(f"discretisation.element: stabilised needs straight cells, not {problem.mesh.kind}")
    if d.solver not in ("auto", "direct", "iterative"):
        found.append(f"discretisation.solver: {d.solver!r} is not auto, direct or iterative")
    if not 0 < d.linear_rtol < 1:
        found.append(f"discretisation.linear_rtol: {d.linear_rtol} is not in 0..1")
    return found
