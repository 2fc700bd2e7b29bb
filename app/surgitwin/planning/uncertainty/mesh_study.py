"""The same plan on three meshes: observed order, extrapolated value and GCI of what is compared."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal

from surgitwin import jobs
from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import GeometryError, UsageError
from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Event, Progress
from surgitwin.implants import build
from surgitwin.mechanics import serial
from surgitwin.mechanics.grid_convergence import gci
from surgitwin.mechanics.problem import Problem, Solution
from surgitwin.planning.case import Case
from surgitwin.planning.plans.step import context_of
from surgitwin.planning.solving.build import PlanModel, bone_of, problem_of
from surgitwin.planning.solving.inputs import SolveInputs, SolveOptions, settle_inputs
from surgitwin.planning.solving.results import INTACT
from surgitwin.planning.solving.step import refuse_unusable, require_current_mesh
from surgitwin.planning.solving.wanted import wanted_results
from surgitwin.planning.uncertainty.findings import KEY_METRICS, LOADS, mesh_file, read_mesh_study
from surgitwin.planning.uncertainty.mesh_levels import Level, mesh_level
from surgitwin.planning.uncertainty.study import write_json
from surgitwin.procedures.base import Solved
from surgitwin.procedures.registry import bone_procedure

VERSION = 3
Direction = Literal["coarser", "finer"]
RATIO = 1.4
"""Numerical setting: ratio of cell sizes (Celik 2008: over 1.3); `mesh_levels` makes bone and implants so."""
RATIO_RANGE = (1.2, 2.0)
THEORY = 2.0
"""Order that is expected: quadratic tetrahedra with straight sides follow a curved bone to second order."""
QUANTITIES = (*KEY_METRICS, "ifm_closure")
"""Integral quantities and averages over patches; no peaks."""


def run_mesh_study(
    case: Case,
    name: str,
    ratio: float = RATIO,
    direction: Direction = "finer",
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """Three meshes of a plan (or "intact"), the case's own size among them, bone and implants alike.

    direction: "finer": one smaller size, the case's, one larger; "coarser": the case's size and two larger
    ones, which is quick but mostly too coarse for an order. Sizes are told by the numbers of
    unknowns. Kept in the case. Raises UsageError "study.ratio", and errors of meshing and solving as `solve`
    does.
    """
    low, high = RATIO_RANGE
    if not low <= ratio <= high:
        raise UsageError(
            "study.ratio", f"A ratio of mesh sizes of {ratio:g} is outside {low:g} to {high:g}.",
            hint=f"{RATIO:g} is the default.", where="--ratio",
        )  # fmt: skip
    require_current_mesh(case)
    inputs = settle_inputs(case, SolveOptions())
    wanted = wanted_results(case, [] if name == INTACT else [name], inputs)[-1]
    key = content_hash(wanted.input_hash, ratio, direction, VERSION)
    known = read_mesh_study(case, wanted.input_hash)
    if known is not None and known["key"] == key:
        return {**known, "plan": name}
    if wanted.plan is not None:
        refuse_unusable(case, wanted.plan)
    meshes = _levels(case, wanted.plan, ratio, direction, progress.part(0.0, 0.5))
    levels = [
        _level(case, wanted.plan, inputs, *x, progress.part(0.5 + k / 6, 0.5 + (k + 1) / 6))
        for k, x in enumerate(meshes)
    ]
    out = {
        "key": key,
        "plan": name,
        "input_hash": wanted.input_hash,
        "ratio": ratio,
        "direction": direction,
        "theory": THEORY,
        "levels": [{k: v for k, v in x.items() if k != "metrics"} for x in levels],
        "quantities": quantities(levels),
    }
    write_json(mesh_file(case, wanted.input_hash), out)
    return out


def _levels(
    case: Case, plan: Plan | None, ratio: float, direction: Direction, progress: Progress
) -> list[tuple[float, Level]]:
    """(factor, meshes) of the three levels, the finest first; the case's own sizes are the factor 1."""
    fracture = None if plan is None else plan.fracture
    solids = () if plan is None else tuple(build(p) for p in plan.implants)
    base = mesh_level(case, fracture, solids, 1.0, None, progress.part(0.0, 0.2))
    found = [(1.0, base)]
    for n, power in enumerate((1, 2) if direction == "coarser" else (-1, 1)):
        factor, part = ratio**power, progress.part(0.2 + 0.4 * n, 0.6 + 0.4 * n)
        try:
            found.append((factor, mesh_level(case, fracture, solids, factor, base, part)))
        except GeometryError as error:
            raise GeometryError(
                error.code,
                f"At {factor:.2g} times the size: {error.message}",
                hint="Take a smaller --ratio, or mesh the case with smaller elements.",
                where=error.where,
            ) from error
    return sorted(found, key=lambda x: x[0])


def _level(
    case: Case, plan: Plan | None, inputs: SolveInputs, factor: float, meshes: Level, progress: Progress
) -> dict[str, Any]:
    """One mesh: its size, its numbers, and what it gave."""
    size = float(case.state["mesh"]["size_mm"]) * factor
    model = _model(case, plan, inputs, meshes)
    solution = _solution(case, model.problem, size, progress.part(0.0, 0.8))
    progress(f"Measuring at {size:.2g} mm", 0.8)
    patches = {r.patch.name: r.patch for c in model.problem.loads for r in c.loads}
    made = model.problem
    run = Solved(solution, made.bone, model.solids, tuple(patches.values()), made.surfaces)
    procedures = [plan.procedure] if plan else sorted({p.procedure for p in case.plans().values()})
    metrics = [m for p in procedures for m in bone_procedure(p).metrics(context_of(case), plan, run)]
    return {
        "size_mm": size,
        "cell_sizes_mm": meshes.sizes_mm,
        "unknowns": solution.facts["dofs"],
        "cells": solution.facts["n_cells"],
        "wall_s": solution.facts["wall_s"]["total"],
        "metrics": [m for m in metrics if m.id in QUANTITIES and m.load_case in LOADS],
    }


def _solution(case: Case, problem: Problem, size: float, progress: Progress) -> Solution:
    """Solved in a process of its own."""
    folder = case.folder.path / "cache" / f"mesh-{content_hash(problem.name, size)[:12]}"
    shutil.rmtree(folder, ignore_errors=True)

    def tell(event: Event) -> None:
        if event.kind == "progress" and not progress.asked_to_stop():
            progress(f"{size:.2g} mm: {event.message}", event.fraction)

    try:
        serial.save_problem(problem, folder / "problem")
        arguments = {
            "problems": [str(folder / "problem")],
            "solutions": [str(folder / "solution")],
            "cache_dir": None,
        }
        jobs.run("solve", folder / "job", arguments, on_event=tell, cancelled=progress.asked_to_stop)
        return serial.load_solution(folder / "solution")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _model(case: Case, plan: Plan | None, inputs: SolveInputs, meshes: Level) -> PlanModel:
    bone, report = bone_of(case, meshes.bone, None if plan is None else plan.fracture, inputs)
    solids = () if plan is None else tuple(build(p) for p in plan.implants)
    name = INTACT if plan is None else plan.name
    problem = problem_of(name, bone, meshes.implants, case, inputs)
    if plan is not None:
        planned = bone_procedure(plan.procedure).bone(bone, plan, solids)
        own = [i.mesh for i in meshes.implants]
        surfaces, contact = bone_procedure(plan.procedure).contact(bone, planned, plan, solids, own)
        problem = replace(problem, bone=planned, surfaces=surfaces, contact=contact)
    wanted = tuple(c for c in problem.loads if c.name in LOADS)
    return PlanModel(replace(problem, loads=wanted), solids, report)


def quantities(levels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Convergence of every number that all three levels give, finest first.

    levels: each with `unknowns` and `metrics` (MetricValue). Sizes go by the cube root of the unknowns: what
    a mesher makes of an edge length is not exactly that.
    """
    sizes = [float(x["unknowns"]) ** (-1 / 3) for x in levels]
    tables: list[dict[tuple[str, str, str, str], MetricValue]] = [
        {m.key: m for m in x["metrics"]} for x in levels
    ]
    out = []
    for key, first in tables[0].items():
        values = [t[key].value if key in t else None for t in tables]
        row: dict[str, Any] = dict(zip(("id", "part", "load_case", "healing"), key, strict=True))
        row |= {"unit": first.unit, "singular": first.singular, "values": values}
        if None in values:
            out.append({**row, "convergence": None, "reason": "not given on all three meshes"})
            continue
        f1, f2, f3 = (float(v) for v in values if v is not None)
        h1, h2, h3 = (s / sizes[0] for s in sizes)
        found = gci(f1, f2, f3, h1, h2, h3, THEORY)
        facts = {**asdict(found), "error_fraction": found.error_fraction, "trusted": found.trusted}
        out.append({**row, "convergence": facts, "reason": None})
    return out
