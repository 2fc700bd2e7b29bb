"""The work on a case about a bone."""

from __future__ import annotations

from surgitwin.planning.comparing.step import compare_bone
from surgitwin.planning.freshness import mesh_current
from surgitwin.planning.output import bone as bone_export
from surgitwin.planning.output.pictures import write_pictures
from surgitwin.planning.output.report import report_bone
from surgitwin.planning.plans.difference import plan_difference
from surgitwin.planning.plans.step import bone_plan_hash, check_bone_plan
from surgitwin.planning.sites.bone_steps import bone_steps
from surgitwin.planning.sites.work import SiteWork
from surgitwin.planning.solving.results import result_state, stale_warnings
from surgitwin.report.summary import verdict

WORK = SiteWork(
    operates=True,
    steps=bone_steps,
    mesh_current=mesh_current,
    result_words=result_state,
    notes=stale_warnings,
    check=check_bone_plan,
    plan_hash=bone_plan_hash,
    difference=lambda case, one, other: plan_difference(case.anatomy, one, other),
    compare=compare_bone,
    verdict=verdict,
    report=report_bone,
    write_pictures=write_pictures,
    of_plan=frozenset({"result"}),
    writers=bone_export.writers,
    written=bone_export.words,
)
