"""What a study costs, told before it starts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from surgitwin.planning.case import Case
from surgitwin.planning.estimate import this_machine, words
from surgitwin.planning.freshness import mesh_current
from surgitwin.planning.settings import read_settings
from surgitwin.planning.solving.inputs import SolveInputs, SolveOptions, result_hash, settle_inputs
from surgitwin.planning.solving.results import INTACT, last_inputs, read_run
from surgitwin.planning.uncertainty.inputs import settings
from surgitwin.planning.uncertainty.pool import Pool
from surgitwin.planning.uncertainty.study import FOLDER, Study

SHARE_OF_SOLVE = 0.6
"""Setting: time of a solve to a study's residual beside one to 1e-8, on the sample femur."""


@dataclass(frozen=True)
class Cost:
    """solves: structures to solve anew, for all plans together. seconds: None when no time is known yet."""

    plans: int
    rows: int
    todo: int
    solves: int
    workers: int
    seconds: float | None
    basis: str

    @property
    def text(self) -> str:
        """In one sentence."""
        if not self.todo:
            return f"All {self.rows} samples of {self.plans} plans are there: nothing to solve."
        time = (
            "how long it takes is not known yet" if self.seconds is None else f"about {words(self.seconds)}"
        )
        return (
            f"{self.rows} samples of {self.plans} plans, {self.todo} of {self.rows * self.plans} still to be "
            f"done by {self.solves} solves on {self.workers} workers: {time}"
            + (f" ({self.basis})." if self.basis else ".")
        )


def cost_of(
    case: Case, study: Study, groups: Sequence[Mapping[str, Any]], todo: int, workers: int | None
) -> Cost:
    """Cost of the tasks `groups` (each with its "plans")."""
    at_once = workers or os.cpu_count() or 1
    found = {n: _plan_time(case, study.plans, study.inputs, n) for n in (INTACT, *study.plans)}
    times = {name: t for name, t in found.items() if t is not None}
    basis = "; ".join(dict.fromkeys(t[1] for t in times.values()))
    seconds: float | None = None
    if len(times) == len(found):
        total = sum(times[n][0] for g in groups for n in (INTACT, *g["plans"]))
        seconds = total / min(at_once, max(len(groups), 1))
    solves = sum(len(g["plans"]) for g in groups)
    return Cost(len(study.plans), len(study.design.shares), todo, solves, at_once, seconds, basis)


def study_blocked(case: Case) -> str:
    """Why no study can run now, "" when one can."""
    if not mesh_current(case):
        return "The bone must be measured and meshed as it is now: simulate first."
    if last_inputs(case) is None and case.state["body_weight_kg"] is None:
        return "Give the body weight first."
    return ""


def study_stamp(case: Case) -> tuple[tuple[str, int, int], ...]:
    """What of `study_cost` lies in files beside the snapshot: name, time, size. Equal stamps, equal cost."""
    folder = case.folder.path
    files = [*(folder / FOLDER).glob("samples-*.jsonl"), *(folder / "results").glob("*/run.json")]
    found = [(str(f.relative_to(folder)), f.stat()) for f in sorted(files)]
    return tuple((name, s.st_mtime_ns, s.st_size) for name, s in found)


def study_cost(case: Case) -> Cost | None:
    """Cost of a study of all plans with the usual samples; None when none can run. Solves nothing, quick."""
    if study_blocked(case) or not case.plans():
        return None
    plans, rows = case.plans(), int(settings()["samples"])
    inputs = settle_inputs(case, SolveOptions())
    hashes = {name: result_hash(case, plan, inputs) for name, plan in plans.items()}
    at_once = read_settings().cores or os.cpu_count() or 1
    known: Mapping[str, Any] = case.state.get("studies") or {}
    if any(set(row["plans"].values()) == set(hashes.values()) for row in known.values()):
        return Cost(len(plans), rows, 0, 0, at_once, 0.0, "")
    times = [_plan_time(case, hashes, inputs, name) for name in (INTACT, *plans)]
    found = [t for t in times if t is not None]
    seconds = rows * sum(t[0] for t in found) / at_once if len(found) == len(times) else None
    basis = "; ".join(dict.fromkeys(t[1] for t in found))
    solves = rows * len(plans)
    return Cost(len(plans), rows, solves, solves, at_once, seconds, basis)


def _plan_time(
    case: Case, plans: Mapping[str, str], inputs: SolveInputs, name: str
) -> tuple[float, str] | None:
    """Seconds of one structure of a plan: of earlier samples, else from its result on this machine."""
    if name != INTACT:
        done = [r for r in Pool(case, plans[name]).rows().values() if "metrics" in r]
        own = [r for r in done if r["machine"] == this_machine() and r["draws_at_once"] == 1]
        walls = [float(r["wall_s"]) for r in own]
        if walls:
            return median(walls), "by the samples so far"
    hash_ = plans[name] if name != INTACT else result_hash(case, None, inputs)
    run = read_run(case, hash_)
    if run is None or (run.get("wall_s") or {}).get("machine") != this_machine() or not run["rows"]:
        return None
    solve = float(run["rows"][0]["wall_s"]["total"])
    # Of a plan three solutions were measured (nominal and two moduli), of the intact bone one.
    measured = float(run["wall_s"]["measure"]) / (3 if name != INTACT else 1)
    return SHARE_OF_SOLVE * solve + measured, "by the results on this computer"
