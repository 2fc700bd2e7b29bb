"""Solve the intact bone and the plans, measure, and keep everything under its input hash."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from surgitwin import jobs
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Event, Progress
from surgitwin.mechanics import serial
from surgitwin.mechanics.problem import Problem
from surgitwin.planning.build import PlanModel, intact_model, plan_model
from surgitwin.planning.case import Case
from surgitwin.planning.inputs import SolveInputs, SolveOptions, result_hash, settle_inputs
from surgitwin.planning.plan_step import check_plan
from surgitwin.planning.records import Reference, record_run, run_rows
from surgitwin.planning.results import INTACT, read_run
from surgitwin.planning.settings import read_settings
from surgitwin.storage.atomic import storage_errors

MODULUS_FACTORS = (0.8, 1.2)
"""Band of an uncalibrated or assumed stiffness: about +/- 10 % density (physics.md 1.1)."""


CACHE_LIMIT_BYTES = 400_000_000
"""Setting: room for the bone matrices of the plan that was solved last, on a real femur."""


@dataclass(frozen=True, eq=False)
class _Wanted:
    name: str
    plan: Plan | None
    input_hash: str


def solve_case(
    case: Case,
    names: Iterable[str] | None = None,
    options: SolveOptions = SolveOptions(),  # noqa: B008 - frozen
    progress: Progress = SILENT,
    cancelled: Callable[[], bool] | None = None,
) -> list[dict[str, Any]]:
    """Runs (contract rows) of the intact bone and of the named plans (default all), new or from the cache.

    Raises InputError "case.not_segmented", "case.not_meshed", "plan.unknown", GeometryError
    "plan.unusable" before anything is computed,
    SolverError, Cancelled; the case on disk keeps its finished results.
    """
    case.require_mesh()
    inputs = settle_inputs(case, options)
    cores = options.cores or read_settings().cores or os.cpu_count() or 1
    wanted = _wanted(case, names, inputs)
    todo = [w for w in wanted if read_run(case, w.input_hash) is None]
    for w in todo:
        _refuse_unusable(case, w)
    progress("Preparing", 0.0)
    intact_hash = wanted[0].input_hash
    if todo:
        case = _compute(case, todo, inputs, options, cores, progress, cancelled)
    results = dict(case.state.get("results") or {})
    results |= {
        w.name: {
            "input_hash": w.input_hash,
            "inputs": inputs.as_dict(),
            "plan_hash": None if w.plan is None else w.plan.hash,
        }
        for w in wanted
    }
    case.updated(
        "solve " + ", ".join(w.name for w in wanted),
        results=results,
        solve_inputs=inputs.as_dict(),
        intact_hash=intact_hash,
    )
    fresh = {w.name for w in todo}
    return [row for w in wanted for row in run_rows(case, w.input_hash, cached=w.name not in fresh)]


def _wanted(case: Case, names: Iterable[str] | None, inputs: SolveInputs) -> list[_Wanted]:
    plans = case.plans()
    chosen = list(plans) if names is None else [n for n in names if n != INTACT]
    unknown = [n for n in chosen if n not in plans]
    if unknown:
        raise InputError(
            "plan.unknown",
            f"{case.folder.path.name} has no plan called {', '.join(unknown)}.",
            hint=f"Its plans: {', '.join(plans) or 'none; run `surgitwin plan propose`'}.",
            where="--plan",
        )
    out = [_Wanted(INTACT, None, result_hash(case, None, inputs))]
    return out + [_Wanted(n, plans[n], result_hash(case, plans[n], inputs)) for n in chosen]


def _refuse_unusable(case: Case, wanted: _Wanted) -> None:
    if wanted.plan is None:
        return
    errors = [f.message for f in check_plan(case, wanted.plan) if f.severity == "error"]
    if errors:
        raise GeometryError(
            "plan.unusable",
            f"Plan {wanted.name}: " + " ".join(errors),
            hint="Correct the plan file, or propose plans again.",
            where=wanted.name,
        )


def _compute(
    case: Case,
    todo: list[_Wanted],
    inputs: SolveInputs,
    options: SolveOptions,
    cores: int,
    progress: Progress,
    cancelled: Callable[[], bool] | None,
) -> Case:
    """Build one after the other, solve side by side, then measure and write the records."""
    models: dict[str, PlanModel] = {}
    for n, w in enumerate(todo):
        part = progress.part(0.3 * n / len(todo), 0.3 * (n + 1) / len(todo))
        part(f"Building {w.name}", 0.0)
        if w.plan is None:
            models[w.name] = intact_model(case, inputs)
        else:
            case, models[w.name] = plan_model(case, w.plan, inputs, part)
    bone = (models.get(INTACT) or intact_model(case, inputs)).problem.bone
    reference = Reference(result_hash(case, None, inputs), bone)
    runner = _Runner(case, options, progress.part(0.3, 0.9), cancelled)

    def finish(w: _Wanted, factors: tuple[float, ...], ranks: int) -> None:
        # Recorded as soon as it is solved: what comes later may fail or be cancelled.
        runner.run(w.input_hash, variants(models[w.name].problem, factors), ranks, spare)
        progress(f"Measuring {w.name}", None)
        record_run(case, w.plan, w.input_hash, models[w.name], inputs, reference)

    planned = [w for w in todo if w.plan is not None]
    spare = cores // max(len(planned), 1)
    for w in (w for w in todo if w.plan is None):
        finish(w, (), min(cores, 2))
    runner.side_by_side([partial(finish, w, MODULUS_FACTORS, 1) for w in planned], cores)
    return case


def variants(problem: Problem, factors: tuple[float, ...]) -> dict[str, Problem]:
    """The problem as it is ("nominal"), and without load variants for each scaled modulus ("E0.8", ...)."""
    plain = tuple(replace(c, band=True) for c in problem.loads if not c.band)
    out = {"nominal": problem}
    for f in factors:
        out[f"E{f:g}"] = replace(problem, name=f"{problem.name} E x {f:g}", modulus_factor=f, loads=plain)
    return out


def _trim(cache: Path) -> None:
    """Delete the oldest stored matrices above the limit."""
    files = sorted(cache.glob("*.npy"), key=lambda p: p.stat().st_mtime, reverse=True)
    total = 0
    for path in files:
        total += path.stat().st_size
        if total > CACHE_LIMIT_BYTES:
            path.unlink(missing_ok=True)


class _Runner:
    """Runs worker processes for results; one failing or cancelled job stops the others."""

    def __init__(
        self, case: Case, options: SolveOptions, progress: Progress, cancelled: Callable[[], bool] | None
    ) -> None:
        self._folder = case.folder
        self._method = options.method
        self._progress = progress
        self._stop = threading.Event()
        self._cancelled = cancelled

    def run(
        self, input_hash: str, problems: dict[str, Problem], ranks: int = 1, jobs_at_once: int = 1
    ) -> None:
        """Solve one result's problems in its folder; a failure leaves nothing but the log, in ``cache``.

        jobs_at_once 2: the first problem in one process, the others (the stiffness band) in another.
        """
        folder = self._folder.result_dir(input_hash)
        shutil.rmtree(folder, ignore_errors=True)
        cache = self._folder.path / "cache"
        cache.mkdir(exist_ok=True)
        _trim(cache)
        names = list(problems)
        groups = [names[:1], names[1:]] if jobs_at_once > 1 and len(names) > 1 else [names]
        try:
            with storage_errors(folder):
                tasks = [
                    partial(self._job, folder, work, {n: problems[n] for n in group}, ranks)
                    for work, group in zip(("job", "job-band"), groups, strict=False)
                ]
                self._all(tasks, len(tasks))
        except BaseException:
            self._clear(folder)
            raise

    def _job(self, folder: Path, name: str, problems: dict[str, Problem], ranks: int) -> None:
        work = folder / name
        for n, problem in problems.items():
            settings = replace(problem.settings, method=self._method)
            serial.save_problem(replace(problem, settings=settings), work / n)
        arguments = {
            "problems": [str(work / n) for n in problems],
            "solutions": [str(folder / n) for n in problems],
            "cache_dir": str(self._folder.path / "cache"),
        }
        jobs.run("solve", work, arguments, ranks=ranks, on_event=self._report, cancelled=self._asked_to_stop)
        shutil.rmtree(work)

    def _clear(self, folder: Path) -> None:
        for work in folder.glob("job*"):
            with contextlib.suppress(OSError):
                name = f"{folder.name}.{work.name}.worker.log"
                (work / "worker.log").replace(self._folder.path / "cache" / name)
        shutil.rmtree(folder, ignore_errors=True)

    def side_by_side(self, tasks: Sequence[Callable[[], None]], cores: int) -> None:
        """Run tasks, as many at a time as there are cores; the first failure stops the others."""
        if tasks:
            self._all(tasks, min(cores, len(tasks)))

    def _all(self, tasks: Sequence[Callable[[], None]], at_once: int) -> None:
        with ThreadPoolExecutor(at_once) as pool:
            futures = [pool.submit(task) for task in tasks]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
            except BaseException:  # also Ctrl-C in this thread: the pool waits for its threads
                self._stop.set()
                raise

    def _asked_to_stop(self) -> bool:
        return self._stop.is_set() or (self._cancelled is not None and self._cancelled())

    def _report(self, event: Event) -> None:
        # The residual of every iteration is for the log of the worker, not for people.
        if event.message and event.kind == "progress" and "residual" not in event.message:
            self._progress(event.message, None)
