"""The record of a finished run: solver facts, loads, metrics and warnings in plain values."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.metric import VALIDITY_METRIC, MetricValue
from surgitwin.core.plan import Plan
from surgitwin.mechanics import serial
from surgitwin.mechanics.numerical_check import BALANCE_LIMIT, as_rows
from surgitwin.mechanics.problem import Bone, LoadCase, LoadSolution, Solution
from surgitwin.meshing import qualities
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.bands import banded, scaled_bone, split
from surgitwin.planning.comparing.metric_json import metric_to_json
from surgitwin.planning.estimate import this_machine
from surgitwin.planning.plans.step import check_plan, context_of
from surgitwin.planning.solving.build import PlanModel
from surgitwin.planning.solving.fields import store_stiffness
from surgitwin.planning.solving.inputs import SolveInputs
from surgitwin.planning.solving.numerics import field_record
from surgitwin.planning.solving.numerics_table import run_checks
from surgitwin.planning.solving.results import read_run, write_run
from surgitwin.procedures.base import Solved
from surgitwin.procedures.registry import bone_procedure

NOMINAL = "nominal"


def is_virtual(plan: Plan | None) -> bool:
    """Whether the plan's fracture was set by the planner and is not in the image."""
    return plan is not None and plan.fracture is not None and plan.fracture.virtual


@dataclass(frozen=True)
class Walls:
    """Wall times in s of what came before the record, with this many processes at once."""

    cores: int
    build: float = 0.0
    solve: float = 0.0


@dataclass(frozen=True, eq=False)
class Reference:
    """The intact bone that plans are measured against: hash of its result, and its stiffness."""

    input_hash: str
    bone: Bone


def record_run(
    case: Case,
    plan: Plan | None,
    input_hash: str,
    model: PlanModel,
    inputs: SolveInputs,
    reference: Reference,
    walls: Walls,
) -> None:
    """Measure a solved result and write its record."""
    started = time.perf_counter()
    folder = case.folder.result_dir(input_hash)
    nominal = serial.load_solution(folder / NOMINAL)
    store_stiffness(folder, model.problem)
    metrics = _metrics(case, plan, model, nominal, input_hash, reference)
    parts = _parts(model, nominal)
    run = {
        "input_hash": input_hash,
        "plan": model.problem.name,
        "virtual_fracture": is_virtual(plan),
        "inputs": inputs.as_dict(),
        "rows": [_row(model, nominal, s, parts, input_hash) for s in nominal.loads if "|" not in s.name],
        "loads": [_load(c, inputs) for c in model.problem.loads if "|" not in c.name],
        "metrics": [metric_to_json(m) for m in metrics],
        "stiffness": model.stiffness,
        "warnings": _warnings(case, plan, model, nominal, metrics),
        "wall_s": {
            "build": walls.build,
            "solve": walls.solve,
            "measure": time.perf_counter() - started,
            "cores": walls.cores,
            "machine": this_machine(),
        },
    }
    write_run(case, input_hash, run)


def _metrics(
    case: Case,
    plan: Plan | None,
    model: PlanModel,
    nominal: Solution,
    input_hash: str,
    reference: Reference,
) -> list[MetricValue]:
    """The plan's metrics with bands; the intact bone's come from the procedures of the case's plans."""
    context = context_of(case)
    loaded = tuple({r.patch.name: r.patch for c in model.problem.loads for r in c.loads}.values())
    if plan is None:
        run = Solved(split(nominal)[0], model.problem.bone, (), loaded)
        names = sorted({p.procedure for p in case.plans().values()})
        return [m for name in names for m in bone_procedure(name).metrics(context, None, run)]
    procedure = bone_procedure(plan.procedure)
    folder = case.folder.result_dir(input_hash)
    intact = serial.load_solution(case.folder.result_dir(reference.input_hash) / NOMINAL)

    def measure(solution: Solution, whole: Solution, factor: float) -> list[MetricValue]:
        bone = scaled_bone(model.problem.bone, factor)
        run = Solved(solution, bone, model.solids, loaded, model.problem.surfaces)
        return procedure.metrics(context, plan, run, Solved(whole, scaled_bone(reference.bone, factor)))

    factors = {float(p.name[1:]): serial.load_solution(p) for p in sorted(folder.glob("E*"))}
    with_load = {d.id: d.with_load for d in procedure.metric_definitions()}
    return banded(nominal, intact, factors, measure, with_load)


def _warnings(
    case: Case, plan: Plan | None, model: PlanModel, solution: Solution, metrics: list[MetricValue]
) -> list[str]:
    """What must be known of this result, in plain words."""
    out = list(model.stiffness["warnings"])
    name = model.problem.name
    if plan is not None:
        if is_virtual(plan):
            out.insert(0, "Virtual fracture: it was set by the planner and is not in the image.")
        out += [f"Plan {name}: {f.message}" for f in check_plan(case, plan) if f.severity != "info"]
    touching = [m.load_case for m in metrics if m.id == VALIDITY_METRIC and m.passed is False]
    if touching:
        loads = ", ".join(dict.fromkeys(touching)).replace("_", " ")
        out.append(
            f"Plan {name}: under {loads} surfaces would touch that the linear model lets pass through each "
            "other; motion and stress there are overestimated."
        )
    if not solution.facts.get("contact", {}).get("proportional", True):
        out.append(
            f"Plan {name}: the implant leans on the bone, so no load follows from another one in proportion: "
            "each was solved by itself, from rest; lighter loads have bands of the stiffness only."
        )
    out += _numerical_warnings(name, solution, model.problem.settings.rtol)
    return out


def _numerical_warnings(name: str, solution: Solution, rtol: float) -> list[str]:
    out = []
    if "fallback" in solution.facts["solver"]:
        out.append(f"{name}: the iterative solver did not converge; solved directly instead.")
    for s in solution.loads:
        if "|" in s.name:
            continue
        if s.rel_residual > rtol:
            out.append(f"{name}, {s.name}: residual {s.rel_residual:.1e}, {rtol:.0e} was asked for.")
        force = float(np.linalg.norm(s.applied_N + s.reaction_N) / np.linalg.norm(s.applied_N))
        worst = max(force, s.moment_imbalance)
        if worst > BALANCE_LIMIT:
            out.append(f"{name}, {s.name}: forces or moments balance to {worst:.1e} only.")
    return out


def _parts(model: PlanModel, solution: Solution) -> list[dict[str, Any]]:
    return [
        {
            "name": q.name,
            "order": mesh.order,
            "n_cells": q.n_cells,
            "min_scaled_jacobian": q.min_scaled_jacobian,
        }
        for mesh in (model.problem.bone.mesh.with_midside_nodes(), *solution.implant_meshes)
        for q in qualities(mesh)
    ]


def _row(
    model: PlanModel, solution: Solution, load: LoadSolution, parts: list[dict[str, Any]], input_hash: str
) -> dict[str, Any]:
    facts = solution.facts
    derived = facts["derived_from"].get(load.name)
    return {
        "plan": model.problem.name,
        "load_case": load.name,
        "parts": parts,
        **{k: facts[k] for k in ("dofs", "n_cells", "wall_s", "peak_rss_MB", "ranks", "solver")},
        "iterations": load.iterations,
        "rel_residual": load.rel_residual,
        "applied_N": load.applied_N.tolist(),
        "reaction_N": load.reaction_N.tolist(),
        "moment_imbalance": load.moment_imbalance,
        "energy_mJ": load.energy_mJ,
        "quality": field_record(load, facts),
        "solve_s": load.solve_s,
        "derived_from": derived,
        "input_hash": input_hash,
    }


def _load(case: LoadCase, inputs: SolveInputs) -> dict[str, Any]:
    primary = case.loads[0]
    weight = inputs.body_weight_kg * 9.80665
    return {
        "name": case.name,
        "vector_N": primary.force_N.tolist(),
        "point_mm": primary.point_mm.tolist(),
        "body_weight_N": weight,
        "others": [
            {"patch": r.patch.name, "vector_N": r.force_N.tolist(), "point_mm": r.point_mm.tolist()}
            for r in case.loads[1:]
        ],
    }


def run_rows(case: Case, input_hash: str, *, cached: bool) -> list[dict[str, Any]]:
    """Contract rows `runs` of a finished result."""
    run = read_run(case, input_hash)
    assert run is not None  # it was found or just written
    found = run_checks(case, run)
    return [
        {
            **row,
            "cached": cached,
            "virtual_fracture": run["virtual_fracture"],
            "numerics": as_rows(found[row["load_case"]]),
        }
        for row in run["rows"]
    ]
