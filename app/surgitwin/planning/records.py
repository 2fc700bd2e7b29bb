"""The record of a finished run: solver facts, loads, metrics and warnings in plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.mechanics import serial
from surgitwin.mechanics.problem import Bone, LoadCase, LoadSolution, Solution
from surgitwin.meshing import qualities
from surgitwin.planning.build import PlanModel
from surgitwin.planning.case import Case
from surgitwin.planning.compare_step import metric_to_json
from surgitwin.planning.fields import store_stiffness
from surgitwin.planning.inputs import SolveInputs
from surgitwin.planning.plan_step import check_plan, context_of
from surgitwin.planning.results import read_run, write_run
from surgitwin.procedures.base import Solved
from surgitwin.procedures.registry import get

NOMINAL = "nominal"


def is_virtual(plan: Plan | None) -> bool:
    """Whether the plan's fracture was set by the planner and is not in the image."""
    return plan is not None and plan.fracture is not None and plan.fracture.virtual


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
) -> None:
    """Measure a solved result and write its record."""
    folder = case.folder.result_dir(input_hash)
    nominal = serial.load_solution(folder / NOMINAL)
    store_stiffness(folder, model.problem)
    warnings = list(model.stiffness["warnings"])
    metrics: list[MetricValue] = []
    if plan is not None:
        if is_virtual(plan):
            warnings.insert(0, "Virtual fracture: it was set by the planner and is not in the image.")
        findings = [f for f in check_plan(case, plan) if f.severity != "info"]
        warnings += [f"{plan.name}: {f.message}" for f in findings]
        metrics = banded_metrics(case, plan, model, nominal, input_hash, reference)
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
        "warnings": warnings,
    }
    write_run(case, input_hash, run)


def banded_metrics(
    case: Case, plan: Plan, model: PlanModel, nominal: Solution, input_hash: str, reference: Reference
) -> list[MetricValue]:
    """Metrics of the nominal loads, each with the band over stiffness and load variants."""
    procedure, context = get(plan.procedure), context_of(case)
    folder = case.folder.result_dir(input_hash)
    intact = serial.load_solution(case.folder.result_dir(reference.input_hash) / NOMINAL)

    def measure(solution: Solution, whole: Solution, factor: float) -> list[MetricValue]:
        run = Solved(solution, scaled_bone(model.problem.bone, factor), model.solids)
        return procedure.metrics(context, plan, run, Solved(whole, scaled_bone(reference.bone, factor)))

    others: dict[tuple[str, ...], list[float]] = {}

    def collect(values: list[MetricValue]) -> None:
        for m in values:
            if m.value is not None:
                others.setdefault((m.id, m.part, m.load_case.split("|")[0], m.healing), []).append(m.value)

    plain, varied = _split(nominal)
    intact_plain, intact_varied = _split(intact)
    values = measure(plain, intact_plain, 1.0)
    if varied.loads:
        collect(measure(varied, intact_varied, 1.0))
    for path in sorted(folder.glob("E*")):
        factor = float(path.name[1:])
        collect(measure(serial.load_solution(path), scaled(intact_plain, factor), factor))
    return [m.with_band(others.get(m.key, [])) for m in values]


def _split(solution: Solution) -> tuple[Solution, Solution]:
    plain = tuple(s for s in solution.loads if "|" not in s.name)
    varied = tuple(s for s in solution.loads if "|" in s.name)
    return replace(solution, loads=plain), replace(solution, loads=varied)


def scaled_bone(bone: Bone, factor: float) -> Bone:
    """The bone with every modulus times `factor` but the gap's, as the solver scales it."""
    if factor == 1.0:
        return bone
    gap = np.isin(bone.mesh.part, [k for k, name in bone.mesh.names.items() if name == "gap"])
    scale = np.where(gap, 1.0, factor)[:, None]
    return replace(bone, modulus_MPa=bone.modulus_MPa * scale)


def scaled(intact: Solution, factor: float) -> Solution:
    """The intact solution for every modulus times `factor`: displacements divided by it, exactly."""
    loads = tuple(
        replace(
            s,
            bone_displacement_mm=s.bone_displacement_mm / factor,
            remote_displacement_mm=s.remote_displacement_mm / factor,
            remote_rotation_rad=s.remote_rotation_rad / factor,
            energy_mJ=s.energy_mJ / factor,
        )
        for s in intact.loads
    )
    return replace(intact, loads=loads)


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
    return [{**row, "cached": cached, "virtual_fracture": run["virtual_fracture"]} for row in run["rows"]]
