"""Run a flow problem: steady (Newton, continuation in the Reynolds number) or pulsatile (BDF2)."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.fenicsx.flow.conditions import Conditions, OutletState
from surgitwin.mechanics.fenicsx.flow.domain import Domain
from surgitwin.mechanics.fenicsx.flow.equations import Equations
from surgitwin.mechanics.fenicsx.flow.march import march
from surgitwin.mechanics.fenicsx.flow.measure import Measure
from surgitwin.mechanics.fenicsx.flow.newton import Newton, Relation, relation_of
from surgitwin.mechanics.flow.problem import OUTLETS, FlowProblem, Pulsatile, Steady
from surgitwin.mechanics.flow.result import FlowResult

_log = logging.getLogger(__name__)


def solve_flow(problem: FlowProblem, progress: Progress = SILENT) -> FlowResult:
    """Solve and measure.

    Raises InputError "flow.problem" (all faults together, before anything is meshed), "flow.no_outlet",
    "flow.probe"; SolverError "flow.newton", "flow.linear", "flow.limit" (steady: the Reynolds number reached
    is named), "flow.blow_up" (pulsatile).
    """
    problem.require_valid()
    started = time.perf_counter()
    progress("Preparing the flow equations", 0.0)
    equations = Equations(problem, Domain(problem.mesh))
    conditions = Conditions(equations)
    measure = Measure(equations, conditions)
    states = {n: OutletState(problem.boundaries[n]) for n in conditions.outlets}  # type: ignore[arg-type]
    newton = Newton(equations, conditions, problem.stepping.rtol, problem.stepping.max_newton)
    try:
        if isinstance(problem.stepping, Steady):
            snapshots, history, facts = _steady(problem.stepping, newton, measure, states, progress)
        else:
            snapshots, history, facts = march(problem.stepping, newton, measure, states, progress)
        facts |= _facts(problem, newton, snapshots[-1].outflow_m3_s, history)
    finally:
        newton.destroy()
    facts["seconds"] = time.perf_counter() - started
    progress("Flow solved", 1.0)
    return FlowResult(problem.name, tuple(snapshots), history, facts)


def _steady(
    stepping: Steady, newton: Newton, measure: Measure, states: dict[str, OutletState], progress: Progress
) -> tuple[list[Any], dict[str, FloatArray], dict[str, Any]]:
    eq, conditions = newton.eq, newton.conditions
    eq.w.x.array[:] = 0.0
    eq.w.x.array[conditions.fixed] = conditions.values(0.0)[conditions.fixed]
    relation = relation_of(states, 0.0, None, {})
    steps = continuation(stepping, newton, relation, progress)
    snapshot = measure.snapshot(0.0, newton.residual_vector(relation))
    return [snapshot], {}, {"continuation_steps": steps}


def continuation(stepping: Steady, newton: Newton, relation: Relation, progress: Progress) -> int:
    """Creeping flow first, then inertia 0..1: in one step if Newton allows, with cut-back if not.

    Returns the number of steps. Raises SolverError "flow.limit" when one below `smallest_step` is needed.
    """
    eq = newton.eq
    eq.inertia.value = 0.0
    newton.solve(relation, progress.part(0.05, 0.2), fresh=True)
    reached, size, steps = 0.0, 1.0, 0
    good = eq.w.x.array.copy()
    while reached < 1.0:
        eq.inertia.value = target = min(1.0, reached + size)
        try:
            newton.solve(relation, progress.part(0.2, 0.95), fresh=True)
        except SolverError as error:
            eq.w.x.array[:], size = good, 0.4 * size
            newton.stale = True
            _log.info("No convergence at %.3g of the Reynolds number: %s", target, error.message)
            if size < stepping.smallest_step:
                raise _limit(newton, reached) from error
            continue
        good, reached, size, steps = eq.w.x.array.copy(), target, 1.3 * size, steps + 1
    return steps


def _limit(newton: Newton, reached: float) -> SolverError:
    problem = newton.eq.problem
    number = reynolds(problem, newton.eq, {n: float(b @ newton.eq.w.x.array) for n, b in _normals(newton)})
    return SolverError(
        "flow.limit",
        f"A steady flow was found up to {100 * reached:.3g} % of Reynolds number {number:.0f}, not beyond.",
        hint="The steady flow may not exist: run it pulsatile with constant inflow, or refine the mesh.",
        where=problem.name,
    )


def _normals(newton: Newton) -> Any:
    return newton.conditions.normal.items()


def _facts(
    problem: FlowProblem, newton: Newton, flows: Any, history: dict[str, FloatArray]
) -> dict[str, Any]:
    eq = newton.eq
    d = problem.discretisation
    scale = max((abs(f) for f in flows.values()), default=0.0)
    series = [v for k, v in history.items() if k.startswith("flow.")]
    imbalance = abs(sum(flows.values())) / scale if scale > 0 else 0.0
    if series:
        worst, largest = np.abs(np.sum(series, axis=0)).max(), np.abs(series).max()
        imbalance = float(worst / largest) if largest > 0 else 0.0
    peak = {n: float(np.abs(history[f"flow.{n}"]).max()) for n in flows} if series else dict(flows)
    return {
        "reynolds": reynolds(problem, eq, peak),
        "unknowns": eq.unknowns,
        "cells": len(problem.mesh.cells),
        "mass_imbalance": imbalance,
        "residual": float(newton.residual),
        "newton_iterations": newton.iterations,
        "linear_iterations": newton.linear.iterations,
        "element": f"{d.element} {d.degree} on {problem.mesh.kind}",
        "solver": "MUMPS" if newton.linear.direct else "FGMRES, block preconditioner",
        "outlets": sum(isinstance(b, OUTLETS) for b in problem.boundaries.values()),
        "pulsatile": isinstance(problem.stepping, Pulsatile),
    }


def reynolds(problem: FlowProblem, eq: Equations, flows: dict[str, float]) -> float:
    """rho U L / mu: U the given speed, else the largest mean velocity of the open boundaries (of all velocities
    in a closed box); L the given length, else the hydraulic diameter of that boundary (the mesh's extent)."""
    length, speed = problem.reference_length_m, 0.0
    for name, flow in flows.items():
        area, rim = opening(problem, name)
        if abs(flow) / area > speed * (1 + 1e-12):
            speed = abs(flow) / area
            length = problem.reference_length_m or 4 * area / rim
    if speed <= 1e-9 * float(np.abs(eq.velocity()).max(initial=0.0)):
        speed = float(np.abs(eq.velocity()).max(initial=0.0))
        length = problem.reference_length_m or float(np.ptp(problem.mesh.points_m, axis=0).max())
    speed = problem.reference_speed_m_s or speed
    return problem.fluid.density_kg_m3 * speed * length / problem.fluid.law.reference_Pas


def opening(problem: FlowProblem, name: str) -> tuple[float, float]:
    """Area and wetted rim of a straight-sided cap: 3D m2 and m; planar 2D m and 2 (two walls); axisymmetric
    the full circle from the largest radius."""
    mesh = problem.mesh
    facets = mesh.boundaries[name]
    x = mesh.points_m[facets]
    if mesh.dim == 2:
        if problem.axisymmetric:
            low, high = float(x[..., 1].min()), float(x[..., 1].max())
            return np.pi * (high**2 - low**2), 2 * np.pi * high
        return float(np.linalg.norm(x[:, 1] - x[:, 0], axis=1).sum()), 2.0
    centre = x.mean(axis=1, keepdims=True)
    spokes, following = x - centre, np.roll(x, -1, axis=1) - centre
    area = float(np.linalg.norm(np.cross(spokes, following), axis=2).sum() / 2)
    corners = facets.shape[1]
    edges = np.sort(np.concatenate([facets[:, [k, (k + 1) % corners]] for k in range(corners)]), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    ends = mesh.points_m[unique[count == 1]]
    return area, float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum())
