"""Stored results of plans at healing stages, as `solve` leaves them, without solving."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case
from surgitwin.planning.estimate import this_machine
from surgitwin.planning.solving.inputs import SolveInputs, SolveOptions, result_hash, settle_inputs
from surgitwin.planning.solving.results import INTACT, at_stage, own_stage, result_key

SOFT = "claes_heigele.soft_callus"
STIFF = "claes_heigele.stiff_callus"


def metric(stage: str, value: float, id_: str = "implant_stress_surface") -> dict[str, Any]:
    return {
        "id": id_, "part": "x", "load_case": "stance_full", "healing": stage, "value": value, "unit": "MPa",
        "band": None, "threshold": 500.0, "comparator": "<=", "source": "test", "verified": True,
        "singular": False, "reason": None,
    }  # fmt: skip


def with_result(
    case: Case, name: str, stage: str | None = None, value: float = 100.0, inputs: SolveInputs | None = None
) -> Case:
    """The case with a stored result of a plan at a stage, as `solve` leaves it."""
    inputs = inputs or settle_inputs(case, SolveOptions())
    plan: Plan | None = None if name == INTACT else case.plans()[name]
    at = None if plan is None else at_stage(plan, stage)
    key = result_hash(case, at, inputs)
    folder = case.folder.result_dir(key)
    folder.mkdir(parents=True, exist_ok=True)
    shown = "none" if at is None or at.fracture is None else at.fracture.healing
    run = {
        "input_hash": key, "plan": name, "virtual_fracture": False, "loads": [], "rows": [], "warnings": [],
        "metrics": [metric(shown, value)],
        "wall_s": {"build": 2.0, "solve": 5.0, "measure": 1.0, "cores": 2, "machine": this_machine()},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run))
    entry = {
        "input_hash": key, "inputs": inputs.as_dict(), "plan_hash": None if at is None else at.hash,
        "healing": own_stage(at),
    }  # fmt: skip
    results = {**(case.state.get("results") or {}), result_key(plan, stage): entry}
    return changed(case, results=results, solve_inputs=inputs.as_dict())


def changed(case: Case, plans: Mapping[str, Plan] | None = None, **state: Any) -> Case:
    return case.with_content({**case.state, **state}, {**case.plans(), **(plans or {})})


def wider(plan: Plan) -> Plan:
    assert plan.fracture is not None
    return replace(plan, fracture=replace(plan.fracture, gap_mm=plan.fracture.gap_mm + 1))


def healed(plan: Plan, stage: str) -> Plan:
    assert plan.fracture is not None
    return replace(plan, fracture=replace(plan.fracture, healing=stage))
