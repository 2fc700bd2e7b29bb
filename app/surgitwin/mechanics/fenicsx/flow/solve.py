"""Run a flow problem: steady (Newton, continuation in the Reynolds number) or pulsatile (BDF2)."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.fenicsx.flow.conditions import Conditions
from surgitwin.mechanics.fenicsx.flow.continuation import continuation
from surgitwin.mechanics.fenicsx.flow.domain import Domain
from surgitwin.mechanics.fenicsx.flow.equations import Equations
from surgitwin.mechanics.fenicsx.flow.march import march
from surgitwin.mechanics.fenicsx.flow.measure import Measure
from surgitwin.mechanics.fenicsx.flow.newton import Newton, relation_of
from surgitwin.mechanics.fenicsx.flow.outlets import OutletState
from surgitwin.mechanics.fenicsx.flow.reynolds import reynolds
from surgitwin.mechanics.flow.checks import faults, require
from surgitwin.mechanics.flow.problem import OUTLETS, FlowProblem, Pulsatile, Steady
from surgitwin.mechanics.flow.result import FlowResult

TRANSITION = 2000.0
"""Reynolds number of a pipe above which its flow may stop being laminar (general knowledge: 2000 to 2300)."""
IMBALANCE = 1e-3
"""Part of the flow by which in- and outflow may differ without a warning (numerical setting)."""
LIQUID_KG_M3, LARGEST_M, FASTEST_M_S = (900.0, 1200.0), 2.0, 20.0
"""A liquid like blood; larger or faster than anything in a body (general knowledge; for a warning only)."""


def solve_flow(problem: FlowProblem, progress: Progress = SILENT) -> FlowResult:
    """Solve and measure.

    Raises InputError "flow.problem" (all faults together, before anything is meshed), "flow.no_outlet",
    "flow.probe"; SolverError "flow.newton", "flow.linear", "flow.limit" (steady: the Reynolds number reached
    is named), "flow.blow_up" (pulsatile).
    """
    require(faults(problem))
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
    speed = max(float(np.linalg.norm(s.velocity_m_s, axis=1).max()) for s in snapshots)
    facts["warnings"] = warnings_of(facts) + unit_doubts(problem, speed)
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


def unit_doubts(problem: FlowProblem, speed_m_s: float) -> list[str]:
    """Sizes and speeds of a liquid like blood that no vessel has: likely millimetres or mL/s given as SI."""
    found: list[str] = []
    extent = float(np.ptp(problem.mesh.points_m, axis=0).max())
    if not LIQUID_KG_M3[0] <= problem.fluid.density_kg_m3 <= LIQUID_KG_M3[1]:
        return found  # a benchmark in units of its own
    if extent > LARGEST_M:
        found.append(f"The mesh is {extent:.3g} m large: were millimetres meant? Give mesh.unit.")
    if speed_m_s > FASTEST_M_S:
        found.append(f"The fluid reaches {speed_m_s:.3g} m/s: check the flow (m3/s) and the mesh's unit.")
    return found


def warnings_of(facts: dict[str, Any]) -> list[str]:
    """What a reader of the result must know."""
    found, number, gap = [], facts["reynolds"], 100 * facts["mass_imbalance"]
    if number > TRANSITION:
        found.append(
            f"Reynolds number {number:.0f} is above {TRANSITION:.0f}: the flow may be transitional, and no "
            "model of turbulence is used; results depend on mesh and step."
        )
    if facts["mass_imbalance"] > IMBALANCE:
        found.append(f"In- and outflow differ by {gap:.2g} %: tighten discretisation.linear_rtol and rtol.")
    return found
