"""Everything that is wrong with a flow problem, listed together before anything is meshed or solved."""

from __future__ import annotations

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.mechanics.flow.mesh import CELLS
from surgitwin.mechanics.flow.problem import (
    OUTLETS,
    Boundary,
    FlowInlet,
    FlowProblem,
    PressureOutlet,
    ResistanceOutlet,
    Steady,
    Symmetry,
    VelocityInlet,
    WindkesselOutlet,
)
from surgitwin.mechanics.flow.waveform import Waveform, amount_faults

WHOLE_STEPS = 1e-6
"""Numerical setting: the end of a run may miss a whole number of steps by this part of one (rounding)."""


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
    elif abs(stepping.end_s / stepping.dt_s - round(stepping.end_s / stepping.dt_s)) > WHOLE_STEPS:
        whole = int(stepping.end_s / stepping.dt_s)
        found.append(
            f"stepping.end_s: {stepping.end_s} s is not a whole number of steps of {stepping.dt_s} s "
            f"(take {whole * stepping.dt_s:.6g} or {(whole + 1) * stepping.dt_s:.6g} s)"
        )
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
