"""One structure with its loads, solved and measured for every plan: the task of a sweep's worker.

Runs in a process of its own (`jobs.sweep_child`), which keeps the case and the plans for the next sample.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.core.progress import Progress
from surgitwin.mechanics import serial
from surgitwin.mechanics.problem import LoadCase, Problem, Solution
from surgitwin.planning.case import Case
from surgitwin.planning.plans.step import context_of
from surgitwin.planning.solving.inputs import SolveInputs
from surgitwin.planning.solving.results import INTACT
from surgitwin.planning.uncertainty.design import Draw
from surgitwin.planning.uncertainty.perturb import Variant, drawn_loads, variant
from surgitwin.procedures.base import Solved
from surgitwin.procedures.registry import bone_procedure

SEPARATOR = "#"
"""Between the name of a load case and the number of its draw."""

_kept: dict[tuple[str, ...], Base] = {}


@dataclass(frozen=True, eq=False)
class Base:
    """What every sample starts from: the case, its plans, and their problems as built ("intact" too)."""

    case: Case
    plans: Mapping[str, Plan]
    problems: Mapping[str, Problem]


def run(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Solve the draws of one structure for the named plans.

    arguments: case, workspace (or None), base (folder of the problems), plans (names), inputs (settled
    ones), draws (rows that differ in their loads only), rtol. Returns {"rows": [{"plan", "draw" (number),
    "metrics" or "error", "wall_s"}], "wall_s": {plan: s}}. A plan that cannot be built or solved is a row
    with its error.
    """
    base = _base(arguments)
    inputs = SolveInputs.from_dict(arguments["inputs"])
    draws: Sequence[Draw] = arguments["draws"]
    rtol = float(arguments["rtol"])
    walls: dict[str, float] = {}
    rows: list[dict[str, Any]] = []
    started = time.perf_counter()
    try:
        whole = solved_variant(base, INTACT, inputs, draws, rtol, progress.part(0, 0.2))
    except SurgiTwinError as error:
        return {"rows": [_failed(n, k, error) for n in arguments["plans"] for k in range(len(draws))],
                "wall_s": {INTACT: time.perf_counter() - started}}  # fmt: skip
    walls[INTACT] = time.perf_counter() - started
    for n, name in enumerate(arguments["plans"]):
        part = progress.part(*(0.2 + 0.8 * (n + k) / len(arguments["plans"]) for k in (0, 1)))
        started = time.perf_counter()
        try:
            measured = _measured(base, solved_variant(base, name, inputs, draws, rtol, part), whole)
            rows += [{"plan": name, "draw": k, "metrics": plain(m)} for k, m in enumerate(measured)]
        except SurgiTwinError as error:
            rows += [_failed(name, k, error) for k in range(len(draws))]
        walls[name] = time.perf_counter() - started
    for row in rows:
        row["wall_s"] = walls.get(row["plan"], 0.0) / len(draws)
    return {"rows": rows, "wall_s": walls}


@dataclass(frozen=True, eq=False)
class SolvedVariant:
    """A variant with its solution under all draws; `only` gives one draw's."""

    variant: Variant
    solution: Solution

    def only(self, draw: int) -> Solved:
        """The loads of one draw under their own names."""
        end = f"{SEPARATOR}{draw}"
        loads = tuple(
            replace(s, name=s.name.removesuffix(end)) for s in self.solution.loads if s.name.endswith(end)
        )
        problem = self.variant.problem
        patches = {r.patch.name: r.patch for c in problem.loads for r in c.loads}
        solution = replace(self.solution, loads=loads)
        loaded = tuple(patches.values())
        return Solved(solution, problem.bone, self.variant.solids, loaded, problem.surfaces)


def solved_variant(
    base: Base, name: str, inputs: SolveInputs, draws: Sequence[Draw], rtol: float, progress: Progress
) -> SolvedVariant:
    """One plan (or the intact bone) at the structure of `draws` under the loads of each."""
    # Imported here: only a worker's process may start MPI.
    from surgitwin.mechanics.fenicsx import solve

    made = variant(base.case, inputs, base.plans.get(name), base.problems[name], draws[0])
    loads: tuple[LoadCase, ...] = ()
    for k, draw in enumerate(draws):
        loads += drawn_loads(made.problem.loads, base.case.anatomy, draw, f"{SEPARATOR}{k}")
    settings = replace(made.problem.settings, rtol=rtol, band_rtol=rtol, checks=False)
    problem = replace(made.problem, loads=loads, settings=settings)
    (solution,) = solve([problem], progress)
    return SolvedVariant(replace(made, problem=problem), solution)


def _measured(base: Base, one: SolvedVariant, whole: SolvedVariant) -> list[list[MetricValue]]:
    """Metrics draw by draw."""
    plan = one.variant.plan
    assert plan is not None
    context, procedure = context_of(base.case), bone_procedure(plan.procedure)
    count = 1 + max(int(s.name.rpartition(SEPARATOR)[2]) for s in one.solution.loads)
    return [procedure.metrics(context, plan, one.only(k), whole.only(k)) for k in range(count)]


def plain(metrics: Sequence[MetricValue]) -> list[list[Any]]:
    """[id, part, load case, healing, value or None, threshold or None, comparator] of every metric."""
    return [[*m.key, m.value, m.threshold, m.comparator] for m in metrics]


def _failed(plan: str, draw: int, error: SurgiTwinError) -> dict[str, Any]:
    return {"plan": plan, "draw": draw, "error": error.as_dict()}


def _base(arguments: Mapping[str, Any]) -> Base:
    """The case and its problems, read once per process."""
    key = (str(arguments["case"]), str(arguments["workspace"]), str(arguments["base"]))
    if key not in _kept:
        _kept.clear()
        workspace = arguments["workspace"]
        case = Case.open(arguments["case"], None if workspace is None else Path(workspace))
        folders = [f for f in sorted(Path(arguments["base"]).iterdir()) if f.is_dir()]
        problems = serial.load_problems(folders, Path(arguments["base"]))
        _kept[key] = Base(case, case.plans(), {f.name: p for f, p in zip(folders, problems, strict=True)})
    return _kept[key]
