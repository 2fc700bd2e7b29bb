"""Solve the intact bone and the plans, measure, and keep everything under its input hash."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.resources import load_table
from surgitwin.mechanics.problem import Problem
from surgitwin.planning.case import Case
from surgitwin.planning.freshness import mesh_current
from surgitwin.planning.plans.step import check_plan
from surgitwin.planning.settings import read_settings
from surgitwin.planning.solving.build import PlanModel, intact_model, plan_model
from surgitwin.planning.solving.contact_models import own_model
from surgitwin.planning.solving.inputs import SolveInputs, SolveOptions, result_hash, settle_inputs
from surgitwin.planning.solving.progress import SolveProgress
from surgitwin.planning.solving.records import Reference, Walls, record_run, run_rows
from surgitwin.planning.solving.results import INTACT, own_stage, read_run
from surgitwin.planning.solving.runner import SolveRunner
from surgitwin.planning.solving.wanted import Wanted, wanted_results

MODULUS_FACTORS = (0.8, 1.2)
"""Band of an uncalibrated or assumed stiffness: about +/- 10 % density (physics.md 1.1)."""
INTACT_SIZE = 0.35
"""Display setting: time of the intact bone beside a plan's."""


def solve_case(
    case: Case,
    names: Iterable[str] | None = None,
    options: SolveOptions = SolveOptions(),  # noqa: B008 - frozen
    progress: Progress = SILENT,
    cancelled: Callable[[], bool] | None = None,
    healing: Sequence[str] = (),
    *,
    own: bool = True,
    contact_models: bool = False,
) -> list[dict[str, Any]]:
    """Runs (contract rows) of the intact bone and of the named plans (default all), new or from the cache.

    healing: further stages at which plans with a fracture are solved too ("all": every stage there is);
    own False: at these only. contact_models: also under the contact models that are not a plan's own, for the
    table of the three (`planning.solving.contact_models`).

    Raises InputError "case.not_segmented", "case.not_meshed", "case.mesh_old", "plan.unknown",
    "plan.no_fracture", "plan.option", "material.unknown", GeometryError "plan.unusable" before anything is
    computed, SolverError, Cancelled; the case on disk keeps its finished results.
    """
    require_current_mesh(case)
    inputs = settle_inputs(case, options)
    cores = options.cores or read_settings().cores or os.cpu_count() or 1
    wanted = wanted_results(case, names, inputs, healing, own=own, contact_models=contact_models)
    todo = [w for w in wanted if read_run(case, w.input_hash) is None]
    for plan in {w.plan.name: w.plan for w in todo if w.plan is not None}.values():
        refuse_unusable(case, plan)
    progress("Preparing", 0.0)
    if todo:
        case = _compute(case, todo, inputs, options, cores, progress, cancelled)
    results = dict(case.state.get("results") or {})
    results |= {
        w.key: {
            "input_hash": w.input_hash,
            "inputs": inputs.as_dict(),
            "plan_hash": None if w.plan is None else w.plan.hash,
            "healing": own_stage(w.plan),
            "contact": "" if w.plan is None else own_model(w.plan),
        }
        for w in wanted
    }
    case.updated(
        "solve " + ", ".join(w.key for w in wanted),
        results=results,
        solve_inputs=inputs.as_dict(),
        intact_hash=wanted[0].input_hash,
    )
    fresh = {w.key for w in todo}
    return [
        {**row, "healing": own_stage(w.plan), "contact": "" if w.plan is None else own_model(w.plan)}
        for w in wanted
        for row in run_rows(case, w.input_hash, cached=w.key not in fresh)
    ]


def require_current_mesh(case: Case) -> None:
    """InputError when there is no mesh ("case.not_meshed") or it belongs to other segments or another
    anatomy ("case.mesh_old"): results on it would be out of date from the start."""
    case.require_mesh()
    if not mesh_current(case):
        raise InputError(
            "case.mesh_old",
            "The segments or the anatomy were changed after the bone was meshed.",
            hint=f"Run `surgitwin mesh {case.folder.path.name}` again, then solve.",
            where=str(case.folder.path),
        )


def refuse_unusable(case: Case, plan: Plan) -> None:
    """GeometryError "plan.unusable" for a plan with a finding that is an error."""
    errors = [f.message for f in check_plan(case, plan) if f.severity == "error"]
    if errors:
        raise GeometryError(
            "plan.unusable",
            f"Plan {plan.name}: " + " ".join(errors),
            hint="Correct the plan file, or propose plans again.",
            where=plan.name,
        )


def _compute(
    case: Case,
    todo: list[Wanted],
    inputs: SolveInputs,
    options: SolveOptions,
    cores: int,
    progress: Progress,
    cancelled: Callable[[], bool] | None,
) -> Case:
    """The intact bone, then as many plans at a time as there are cores: build, solve side by side, measure.

    Only the models of one such group are in memory; a group holds the stages of a plan next to each other.
    """
    sizes = {w.key: 1.0 if w.plan else INTACT_SIZE for w in todo}
    loads = {name: str(row["title"]) for name, row in load_table("load_cases/femur")["cases"].items()}
    shown = SolveProgress(progress, sizes, {w.key: w.title for w in todo}, loads, cancelled)
    runner = SolveRunner(case.folder, options.method, shown)
    intact_hash = result_hash(case, None, inputs)
    whole = next((w for w in todo if w.plan is None), None)
    started = time.perf_counter()
    if whole is not None:
        shown.phase(INTACT, "build")("Building the model", 0.0)
    intact = intact_model(case, inputs)
    reference = Reference(intact_hash, intact.problem.bone)

    def finish(
        w: Wanted, model: PlanModel, walls: Walls, factors: tuple[float, ...], ranks: int, spare: int
    ) -> None:
        # Recorded as soon as it is solved: what comes later may fail or be cancelled.
        shown.phase(w.key, "build")("Building the model", 1.0)
        begun = time.perf_counter()
        runner.run(w.key, w.input_hash, variants(model.problem, factors), ranks, spare)
        solved = replace(walls, solve=time.perf_counter() - begun)
        shown.phase(w.key, "measure")("Measuring", 0.2)
        record_run(case, w.plan, w.input_hash, model, inputs, reference, solved)
        shown.done(w.key)

    if whole is not None:
        finish(whole, intact, Walls(cores, time.perf_counter() - started), (), min(cores, 2), cores)
    before: tuple[Wanted, PlanModel] | None = None
    for group in _groups([w for w in todo if w.plan is not None], cores):
        tasks = []
        for w in group:
            started = time.perf_counter()
            assert w.plan is not None  # of the group
            like = before[1] if before is not None and _same_but_stage(before[0], w) else None
            case, model = plan_model(case, w.plan, inputs, shown.phase(w.key, "build"), like)
            walls = Walls(cores, time.perf_counter() - started)
            before = (w, model)
            tasks.append(partial(finish, w, model, walls, MODULUS_FACTORS, 1, cores // len(group)))
        runner.side_by_side(tasks, cores)
    return case


def _groups(wanted: list[Wanted], size: int) -> Iterator[list[Wanted]]:
    for n in range(0, len(wanted), size):
        yield wanted[n : n + size]


def _same_but_stage(a: Wanted, b: Wanted) -> bool:
    """Whether two results differ in the healing stage only: the implants' meshes are the same."""
    return a.plan is not None and b.plan is not None and b.plan.name == a.plan.name


def variants(problem: Problem, factors: tuple[float, ...]) -> dict[str, Problem]:
    """The problem as it is ("nominal"), and without load variants for each scaled modulus ("E0.8", ...)."""
    plain = tuple(replace(c, band=True) for c in problem.loads if not c.band)
    out = {"nominal": problem}
    for f in factors:
        out[f"E{f:g}"] = replace(problem, name=f"{problem.name} E x {f:g}", modulus_factor=f, loads=plain)
    return out
