"""Solve a vessel's flow: every state on the engine, sections and wall read off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import SolverError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.result import WallShear
from surgitwin.mechanics.flow.vessel_flow import FlowState, VesselFlow, VesselWall
from surgitwin.mechanics.flow.vessel_result import VesselFlowResult, VesselRun

PARTS = (1.0, 0.8, 0.65)
"""Parts of a flow that are tried in turn, above the half of another state: a numerical setting."""
FACTS = (
    "reynolds", "unknowns", "cells", "mass_imbalance", "residual", "newton_iterations", "seconds", "solver",
    "element", "continuation_steps",
)  # fmt: skip


def solve_vessel_flow(task: VesselFlow, progress: Progress = SILENT) -> VesselFlowResult:
    """Run all states, the slowest first. Raises what `solve_flow` raises."""
    states = sorted(task.states, key=lambda s: s.inlet_mL_min)
    wall, nodes = vessel_wall(task)
    warnings: list[str] = []
    runs = []
    for k, state in enumerate(states):
        part = progress.part(k / len(states), (k + 1) / len(states))
        run, said = _steady_run(task, state, nodes, part)
        runs.append(run)
        warnings += [f"{state.name}: {text}" for text in said]
    return VesselFlowResult(
        task.name, task.sections.s_mm, task.sections.vessel, wall, tuple(runs), task.demand, task.distal_mm,
        task.end_share, tuple(warnings),
    )  # fmt: skip


def vessel_wall(task: VesselFlow) -> tuple[VesselWall, IntArray]:
    """The wall's surface in millimetres, and the mesh node of each of its points."""
    facets = task.mesh.boundaries["wall"]
    nodes, quads = np.unique(facets, return_inverse=True)
    per_level = task.sections.weights.shape[1]
    first, last = task.sections.vessel
    swept = facets.max(axis=1) < task.sections.weights.size
    level = facets.min(axis=1) // per_level
    inside = ~swept | ((level >= first) & (facets.max(axis=1) // per_level <= last))
    return VesselWall(task.mesh.points_m[nodes] * 1e3, quads.reshape(facets.shape), inside), nodes


def _steady_run(
    task: VesselFlow, state: FlowState, nodes: IntArray, progress: Progress
) -> tuple[VesselRun, list[str]]:
    """A state, or the fastest part of it (`PARTS`) that has a steady flow, which is then said."""
    for part in PARTS:
        slower = replace(
            state,
            inlet_mL_min=part * state.inlet_mL_min,
            branch_mL_min=tuple(part * q for q in state.branch_mL_min),
        )
        try:
            run, said = _run(task, slower, nodes, progress)
        except SolverError as error:
            if error.code != "flow.limit" or part == PARTS[-1]:
                raise
            continue
        if part < 1:
            said.append(
                f"no steady flow was found at {state.inlet_mL_min:.0f} mL/min on this mesh: drop and FFR are "
                f"carried on from {slower.inlet_mL_min:.0f} mL/min by a Q + b Q^2, wall shear is of that flow"
            )
        return run, said
    raise AssertionError("the last part returns or raises")


def _run(
    task: VesselFlow, state: FlowState, nodes: IntArray, progress: Progress
) -> tuple[VesselRun, list[str]]:
    result = solve_flow(task.problem(state), progress)
    pressure = task.sections.mean(result.last.pressure_Pa)
    shear = _at_nodes(result.last.wall["wall"], nodes)
    facts = {key: result.facts[key] for key in FACTS}
    drop = pressure[task.sections.vessel[0]] - pressure
    return VesselRun(state, drop, shear, facts), list(result.facts["warnings"])


def _at_nodes(wall: WallShear, nodes: IntArray) -> FloatArray:
    """Length of the shear stress at the given nodes (all are the wall's)."""
    length = np.linalg.norm(wall.traction_Pa, axis=1)
    order = np.argsort(wall.nodes)
    out: FloatArray = length[order][np.searchsorted(wall.nodes[order], nodes)]
    return out
