"""The work on a case about the aortic root or an artery."""

from __future__ import annotations

from surgitwin.planning.case import Case
from surgitwin.planning.meshes.tissues import tissue_mesh_current
from surgitwin.planning.plans.difference import device_difference
from surgitwin.planning.sites.work import SiteWork
from surgitwin.planning.vessels import export
from surgitwin.planning.vessels.compare import compare_vessel
from surgitwin.planning.vessels.pictures import write_vessel_pictures
from surgitwin.planning.vessels.plans import check, vessel_plan_hash
from surgitwin.planning.vessels.report import report_vessel
from surgitwin.planning.vessels.results import best_level, result_state, stale_warnings
from surgitwin.planning.vessels.steps import vessel_steps
from surgitwin.planning.vessels.verdict import vessel_verdict


def _result_words(case: Case, plan: str) -> str:
    """With the best level that was solved."""
    level = best_level(case, plan)
    return "none" if level is None else f"{result_state(case, plan, level)} ({level})"


WORK = SiteWork(
    operates=True,
    steps=vessel_steps,
    mesh_current=tissue_mesh_current,
    result_words=_result_words,
    notes=stale_warnings,
    check=check,
    plan_hash=vessel_plan_hash,
    difference=lambda _case, one, other: device_difference(one, other),
    compare=compare_vessel,
    verdict=lambda compared, _names: vessel_verdict(compared, {}),
    report=report_vessel,
    write_pictures=write_vessel_pictures,
    of_plan=frozenset({"mesh", "result", "device"}),
    writers=export.writers,
    written=export.words,
)
