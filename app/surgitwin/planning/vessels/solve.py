"""Deploy the devices of plans in worker processes: neighbours in one process, so that each starts from the
last.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from surgitwin import jobs
from surgitwin.core.errors import GeometryError, InputError, SolverError, SurgiTwinError, UsageError
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Event, Progress
from surgitwin.mechanics.devices.files import save_task
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.planning.case import Case
from surgitwin.planning.settings import read_settings
from surgitwin.planning.solving.results import read_run
from surgitwin.planning.vessels.frames import with_friction
from surgitwin.planning.vessels.plans import check, procedure_of, vessel_context
from surgitwin.planning.vessels.records import record_run, run_rows
from surgitwin.planning.vessels.results import (
    DEPLOYED,
    readable,
    result_file,
    result_hash,
    result_key,
    result_state,
    task_file,
)
from surgitwin.procedures.vessel import NOMINAL
from surgitwin.storage.atomic import storage_errors

SIZE_RANGE = (0.5, 2.0)
"""Factor on the wall's element size."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """One plan at one level: where its result goes and, once built, its tasks by variant."""

    plan: Plan
    level: str
    input_hash: str
    folder: Path
    tasks: dict[str, Deployment] = field(default_factory=dict)


def solve_vessel(
    case: Case, names: Iterable[str] | None, level: str = "L1", *, size: float = 1.0, cores: int | None =
    None, progress: Progress = SILENT,
) -> list[dict[str, Any]]:  # fmt: skip
    """Deploy the plans (None: all) at a level and record their metrics; contract rows of `runs`.

    level "L0" computes nothing here (its metrics are geometry). L2 starts from the L1 state, which is
    computed first when it is missing, and goes on where a killed run stopped. A plan that cannot be deployed
    keeps its reason in its record and does not stop the others; when all fail, the last error is raised.
    Raises UsageError "usage.level", "usage.size", InputError "plan.unknown", GeometryError "plan.unusable".
    """
    _settle(level, size)
    plans = _chosen(case, names)
    for plan in plans:
        _refuse_unusable(case, plan)
    if level == "L0":
        return []
    if level == "L2":
        first = [p.name for p in plans if result_state(case, p.name, "L1") != "current"]
        if first:
            solve_vessel(case, first, "L1", size=size, cores=cores, progress=progress.part(0, 0.2))
            case = Case.open(case.folder.path, case.folder.workspace)
    wanted = [_wanted(case, p, level, size) for p in plans]
    todo = [w for w in wanted if read_run(case, w.input_hash) is None]
    failed = _deploy(case, todo, size, cores, progress)
    done = [w for w in wanted if w.plan.name not in failed]
    results = dict(case.state.get("results") or {}) | {
        result_key(w.plan.name, level): {"input_hash": w.input_hash, "level": level, "size": size}
        for w in done
    }
    failures = {
        k: v for k, v in (case.state.get("failures") or {}).items() if k not in {w.plan.name for w in done}
    }
    failures |= {
        w.plan.name: {
            **failed[w.plan.name].as_dict(), "level": level, "size": size, "input_hash": w.input_hash,
        }
        for w in wanted
        if w.plan.name in failed
    }  # fmt: skip
    title = f"solve {level} " + ", ".join(w.plan.name for w in done)
    case = case.updated(title, results=results, failures=failures)
    if failed and not done:
        raise next(iter(failed.values()))
    fresh = {w.input_hash for w in todo}
    return [row for w in done for row in run_rows(case, w.input_hash, cached=w.input_hash not in fresh)]


def _settle(level: str, size: float) -> None:
    if level not in ("L0", *DEPLOYED):
        raise UsageError(
            "usage.level",
            f"There is no level {level!r}.",
            hint="L0 is geometry, L1 rings in a deformable wall, L2 a frame of struts.",
            where="--level",
        )
    if not SIZE_RANGE[0] <= size <= SIZE_RANGE[1]:
        raise UsageError(
            "usage.size",
            f"A factor of {size:g} on the element size is outside {SIZE_RANGE[0]:g} to {SIZE_RANGE[1]:g}.",
            hint="1 is the default; 0.8 roughly doubles the unknowns.",
            where="--size",
        )


def _chosen(case: Case, names: Iterable[str] | None) -> list[Plan]:
    plans = case.plans()
    chosen = list(plans) if names is None else list(dict.fromkeys(names))
    unknown = [n for n in chosen if n not in plans]
    if unknown or not chosen:
        raise InputError(
            "plan.unknown",
            f"{case.folder.path.name} has no plan{' called ' + ', '.join(unknown) if unknown else ''}.",
            hint=f"Its plans: {', '.join(plans) or 'none; run `surgitwin plan propose`'}.",
            where="--plan",
        )
    return [plans[n] for n in chosen]


def _refuse_unusable(case: Case, plan: Plan) -> None:
    errors = [f.message for f in check(case, plan) if f.severity == "error"]
    if errors:
        raise GeometryError(
            "plan.unusable",
            f"Plan {plan.name}: " + " ".join(errors),
            hint="Correct the plan, or propose plans again.",
            where=plan.name,
        )


def _wanted(case: Case, plan: Plan, level: str, size: float) -> Wanted:
    key = result_hash(case, plan, level, size)
    return Wanted(plan, level, key, case.folder.result_dir(key))


def _deploy(
    case: Case, todo: Sequence[Wanted], size: float, cores: int | None, progress: Progress
) -> dict[str, SurgiTwinError]:
    """Build, deploy and record; plan name -> why it could not be deployed."""
    started = time.perf_counter()
    failed = _build(case, todo, size, progress)
    same: dict[str, list[Wanted]] = {}
    for w in todo:
        if w.plan.name not in failed:
            same.setdefault(w.input_hash, []).append(w)
    # Plans of equal content share one result: it is computed once.
    todo = [group[0] for group in same.values()]
    if not todo:
        return failed
    build_s = (time.perf_counter() - started) / len(todo)
    at_once = max(1, min(cores or read_settings().cores or os.cpu_count() or 1, len(todo)))
    chains = _chains(todo, at_once)
    shown = _Shown(progress.part(0.1, 1.0), sum(len(w.tasks) for w in todo))

    def run(chain: Sequence[Wanted]) -> None:
        for w in chain:
            w.folder.mkdir(parents=True, exist_ok=True)
        errors = _run_chain(case, chain, shown)
        for w in chain:
            if f"{w.plan.name}|{NOMINAL}" in errors:
                failed.update({o.plan.name: errors[f"{w.plan.name}|{NOMINAL}"] for o in same[w.input_hash]})
                continue
            missing = {v: errors[t.name].message for v, t in w.tasks.items() if t.name in errors}
            record_run(case, w.plan, w.level, w.input_hash, w.tasks, missing, build_s)

    with ThreadPoolExecutor(at_once) as pool:
        try:
            for future in [pool.submit(run, chain) for chain in chains]:
                future.result()
        except BaseException:
            shown.stop()  # else the pool waits for workers that nobody told
            raise
    return failed


def _build(case: Case, todo: Sequence[Wanted], size: float, progress: Progress) -> dict[str, SurgiTwinError]:
    """The tasks of every plan; plan name -> why they could not be built."""
    failed: dict[str, SurgiTwinError] = {}
    context = vessel_context(case)
    for n, w in enumerate(todo):
        progress(f"Building the wall of {w.plan.name}", 0.1 * n / len(todo))
        try:
            tasks = procedure_of(case, w.plan.procedure).deployments(context, w.plan, size=size)
        except (GeometryError, InputError, SolverError) as error:
            failed[w.plan.name] = error
            continue
        chosen = tasks if w.level == "L1" else {NOMINAL: with_friction(tasks[NOMINAL])}
        w.tasks.update({v: replace(t, name=f"{w.plan.name}|{v}") for v, t in chosen.items()})
    return failed


def _chains(todo: Sequence[Wanted], at_once: int) -> list[list[Wanted]]:
    """Plans that differ in depth or position only stay together; as many chains as run at once, or more."""
    ordered = sorted(todo, key=lambda w: tuple(i.catalogue_id for i in w.plan.implants))
    groups = [
        list(g) for _, g in groupby(ordered, key=lambda w: tuple(i.catalogue_id for i in w.plan.implants))
    ]
    while len(groups) < at_once and max(map(len, groups)) > 1:
        longest = max(groups, key=len)
        groups.remove(longest)
        half = len(longest) // 2
        groups += [longest[:half], longest[half:]]
    return groups


def _run_chain(case: Case, chain: Sequence[Wanted], shown: _Shown) -> dict[str, SurgiTwinError]:
    """Tasks of a chain in one worker; a task that fails is left out and the others go on."""
    errors: dict[str, SurgiTwinError] = {}
    folder = case.folder.path / "cache" / f"deploy-{chain[0].input_hash[:12]}"
    while True:
        left = [
            (w, variant, task)
            for w in chain
            for variant, task in w.tasks.items()
            if task.name not in errors and not readable(w.folder / result_file(variant))
        ]
        if not left:
            shutil.rmtree(folder, ignore_errors=True)
            return errors
        with storage_errors(folder):
            for w, variant, task in left:
                save_task(task, w.folder / task_file(variant))
        level = chain[0].level
        try:
            jobs.run(
                "deploy", folder, _arguments(case, left, level), on_event=shown.tell, cancelled=shown.asked
            )
        except (GeometryError, InputError, SolverError) as error:
            known = {task.name for _, _, task in left}
            if error.where not in known:
                raise
            errors[error.where] = error


def _arguments(case: Case, left: Sequence[tuple[Wanted, str, Deployment]], level: str) -> dict[str, Any]:
    out: dict[str, Any] = {
        "tasks": [str(w.folder / task_file(v)) for w, v, _ in left],
        "out": [str(w.folder / result_file(v)) for w, v, _ in left],
        "level": level,
    }
    if level == "L2":
        first = [_wanted_l1(case, w.plan) for w, _, _ in left]
        out["starts"] = [None if f is None else str(f / result_file(NOMINAL)) for f in first]
        out["restarts"] = [str(w.folder / f"{v}.restart.npz") for w, v, _ in left]
    return out


def _wanted_l1(case: Case, plan: Plan) -> Path | None:
    from surgitwin.planning.vessels.results import result_entry

    entry, state = result_entry(case, plan.name, "L1")
    return case.folder.result_dir(entry["input_hash"]) if entry is not None and state == "current" else None


class _Shown:
    """One fraction for several workers: each says how far it is in its own chain."""

    def __init__(self, progress: Progress, tasks: int) -> None:
        self._progress = progress
        self._tasks = tasks
        self._best = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask all workers to stop; they keep what they go on from."""
        self._stopped.set()

    def asked(self) -> bool:
        return self._stopped.is_set() or self._progress.asked_to_stop()

    def tell(self, event: Event) -> None:
        if event.kind != "progress" or self.asked():
            return
        done = (event.data or {}).get("done", 0)
        share = (event.fraction or 0.0) if not done else done / self._tasks
        self._best = max(self._best, min(share, 1.0))
        self._progress(event.message, self._best)
