"""Results of a case: where they are, and whether they still belong to the plan.

A plan is solved at the healing stage of its own fracture (key: its name) and, when asked for, at further
stages of the same fracture (key: "name@stage").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from surgitwin.core.plan import Plan
from surgitwin.mechanics.materials import callus_stages
from surgitwin.planning.case import Case
from surgitwin.planning.freshness import measured_current, mesh_current
from surgitwin.planning.solving.inputs import SolveInputs, result_hash
from surgitwin.storage import write_atomically

INTACT = "intact"
State = Literal["none", "current", "out of date"]


def own_stage(plan: Plan | None) -> str | None:
    """Healing stage of the plan's own fracture; None without a fracture."""
    return None if plan is None or plan.fracture is None else plan.fracture.healing


def at_stage(plan: Plan, stage: str | None) -> Plan:
    """The plan with its fracture at another healing stage; itself for None, its own stage or no fracture."""
    if stage is None or plan.fracture is None or stage == plan.fracture.healing:
        return plan
    return replace(plan, fracture=replace(plan.fracture, healing=stage))


def result_key(plan: Plan | None, stage: str | None = None) -> str:
    """Key in the case's results of a plan (None: the intact bone) at a healing stage (None: its own)."""
    if plan is None:
        return INTACT
    return plan.name if stage in (None, own_stage(plan)) else f"{plan.name}@{stage}"


def result_entry(case: Case, name: str, stage: str | None = None) -> Mapping[str, Any] | None:
    """Entry of the result of plan `name` (or "intact") at a healing stage (None: its own), current or not.

    A result counts by its content: also one that was solved when the plan's own stage was another one, or
    when the plan had another name.
    """
    return _found(case, name, stage)[0]


def result_state(case: Case, name: str, stage: str | None = None) -> State:
    """Whether plan `name` (or "intact") has a result at a healing stage (None: its own), and whether it
    belongs to the present plan, segments, anatomy, mesh, tables and the inputs (body weight, law,
    calibration ...) of the last solve."""
    return _found(case, name, stage)[1]


def _found(case: Case, name: str, stage: str | None) -> tuple[Mapping[str, Any] | None, State]:
    results: Mapping[str, Any] = case.state.get("results") or {}
    plan = None if name == INTACT else case.plans().get(name)
    entry = results.get(name) if plan is None else _of_stage(results, plan, stage)
    gone = name != INTACT and plan is None
    inputs = last_inputs(case)
    if not gone and inputs is not None and case.state.get("mesh"):
        wanted = result_hash(case, None if plan is None else at_stage(plan, stage), inputs)
        fits = next((r for r in results.values() if r["input_hash"] == wanted), None)
        if fits is not None and fits["inputs"] == inputs.as_dict() and stored(case, fits):
            return fits, "current" if mesh_current(case) else "out of date"
    if entry is None or not stored(case, entry):
        return None, "none"
    return entry, "out of date"


def _of_stage(
    results: Mapping[str, Mapping[str, Any]], plan: Plan, stage: str | None
) -> Mapping[str, Any] | None:
    """Entry of a plan that was solved at the stage, whatever the plan's own stage was then.

    Entries from before the stage was kept with them count by their key.
    """
    key, wanted = result_key(plan, stage), own_stage(at_stage(plan, stage))
    mine = {k: r for k, r in results.items() if k == plan.name or k.startswith(f"{plan.name}@")}
    plain = mine.get(key)
    if plain is not None and (wanted is None or plain.get("healing", wanted) == wanted):
        return plain
    return next((r for r in reversed(mine.values()) if wanted and r.get("healing") == wanted), None)


def stored(case: Case, entry: Mapping[str, Any]) -> bool:
    """Whether the result's files are there. Results are written once and the program never removes a whole
    one, so the disk is asked until it was seen and not again: the window asks at every change. `read_run`
    forgets one that somebody took away."""
    key = str(entry["input_hash"])
    if _seen(key) not in case.memory and (case.folder.result_dir(key) / "run.json").is_file():
        case.memory[_seen(key)] = (key, True)
    return _seen(key) in case.memory


def _seen(input_hash: str) -> str:
    return f"stored {input_hash}"


def further_stages(case: Case, name: str) -> list[str]:
    """Healing stages other than the plan's own at which plan `name` has a result, in the table's order."""
    own = own_stage(case.plans().get(name))
    return [s for s in callus_stages() if own and s != own and result_state(case, name, s) != "none"]


def stale_reasons(case: Case, name: str, stage: str | None = None) -> list[str]:
    """Why the result of `name` is out of date, in words; empty when it is current or there is none."""
    return list(result_status(case, name, stage).reasons)


@dataclass(frozen=True)
class ResultStatus:
    """`result_state`, `stale_reasons` and the input hash of the result ("" without one)."""

    state: State
    reasons: tuple[str, ...] = ()
    input_hash: str = ""


def result_status(case: Case, name: str, stage: str | None = None) -> ResultStatus:
    """Everything that is known of one result, looked up once."""
    entry, state = _found(case, name, stage)
    if entry is None:
        return ResultStatus(state)
    reasons = _reasons(case, name, stage, entry) if state == "out of date" else []
    return ResultStatus(state, tuple(reasons), entry["input_hash"])


def _reasons(case: Case, name: str, stage: str | None, entry: Mapping[str, Any]) -> list[str]:
    plan = case.plans().get(name)
    if name != INTACT and plan is None:
        return ["the plan was deleted"]
    out = []
    if plan is not None and entry.get("plan_hash") not in (None, at_stage(plan, stage).hash):
        out.append("the plan was changed")
    inputs = last_inputs(case)
    now = {} if inputs is None else inputs.as_dict()
    changed = [k.replace("_kg", "").replace("_", " ") for k, v in now.items() if entry["inputs"].get(k) != v]
    if changed:
        out.append(f"it was solved with another {', '.join(changed)} than is set now")
    if not mesh_current(case):
        out.append(_mesh_reason(case))
    return out or ["the mesh, a data table or the program's models were changed"]


def _mesh_reason(case: Case) -> str:
    if not case.state.get("mesh"):
        return "the bone is not meshed"
    if not measured_current(case):
        return "the segments were changed"
    return "the bone's mesh is of another anatomy or an older program"


def stale_warnings(case: Case) -> list[str]:
    """One line for every plan and healing stage whose result no longer counts."""
    out = []
    stages = callus_stages()
    for name in case.plans():
        for stage in (None, *further_stages(case, name)):
            reasons = stale_reasons(case, name, stage)
            if reasons:
                at = "" if stage is None else f" at the stage {stages[stage].title}"
                out.append(
                    f"Plan {name}{at} is out of date: {'; '.join(reasons)}. Run `surgitwin solve` again."
                )
    return out


def last_inputs(case: Case) -> SolveInputs | None:
    """Inputs of the case's last solve: plans are compared under these only. None when never solved, or
    solved by a program that knew other inputs."""
    data = case.state.get("solve_inputs")
    try:
        return None if data is None else SolveInputs.from_dict(data)
    except TypeError:
        return None


def read_run(case: Case, input_hash: str) -> dict[str, Any] | None:
    """The run record of a finished result, None when there is none."""
    path = case.folder.result_dir(input_hash) / "run.json"
    if not path.is_file():
        case.memory.pop(_seen(input_hash), None)
        return None
    out: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return out


def write_run(case: Case, input_hash: str, run: dict[str, Any]) -> None:
    """Write the run record last: its presence says that the result is complete."""
    text = json.dumps(run, indent=1, allow_nan=False)
    path = case.folder.result_dir(input_hash) / "run.json"
    write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))
