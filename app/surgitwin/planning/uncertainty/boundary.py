"""The same plan under several sets of boundary conditions, beside each other."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin import jobs
from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import InputError
from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Event, Progress
from surgitwin.core.resources import load_table
from surgitwin.mechanics import serial
from surgitwin.mechanics.femur_boundaries import BoundarySet, boundary_sets
from surgitwin.mechanics.problem import LoadCase, LoadSolution, Problem, Solution
from surgitwin.planning.case import Case
from surgitwin.planning.plans.step import context_of
from surgitwin.planning.solving.build import PlanModel, intact_model, plan_model
from surgitwin.planning.solving.inputs import SolveInputs, SolveOptions, settle_inputs
from surgitwin.planning.solving.results import INTACT
from surgitwin.planning.solving.step import refuse_unusable, require_current_mesh
from surgitwin.planning.solving.wanted import wanted_results
from surgitwin.planning.uncertainty.findings import (
    KEY_METRICS,
    LOADS,
    STIFFNESS,
    boundary_file,
    boundary_key,
    read_boundary,
)
from surgitwin.planning.uncertainty.study import write_json
from surgitwin.procedures.base import Solved
from surgitwin.procedures.registry import bone_procedure

SEPARATOR = "#"


def run_boundary(case: Case, name: str, progress: Progress = SILENT) -> dict[str, Any]:
    """Stiffness and key metrics of a plan (or "intact") under every set, with their spread in percent.

    Kept in the case and not solved twice. Raises InputError "plan.unknown", "case.not_meshed",
    "case.mesh_old", GeometryError "plan.unusable", "loads.no_patch", SolverError, Cancelled.
    """
    require_current_mesh(case)
    inputs = settle_inputs(case, SolveOptions())
    wanted = wanted_results(case, [] if name == INTACT else [name], inputs)[-1]
    known = read_boundary(case, wanted.input_hash)
    if known is not None:
        return {**known, "plan": name}
    if wanted.plan is not None:
        refuse_unusable(case, wanted.plan)
    case, model = _model(case, wanted.plan, inputs, progress.part(0.0, 0.2))
    sets = boundary_sets(model.problem.bone.mesh, case.anatomy, inputs.body_weight_kg)
    solved = _solve(case, model.problem, sets, progress.part(0.2, 0.9))
    progress("Measuring", 0.9)
    found = _finding(case, wanted.plan, model, sets, solved)
    out = {"key": boundary_key(wanted.input_hash), "plan": name, "input_hash": wanted.input_hash, **found}
    write_json(boundary_file(case, wanted.input_hash), out)
    return out


def _model(case: Case, plan: Plan | None, inputs: SolveInputs, progress: Progress) -> tuple[Case, PlanModel]:
    if plan is None:
        return case, intact_model(case, inputs)
    return plan_model(case, plan, inputs, progress)


def _solve(
    case: Case, problem: Problem, sets: Sequence[BoundarySet], progress: Progress
) -> dict[str, tuple[BoundarySet, Solution]]:
    """Set -> its solution with loads under their own names; sets with one support are solved together."""
    axial = next(c for c in problem.loads if c.name == "axial")
    by_support: dict[str, list[BoundarySet]] = {}
    for one in sets:
        by_support.setdefault(one.support.name, []).append(one)
    folder = case.folder.path / "cache" / f"boundary-{content_hash(problem.name)[:12]}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for support, members in by_support.items():
            loads = [LoadCase(f"stance_full{SEPARATOR}{m.name}", m.load.loads) for m in members]
            bone = replace(problem.bone, support=members[0].support)
            held = replace(problem, name=support, bone=bone, loads=(*loads, axial))
            serial.save_problem(held, folder / support)
        _run(folder, list(by_support), progress)
        found = {s: serial.load_solution(folder / f"{s}-solution") for s in by_support}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {m.name: (m, _own(found[s], m.name)) for s, members in by_support.items() for m in members}


def _run(folder: Path, names: Sequence[str], progress: Progress) -> None:
    def tell(event: Event) -> None:
        if event.kind == "progress" and not progress.asked_to_stop():
            progress(event.message, event.fraction)

    arguments = {
        "problems": [str(folder / n) for n in names],
        "solutions": [str(folder / f"{n}-solution") for n in names],
        "cache_dir": None,
    }
    jobs.run("solve", folder / "job", arguments, on_event=tell, cancelled=progress.asked_to_stop)


def _own(solution: Solution, name: str) -> Solution:
    """The loads of one set: its stance under the plain name, and the axial case."""
    kept = [s for s in solution.loads if s.name == "axial" or s.name.endswith(f"{SEPARATOR}{name}")]
    loads = tuple(replace(s, name=s.name.partition(SEPARATOR)[0]) for s in kept)
    return replace(solution, loads=loads)


def _finding(
    case: Case,
    plan: Plan | None,
    model: PlanModel,
    sets: Sequence[BoundarySet],
    solved: Mapping[str, tuple[BoundarySet, Solution]],
) -> dict[str, Any]:
    rows = []
    for one in sets:
        solution = solved[one.name][1]
        stance = next(s for s in solution.loads if s.name == "stance_full")
        metrics = [m for m in _metrics(case, plan, model, one, solution) if _counts(m)]
        rows.append(
            {
                "name": one.name,
                "title": one.title,
                "source": one.source,
                "verified": one.verified,
                "forces_N": {
                    f"{k + 1} {r.patch.name}": r.force_N.tolist() for k, r in enumerate(one.load.loads)
                },
                "support": one.support.name,
                "stiffness_N_mm": head_stiffness(stance, one.load),
                "metrics": [
                    {"id": m.id, "part": m.part, "load_case": m.load_case, "healing": m.healing,
                     "value": m.value, "unit": m.unit, "singular": m.singular, "reason": m.reason}
                    for m in metrics
                ],
            }
        )  # fmt: skip
    table = load_table("boundary_sets")["settings"]
    return {"sets": rows, "spread": spreads(rows), "warning": warning(table)}


def head_stiffness(load: LoadSolution, case: LoadCase) -> float | None:
    """N/mm: hip force over the displacement of the head centre along it; None when it moves against it."""
    force = case.loads[0].force_N
    size = float(np.linalg.norm(force))
    moved = float(load.remote_displacement_mm @ force) / size
    return size / moved if moved > 0 else None


def _metrics(
    case: Case, plan: Plan | None, model: PlanModel, one: BoundarySet, solution: Solution
) -> list[MetricValue]:
    bone = replace(model.problem.bone, support=one.support)
    loaded = {r.patch.name: r.patch for r in one.load.loads}
    run = Solved(solution, bone, model.solids, tuple(loaded.values()), model.problem.surfaces)
    context = context_of(case)
    if plan is not None:
        return bone_procedure(plan.procedure).metrics(context, plan, run)
    names = sorted({p.procedure for p in case.plans().values()})
    if not names:
        raise InputError(
            "study.no_plan",
            f"{case.folder.path.name} has no plan, so that no procedure says what is measured.",
            hint="Make plans with `surgitwin plan propose` first.",
            where=str(case.folder.path),
        )
    return [m for name in names for m in bone_procedure(name).metrics(context, None, run)]


def _counts(metric: MetricValue) -> bool:
    return metric.id in KEY_METRICS and metric.load_case in LOADS


def spreads(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lowest and highest of every number over the sets, and by how many percent of the lowest they differ."""
    table: dict[tuple[str, str, str, str], list[tuple[float, str]]] = {}
    units = {STIFFNESS: "N/mm"}
    for row in rows:
        if row["stiffness_N_mm"] is not None:
            own = (STIFFNESS, "construct", "stance_full", "")
            table.setdefault(own, []).append((row["stiffness_N_mm"], row["name"]))
        for m in row["metrics"]:
            units[m["id"]] = m["unit"]
            if m["value"] is not None:
                key = (m["id"], m["part"], m["load_case"], m["healing"])
                table.setdefault(key, []).append((m["value"], row["name"]))
    out = []
    for (id_, part, load, healing), values in table.items():
        (low, low_set), (high, high_set) = min(values), max(values)
        percent = 100 * (high - low) / low if low > 0 else None
        out.append(
            {"id": id_, "part": part, "load_case": load, "healing": healing, "unit": units[id_],
             "low": low, "low_set": low_set, "high": high, "high_set": high_set, "spread_percent": percent}
        )  # fmt: skip
    return out


def warning(table: Mapping[str, Any]) -> str:
    """What was published on the choice of boundary conditions."""
    percent, methods = table["published_spread_percent"], table["published_methods"]
    return (
        f"Boundary conditions alone moved femoral stiffness by {percent:g} % between {methods} published "
        "methods (PMC4583333, abstract): compare plans under one set only, and do not read absolute numbers."
    )
