"""Run a study: what is missing is solved, every sample is kept at once, the numbers are summed up."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.errors import SolverError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.jobs.sweep import Outcome, SweepOptions, sweep, worker_count
from surgitwin.mechanics import serial
from surgitwin.planning.case import Case
from surgitwin.planning.estimate import this_machine
from surgitwin.planning.solving.build import intact_model, plan_model
from surgitwin.planning.solving.results import INTACT
from surgitwin.planning.solving.step import refuse_unusable, require_current_mesh
from surgitwin.planning.uncertainty.cost import Cost, cost_of
from surgitwin.planning.uncertainty.design import structure_groups
from surgitwin.planning.uncertainty.pool import Pool, Row, settled
from surgitwin.planning.uncertainty.study import (
    DEFINITION,
    SUMMARY,
    Study,
    StudyOptions,
    make_study,
    study_folder,
    write_json,
)
from surgitwin.planning.uncertainty.summary import summarise
from surgitwin.procedures.registry import bone_procedure

BUILD_SHARE = 0.1
"""Display setting: time of building the plans beside the samples."""


@dataclass(frozen=True, eq=False)
class Work:
    """A study and what of it is left to do. groups: arguments of the sweep's tasks, without the folders."""

    study: Study
    groups: tuple[Mapping[str, Any], ...]
    todo: int
    cost: Cost


def plan_work(case: Case, options: StudyOptions, workers: int | None = None) -> Work:
    """What `run_study` would do, with its cost; nothing is written. Raises as `make_study`, and InputError
    "case.not_meshed", "case.mesh_old", GeometryError "plan.unusable"."""
    require_current_mesh(case)
    study = make_study(case, options)
    for name in study.plans:
        refuse_unusable(case, case.plans()[name])
    rows = {name: Pool(case, hash_).rows() for name, hash_ in study.plans.items()}
    keys = {name: study.keys(name) for name in study.plans}
    draws = study.design.draws
    groups: list[dict[str, Any]] = []
    for members in structure_groups(draws, study.design.inputs):
        open_ = {n: [k for k in members if not settled(rows[n].get(keys[n][k]))] for n in study.plans}
        chosen = sorted({k for ks in open_.values() for k in ks})
        if chosen:
            names = [n for n, ks in open_.items() if ks]
            groups.append({"plans": names, "numbers": chosen, "draws": [dict(draws[k]) for k in chosen]})
    todo = sum(len(g["plans"]) * len(g["numbers"]) for g in groups)
    return Work(study, tuple(groups), todo, cost_of(case, study, groups, todo, workers))


def run_study(
    case: Case,
    options: StudyOptions = StudyOptions(),  # noqa: B008 - frozen
    sweeping: SweepOptions = SweepOptions(),  # noqa: B008 - frozen
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """Summary of the study, new or taken up again; every sample is on the disk as soon as it is solved.

    Raises as `plan_work` and `jobs.sweep.sweep`; what was done stays.
    """
    work = plan_work(case, options, worker_count(sweeping))
    study = work.study
    folder = study_folder(case, study.id)
    if not (folder / DEFINITION).is_file():
        write_json(folder / DEFINITION, study.as_dict())
    progress(work.cost.text, 0.0)
    if work.groups:
        base = case.folder.path / "cache" / f"study-{study.id}"
        try:
            case = _store_base(case, study, base, progress.part(0.0, BUILD_SHARE))
            _sweep(case, work, base, sweeping, progress.part(BUILD_SHARE, 0.98))
        finally:
            shutil.rmtree(base, ignore_errors=True)
    rows = _rows(case, study)
    _require_some(rows)
    summary = summarise(study, rows, _units(case, study))
    write_json(folder / SUMMARY, summary)
    entry = {"plans": dict(study.plans), "samples": summary["samples"], "when": study.when}
    known = {**(case.state.get("studies") or {}), study.id: entry}
    case.updated(f"study of {', '.join(study.plans)}", studies=known)
    return {**summary, "cost": work.cost.text, "solved": work.todo}


def _store_base(case: Case, study: Study, base: Path, progress: Progress) -> Case:
    """Every problem as built, in a folder of its own name: what all workers start from."""
    shutil.rmtree(base, ignore_errors=True)
    progress("Building the intact bone", 0.0)
    serial.save_problem(intact_model(case, study.inputs).problem, base / INTACT)
    for n, name in enumerate(study.plans):
        part = progress.part(*((n + k) / len(study.plans) for k in (0, 1)))
        part(f"Building {name}", 0.0)
        case, model = plan_model(case, case.plans()[name], study.inputs, part)
        serial.save_problem(model.problem, base / name)
    return case


def _sweep(case: Case, work: Work, base: Path, sweeping: SweepOptions, progress: Progress) -> None:
    study = work.study
    keys = {name: study.keys(name) for name in study.plans}
    pools = {name: Pool(case, hash_) for name, hash_ in study.plans.items()}
    workspace = None if case.folder.workspace == case.folder.path else str(case.folder.workspace)
    common = {
        "case": str(case.folder.path.resolve()),
        "workspace": workspace,
        "base": str(base.resolve()),
        "inputs": study.inputs.as_dict(),
        "rtol": study.rtol,
    }
    tasks = [{**common, "plans": g["plans"], "draws": g["draws"]} for g in work.groups]

    def keep(number: int, outcome: Outcome) -> None:
        group = work.groups[number]
        for row in _result_rows(group, outcome):
            name, draw = row["plan"], group["numbers"][row["draw"]]
            facts = {k: v for k, v in row.items() if k not in ("plan", "draw")}
            more = {"machine": this_machine(), "draws_at_once": len(group["numbers"])}
            pools[name].add([{"key": keys[name][draw], **facts, **more}])

    needs = (*sweeping.needs, common["case"], common["base"])
    sweep("sample", tasks, keep, SweepOptions(**{**vars(sweeping), "needs": needs}), progress)


def _result_rows(group: Mapping[str, Any], outcome: Outcome) -> Sequence[Mapping[str, Any]]:
    """Rows of a task; when the whole task failed, its error for each of its samples."""
    if outcome.data is not None:
        rows: Sequence[Mapping[str, Any]] = outcome.data["rows"]
        return rows
    return [
        {"plan": name, "draw": k, "error": outcome.error, "wall_s": outcome.wall_s}
        for name in group["plans"]
        for k in range(len(group["draws"]))
    ]


def _rows(case: Case, study: Study) -> dict[str, list[Row | None]]:
    found = {name: Pool(case, hash_).rows() for name, hash_ in study.plans.items()}
    return {name: [found[name].get(key) for key in study.keys(name)] for name in study.plans}


def _require_some(rows: Mapping[str, Sequence[Row | None]]) -> None:
    """SolverError "study.failed" when not one sample of any plan succeeded."""
    done = [r for row in rows.values() for r in row if r is not None]
    if done and not any("metrics" in r for r in done):
        first = done[0]["error"]
        raise SolverError(
            "study.failed",
            f"All {len(done)} samples failed. The first: {first['message']}",
            hint=first["hint"] or "Run `surgitwin solve` to see whether the plan can be solved at all.",
            where=first["where"],
        )


def _units(case: Case, study: Study) -> dict[str, str]:
    plans = case.plans()
    names = {plans[n].procedure for n in study.plans if n in plans}
    return {d.id: d.unit for name in names for d in bone_procedure(name).metric_definitions()}
