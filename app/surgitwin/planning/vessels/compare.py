"""Compare the plans of a vessel case: the object that `compare` prints and the report shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from surgitwin import NOTICE
from surgitwin.core.errors import InputError
from surgitwin.core.plan import Plan
from surgitwin.mechanics.devices.problem import LEVELS
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.metric_json import metric_from_json, metric_to_json
from surgitwin.planning.comparing.ranking import RankBy, rank
from surgitwin.planning.objects.overview import not_compared
from surgitwin.planning.site import site_of
from surgitwin.planning.solving.results import read_run
from surgitwin.planning.vessels.anatomy_store import vessel_anatomy
from surgitwin.planning.vessels.plans import check, procedure_of, vessel_context
from surgitwin.planning.vessels.results import (
    DEPLOYED,
    best_level,
    deployed,
    failure_of,
    result_entry,
    stale_warnings,
)
from surgitwin.procedures.vessel import RiskBand

SCHEMA = 1
LOADS: Mapping[str, str] = {"L0": "sizing", "L1": "deployment", "L2": "deployment_L2"}
"""Load case under which the metrics of a level stand, so that a number at two levels keeps two rows."""
AGREEMENT = 0.1
"""L1 and L2 must agree on diameters within this share (issue 5)."""
RANK_BY: Mapping[str, RankBy] = {
    "valve": RankBy("valve_leak_high", LOADS["L1"], relative=False),
    "stent": RankBy("stent_residual_stenosis", LOADS["L1"], relative=False),
}
"""Among plans that meet the same limits: planning settings of this program, told with every ranking."""


def compare_vessel(case: Case) -> dict[str, Any]:
    """Contract of `compare`. L0 metrics of every plan, and those of the levels that were deployed.

    level: the best one of a plan. Results that no longer belong to their plan are marked stale and not
    ranked; plans that were not deployed are listed with their L0 metrics and are not ranked either.
    Raises InputError "compare.nothing" without a plan.
    """
    plans = case.plans()
    if not plans:
        raise InputError(
            "compare.nothing",
            f"{case.folder.path.name} has no plan.",
            hint=f"Run `surgitwin plan propose {case.folder.path.name} --procedure valve` (or stent) first.",
            where=str(case.folder.path),
        )
    warnings = [n.message for n in vessel_anatomy(case).notices]
    rows, metrics = [], {}
    for name, plan in plans.items():
        row, said = _plan_row(case, name, plan)
        rows.append(row)
        warnings += [w for w in said if w not in warnings]
        if row["level"] != _words("L0") and not row["stale"]:
            metrics[name] = [metric_from_json(m) for m in row["metrics"]]
    used = sorted({level for row in rows for level in row["levels"] if level != "L0"})
    warnings += [f"{_words(level)}; the wall is free of stress at the image's shape." for level in used]
    warnings += [*stale_warnings(case), *not_compared(case.state)]
    cautions = _faults(case, plans)
    by = RANK_BY[next(iter(plans.values())).procedure]
    return {
        "schema": SCHEMA,
        "notice": NOTICE,
        "case": case.name,
        "site": site_of(case),
        "side": "none",
        "plans": rows,
        "ranking": rank(metrics, by),
        "robustness": None,
        "warnings": warnings + cautions,
        "cautions": cautions,
        "contact_models": [],
    }


def _words(level: str) -> str:
    return f"{level}: {LEVELS[level]}"


def _plan_row(case: Case, name: str, plan: Plan) -> tuple[dict[str, Any], list[str]]:
    sizing = procedure_of(case, plan.procedure).sizing(vessel_context(case), plan)
    metrics = [_placed(metric_to_json(m)) for m in sizing]
    best = best_level(case, name)
    warnings: list[str] = []
    hashes, stale, levels = {}, False, ["L0"]
    for level in DEPLOYED:
        entry, state = result_entry(case, name, level)
        run = None if entry is None else read_run(case, entry["input_hash"])
        if run is None or (state != "current" and level != best):
            continue
        stale = stale or state != "current"
        levels.append(level)
        hashes[level] = run["input_hash"]
        metrics += [_placed(m) for m in run["metrics"]]
        warnings += run["warnings"]
    agreement = level_agreement(case, name) if len(levels) > 2 else None
    if agreement is not None and agreement["value"] > agreement["limit"]:
        warnings.append(
            f"Plan {name}: the diameters at L1 and L2 differ by {100 * agreement['value']:.0f} %, more than "
            f"{100 * agreement['limit']:.0f} %: trust neither before you know why."
        )
    why = failure_of(case, name)
    if why is not None:
        warnings.append(
            f"Plan {name} could not be deployed at {why['level']}: {why['message']} {why['hint']}"
        )
    elif best is None:
        warnings.append(
            f"Plan {name} has not been deployed: its numbers are geometry (L0). Run `surgitwin solve`."
        )
    row = {
        "name": name,
        "procedure": plan.procedure,
        "input_hash": hashes.get(levels[-1], plan.hash),
        "stale": stale,
        "virtual_fracture": False,
        "level": _words(levels[-1]),
        "levels": levels,
        "contact": None,
        "healing": None,
        "healing_stages": [],
        "loads": [],
        "numerics": {},
        "metrics": metrics,
        "risks": [asdict(r) for r in _risks(case, plan, metrics)],
        "level_agreement": agreement,
        "study": None,
    }
    return row, warnings


def _placed(metric: dict[str, Any]) -> dict[str, Any]:
    return {**metric, "load_case": LOADS[metric["level"]]}


def _risks(case: Case, plan: Plan, metrics: list[dict[str, Any]]) -> tuple[RiskBand, ...]:
    found = [metric_from_json(m) for m in metrics]
    return procedure_of(case, plan.procedure).risks(vessel_context(case), found)


def level_agreement(case: Case, name: str) -> dict[str, float] | None:
    """Largest relative difference of the ring diameters at L1 and L2; None when one of them is missing."""
    one, two = deployed(case, name, "L1"), deployed(case, name, "L2")
    if one is None or two is None:
        return None
    a, b = one.result.ring_diameter_mm, two.result.ring_diameter_mm
    if len(a) != len(b):
        return None
    return {"value": float(np.max(np.abs(b - a) / a)), "limit": AGREEMENT}


def _faults(case: Case, plans: Mapping[str, Plan]) -> list[str]:
    return [
        f"Plan {name} has a fault: {f.message}"
        for name, plan in plans.items()
        for f in check(case, plan)
        if f.severity == "error"
    ]
