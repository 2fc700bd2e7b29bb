"""Results of vessel cases: where they are, whether they still belong to their plan, and how to read them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import StorageError
from surgitwin.core.plan import Plan
from surgitwin.core.resources import resources_dir
from surgitwin.mechanics.devices.files import load_task
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult, load_result
from surgitwin.planning.case import Case
from surgitwin.planning.solving.results import read_run, stored
from surgitwin.planning.versions import VESSEL_MODELS
from surgitwin.planning.vessels.anatomy_store import vessel_key
from surgitwin.planning.vessels.frames import friction
from surgitwin.procedures.vessel import NOMINAL

State = Literal["none", "current", "out of date"]
DEPLOYED = ("L1", "L2")
"""Levels with a stored result; L0 is geometry and computed when it is asked for."""
TABLES = ("materials/*", "implants/*", "metrics", "valve*", "stent*", "vessel*")
"""Data tables that change results."""


@dataclass(frozen=True, eq=False)
class Deployed:
    """One plan's result at one level: tasks and results by variant (`NOMINAL` first), and its record."""

    plan: Plan
    level: str
    tasks: Mapping[str, Deployment]
    results: Mapping[str, DeploymentResult]
    run: Mapping[str, Any]

    @property
    def task(self) -> Deployment:
        """The nominal task."""
        return self.tasks[NOMINAL]

    @property
    def result(self) -> DeploymentResult:
        """The nominal result."""
        return self.results[NOMINAL]


def result_key(name: str, level: str) -> str:
    """Key in the case's results."""
    return f"{name}@{level}"


def result_hash(case: Case, plan: Plan, level: str, size: float) -> str:
    """Hash of everything that a result depends on."""
    own = (friction(),) if level == "L2" else ()
    return content_hash(
        case.state["image_hash"], vessel_key(case), plan.hash, level, size,
        _tables_hash(), VESSEL_MODELS, *own,
    )  # fmt: skip


@cache
def _tables_hash() -> str:
    root = resources_dir()
    files = sorted({p for pattern in TABLES for p in root.glob(f"{pattern}.toml")})
    return content_hash({p.relative_to(root).as_posix(): p.read_bytes() for p in files})


def result_entry(case: Case, name: str, level: str) -> tuple[Mapping[str, Any] | None, State]:
    """The entry of a plan at a level, by content before by name, and whether it is current."""
    results: Mapping[str, Any] = case.state.get("results") or {}
    plan = case.plans().get(name)
    whole = [r for r in results.values() if r.get("level") == level and stored(case, r)]
    if plan is not None and case.state.get("vessel"):
        for entry in whole:
            if entry["input_hash"] == result_hash(case, plan, level, entry["size"]):
                return entry, "current"
    mine = results.get(result_key(name, level))
    return (mine, "out of date") if mine in whole and mine is not None else (None, "none")


def result_state(case: Case, name: str, level: str = "L1") -> State:
    """Whether a plan has a result at a level that belongs to it."""
    return result_entry(case, name, level)[1]


def failure_of(case: Case, name: str) -> Mapping[str, Any] | None:
    """Why the plan, as it is now, could not be deployed; None when it was not tried or could."""
    found: Mapping[str, Any] | None = (case.state.get("failures") or {}).get(name)
    plan = case.plans().get(name)
    if found is None or plan is None or not case.state.get("vessel") or "input_hash" not in found:
        return None
    now = result_hash(case, plan, str(found["level"]), float(found["size"]))
    return found if now == found["input_hash"] else None


def readable(path: Path) -> bool:
    """Whether a result file is there and whole; a damaged one is taken away, so that it is computed again."""
    if not path.is_file():
        return False
    try:
        load_result(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        path.unlink(missing_ok=True)
        return False
    return True


def best_level(case: Case, name: str) -> str | None:
    """The highest level with a current result, else the highest with any; None without one."""
    states = {level: result_state(case, name, level) for level in reversed(DEPLOYED)}
    current = [level for level, s in states.items() if s == "current"]
    old = [level for level, s in states.items() if s == "out of date"]
    return next(iter((*current, *old)), None)


def deployed(case: Case, name: str, level: str | None = None) -> Deployed | None:
    """The result of a plan at a level (None: the best one); None without one."""
    level = level or best_level(case, name)
    entry = None if level is None else result_entry(case, name, level)[0]
    plan = case.plans().get(name)
    if entry is None or plan is None or level is None:
        return None
    key = entry["input_hash"]
    out: Deployed = case.kept(f"deployed {name} {level}", key, lambda: _read(case, plan, level, key))
    return out


def _read(case: Case, plan: Plan, level: str, key: str) -> Deployed:
    folder = case.folder.result_dir(key)
    run = read_run(case, key)
    if run is None:  # seen before, and taken away since
        raise StorageError(
            "storage.blob_missing",
            f"The files of plan {plan.name} at {level} are gone from the case's folder results.",
            hint="Solve the plan again, or restore the case from a copy.",
            where=str(folder),
        )
    names = run["variants"]
    return Deployed(
        plan,
        level,
        {n: load_task(folder / task_file(n)) for n in names},
        {n: load_result(folder / result_file(n)) for n in names},
        run,
    )


def task_file(variant: str) -> str:
    """File name of a variant's task in the result folder."""
    return f"{variant.replace(' ', '_')}.task.npz"


def result_file(variant: str) -> str:
    """File name of a variant's result in the result folder."""
    return f"{variant.replace(' ', '_')}.npz"


def stale_warnings(case: Case) -> list[str]:
    """One line for every plan and level whose result no longer counts."""
    return [
        f"Plan {name} is out of date at {level}: the plan, the anatomy, an answer or a table was changed. "
        "Run `surgitwin solve` again."
        for name in case.plans()
        for level in DEPLOYED
        if result_state(case, name, level) == "out of date"
    ]
