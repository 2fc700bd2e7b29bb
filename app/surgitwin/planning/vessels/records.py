"""The record of a deployed plan: metrics, what the solver did and warnings in plain values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Plan
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult, load_result
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.metric_json import metric_to_json
from surgitwin.planning.solving.results import read_run, write_run
from surgitwin.planning.vessels.plans import check, procedure_of, vessel_context
from surgitwin.planning.vessels.results import result_file
from surgitwin.procedures.vessel import NOMINAL

BALANCE_LIMIT = 0.01
"""Contact force on the wall and on the device may differ by this share (issue 5: within 1 %)."""


def record_run(
    case: Case,
    plan: Plan,
    level: str,
    input_hash: str,
    tasks: Mapping[str, Deployment],
    missing: Mapping[str, str],
    build_s: float,
) -> None:
    """Measure a deployed plan and write its record. missing: variant -> why it has no result."""
    started = time.perf_counter()
    folder = case.folder.result_dir(input_hash)
    kept = {v: t for v, t in tasks.items() if v not in missing}
    results = {v: load_result(folder / result_file(v)) for v in kept}
    procedure = procedure_of(case, plan.procedure)
    metrics = procedure.metrics(vessel_context(case), plan, kept, results)
    nominal = results[NOMINAL]
    facts = dict(nominal.facts)
    run = {
        "input_hash": input_hash,
        "plan": plan.name,
        "level": level,
        "variants": list(kept),
        "metrics": [metric_to_json(m) for m in metrics],
        "rows": [_row(plan, level, tasks[NOMINAL], nominal, input_hash)],
        "facts": {k: v for k, v in facts.items() if isinstance(v, int | float | str | bool)},
        "warnings": _warnings(case, plan, nominal, missing),
        "wall_s": {
            "build": build_s,
            "solve": sum(float(r.facts.get("wall_s", 0.0)) for r in results.values()),
            "measure": time.perf_counter() - started,
        },
    }
    write_run(case, input_hash, run)


def _row(
    plan: Plan, level: str, task: Deployment, result: DeploymentResult, input_hash: str
) -> dict[str, Any]:
    facts = result.facts
    force = contact_resultant(task.wall, result)
    return {
        "plan": plan.name,
        "level": level,
        "load_case": "deployment",
        "parts": [
            {
                "name": "wall",
                "order": 2,
                "n_cells": len(task.wall.cells),
                "min_scaled_jacobian": task.wall.facts.get("min_scaled_jacobian"),
            }
        ],
        "dofs": facts.get("unknowns"),
        "n_cells": len(task.wall.cells),
        "iterations": facts.get("iterations"),
        "rel_residual": facts.get("residual"),
        "applied_N": force.tolist(),
        "reaction_N": None,
        "moment_imbalance": None,
        "reason": "A device pushes all round: see force_N and balance for the radial force.",
        "force_N": facts.get("force_N"),
        "balance": facts.get("balance"),
        "energy_mJ": facts.get("energy_mJ", facts.get("energy_Nmm")),
        "wall_s": {"total": facts.get("wall_s")},
        "peak_rss_MB": facts.get("peak_rss_MB"),
        "ranks": 1,
        "solver": facts.get("solver", "Newton, MUMPS"),
        "input_hash": input_hash,
    }


def contact_resultant(wall: WallMesh, result: DeploymentResult) -> FloatArray:
    """(3,) N: vector sum of the contact pressure over the deformed lumen, device on wall."""
    x = wall.points_mm + result.displacement_mm
    a, b, c = (x[wall.lumen[:, n]] for n in range(3))
    area = 0.5 * np.cross(b - a, c - a)
    pressure = result.pressure_MPa[wall.lumen].mean(axis=1)
    out: FloatArray = -(area * pressure[:, None]).sum(axis=0)
    return out


def _warnings(case: Case, plan: Plan, result: DeploymentResult, missing: Mapping[str, str]) -> list[str]:
    name = plan.name
    out = [f"Plan {name}: {f.message}" for f in check(case, plan) if f.severity == "warning"]
    out += [f"Plan {name}: {w}" for w in result.warnings]
    out += [f"Plan {name}: the band lacks the variant {v}: {why}" for v, why in missing.items()]
    balance = result.facts.get("balance")
    if isinstance(balance, float) and balance > BALANCE_LIMIT:
        out.append(f"Plan {name}: contact forces on wall and device differ by {100 * balance:.1f} %.")
    return out


def run_rows(case: Case, input_hash: str, *, cached: bool) -> list[dict[str, Any]]:
    """Contract rows `runs` of a finished result."""
    run = read_run(case, input_hash)
    assert run is not None  # it was found or just written
    return [{**row, "cached": cached} for row in run["rows"]]
