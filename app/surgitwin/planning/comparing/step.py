"""Compare the solved plans of a case: the object that `compare` prints and the report shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin import NOTICE
from surgitwin.core.errors import InputError
from surgitwin.core.plan import Plan
from surgitwin.mechanics.materials import callus
from surgitwin.mechanics.numerical_check import as_rows
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.metric_json import metric_from_json
from surgitwin.planning.comparing.ranking import RankBy, rank
from surgitwin.planning.objects.overview import not_compared
from surgitwin.planning.plans.reduction import reduction_notes
from surgitwin.planning.plans.step import check_plan
from surgitwin.planning.sites.work import work_of
from surgitwin.planning.solving.contact_models import own_model, table_dict
from surgitwin.planning.solving.numerics_table import run_checks
from surgitwin.planning.solving.results import (
    further_stages,
    own_stage,
    read_run,
    result_entry,
    result_state,
    stale_warnings,
)
from surgitwin.planning.uncertainty.study_bands import (
    stale_studies,
    study_of,
    study_robustness,
    with_study,
)

SCHEMA = 1
LEVELS = {
    "none": "L1: linear, threads bonded, no contact, no loosening",
    "contact": "L1: linear materials, threads bonded, contact of implant and bone, no loosening",
    "glued": "L1: linear, threads bonded, implant glued to bone where it lies close, no loosening",
}
"""What the numbers rest on, by contact model."""
RANK_BY = RankBy("implant_stress_surface", "stance_full")
"""Among plans that pass alike: the share of the metal's limit that full stance uses. Every threshold
counts before it."""

OWN_STAGE_ONLY = "The ranking uses the healing stage of each plan's own fracture only."
RISING_LOADS = ("toe_touch", "stance_partial", "stance_full")
"""Weight-bearing from light to heavy: a plan is first judged by how much of it meets every limit."""


def compare_case(case: Case) -> dict[str, Any]:
    """Contract of `compare`, of whatever the case is about; InputError "compare.nothing" without a result."""
    return work_of(case).compare(case)


def compare_bone(case: Case) -> dict[str, Any]:
    """Contract of `compare`. Results that no longer belong to their plan are marked stale and not ranked.

    A plan's row holds the metrics at its own healing stage (`healing`, null without a fracture), then those
    of every further stage with a current result (`healing_stages` names them all). The ranking uses each
    plan's own stage only. `band_from` of a number: the uncertainty study when a fresh one was run, else
    single changes; `robustness`: how often each plan is first in that study, null without one. `cautions`:
    those of the warnings that make the ranking itself doubtful (another fracture, a plan with a geometric
    fault). Raises InputError "compare.nothing" when no plan has a result.
    """
    case.require_bone()
    rows, metrics, hashes, warnings = [], {}, {}, list((case.state.get("anatomy") or {}).get("warnings", []))
    warnings += reduction_notes(case.state)
    for name, plan in case.plans().items():
        entry = result_entry(case, name)
        run = None if entry is None else read_run(case, entry["input_hash"])
        if run is None:
            warnings.append(f"Plan {name} has not been solved: run `surgitwin solve`.")
            continue
        further = _further(case, name)
        row, own = _plan_row(case, name, plan, run, further)
        rows.append(row)
        warnings += [w for w in run["warnings"] if w not in warnings]
        for stage, one in further.items():
            said = (f"{callus(stage).title}: {w}" for w in one["warnings"] if w not in warnings)
            warnings += [w for w in said if w not in warnings]
        if not row["stale"]:
            metrics[name], hashes[name] = [metric_from_json(m) for m in own], run["input_hash"]
    warnings += [*stale_warnings(case), *stale_studies(case, hashes)]
    names = [r["name"] for r in rows]
    cautions = [*_differences(case, names), *_faults(case, names)]
    warnings += cautions
    if any(len(r["healing_stages"]) > 1 for r in rows):
        warnings.append(OWN_STAGE_ONLY)
    warnings += not_compared(case.state)
    if not rows:
        raise InputError(
            "compare.nothing",
            f"{case.folder.path.name} has no solved plan.",
            hint=f"Run `surgitwin solve {case.folder.path.name}` first.",
            where=str(case.folder.path),
        )
    return {
        "schema": SCHEMA,
        "notice": NOTICE,
        "case": case.name,
        "side": case.anatomy.side,
        "plans": rows,
        "ranking": rank(metrics, RANK_BY, RISING_LOADS),
        "robustness": study_robustness(case, hashes),
        "warnings": warnings,
        "cautions": cautions,
        "contact_models": [t for t in (table_dict(case, r["name"]) for r in rows) if t is not None],
    }


def _plan_row(
    case: Case, name: str, plan: Plan, run: Mapping[str, Any], further: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The row of a solved plan, and its metrics at its own healing stage. further: runs at other stages."""
    stale = result_state(case, name) == "out of date"
    study = None if stale else study_of(case, run["input_hash"])
    own = with_study(run["metrics"], study, run["input_hash"])
    row = {
        "name": name,
        "input_hash": run["input_hash"],
        "stale": stale,
        "virtual_fracture": run["virtual_fracture"],
        "level": LEVELS[own_model(plan)],
        "contact": own_model(plan),
        "healing": own_stage(plan),
        "healing_stages": [own_stage(plan), *further] if plan.fracture else [],
        "loads": run["loads"],
        "numerics": {load: as_rows(found) for load, found in run_checks(case, run).items()},
        "metrics": [*own, *(m for x in further.values() for m in with_study(x["metrics"], None, ""))],
        "study": None if study is None else study["id"],
    }
    return row, own


def _further(case: Case, name: str) -> dict[str, dict[str, Any]]:
    """Healing stage -> run record, of the current results of plan `name` at other stages than its own."""
    out = {}
    for stage in further_stages(case, name):
        entry = result_entry(case, name, stage)
        if entry is not None and result_state(case, name, stage) == "current":
            run = read_run(case, entry["input_hash"])
            if run is not None:
                out[stage] = run
    return out


def _differences(case: Case, names: list[str]) -> list[str]:
    """What makes plans hard to compare: another fracture or healing stage."""
    plans = case.plans()
    fractures = {n: plans[n].fracture for n in names}
    hashes = {n: None if f is None else f.hash for n, f in fractures.items()}
    if len(set(hashes.values())) < 2:
        return []
    return ["The plans do not treat the same fracture (place, gap or healing differ): compare with care."]


def _faults(case: Case, names: list[str]) -> list[str]:
    """Geometric faults of plans, which no metric knows of: a screw in a vessel, say."""
    out = []
    for name in names:
        try:
            found = [f.message for f in check_plan(case, case.plans()[name]) if f.severity == "error"]
        except InputError as error:
            found = [error.message]
        out += [f"Plan {name} has a fault: {message}" for message in found]
    return out
