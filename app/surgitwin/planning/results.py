"""Results of a case: where they are, and whether they still belong to the plan."""

from __future__ import annotations

import json
from typing import Any, Literal

from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case
from surgitwin.planning.inputs import SolveInputs, result_hash
from surgitwin.storage import write_atomically

INTACT = "intact"
State = Literal["none", "current", "out of date"]


def result_state(case: Case, name: str) -> State:
    """Whether plan `name` (or "intact") has a result, and whether it belongs to the present plan, anatomy,
    tables and the inputs (body weight, law, calibration ...) of the last solve."""
    entry = case.state.get("results", {}).get(name)
    if entry is None or not (case.folder.result_dir(entry["input_hash"]) / "run.json").is_file():
        return "none"
    if not case.state.get("mesh"):
        return "out of date"
    plan: Plan | None = None
    if name != INTACT:
        plan = case.plans().get(name)
        if plan is None:
            return "out of date"
    inputs = last_inputs(case)
    if inputs is None or entry["inputs"] != inputs.as_dict():
        return "out of date"
    return "current" if result_hash(case, plan, inputs) == entry["input_hash"] else "out of date"


def stale_reasons(case: Case, name: str) -> list[str]:
    """Why the result of `name` is out of date, in words; empty when it is current or there is none."""
    if result_state(case, name) != "out of date":
        return []
    entry = case.state["results"][name]
    plan = case.plans().get(name)
    if name != INTACT and plan is None:
        return ["the plan file is gone"]
    out = []
    if plan is not None and entry.get("plan_hash") not in (None, plan.hash):
        out.append("the plan was changed")
    inputs = last_inputs(case)
    now = {} if inputs is None else inputs.as_dict()
    changed = [k.replace("_kg", "").replace("_", " ") for k, v in now.items() if entry["inputs"].get(k) != v]
    if changed:
        out.append(f"it was solved with another {', '.join(changed)} than the last solve")
    return out or ["the segmentation, the mesh, a data table or the program's models were changed"]


def stale_warnings(case: Case) -> list[str]:
    """One line for every plan whose result no longer counts."""
    out = []
    for name in case.plans():
        reasons = stale_reasons(case, name)
        if reasons:
            out.append(f"Plan {name} is out of date: {'; '.join(reasons)}. Run `surgitwin solve` again.")
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
        return None
    out: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return out


def write_run(case: Case, input_hash: str, run: dict[str, Any]) -> None:
    """Write the run record last: its presence says that the result is complete."""
    text = json.dumps(run, indent=1, allow_nan=False)
    path = case.folder.result_dir(input_hash) / "run.json"
    write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))
