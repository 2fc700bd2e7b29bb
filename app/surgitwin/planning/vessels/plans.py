"""Plans on vessels: what a procedure may look at, proposals, checks and sliders."""

from __future__ import annotations

from collections.abc import Mapping

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import GeometryError, InputError, UsageError
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.planning.case import Case
from surgitwin.planning.site import SITES, site_of
from surgitwin.planning.vessels.anatomy_store import vessel_anatomy, vessel_key
from surgitwin.planning.vessels.answers import answers_of
from surgitwin.procedures.base import Finding, Proposal
from surgitwin.procedures.registry import vessel_procedure
from surgitwin.procedures.vessel import VesselContext, VesselProcedure


def vessel_context(case: Case) -> VesselContext:
    """The measured vessel and the answers; errors as `anatomy_store.require_vessel`."""
    return VesselContext(vessel_anatomy(case), answers_of(case))


def procedure_of(case: Case, name: str) -> VesselProcedure:
    """The procedure `name` when it is for this case's site; UsageError "procedure.other_family"."""
    found = vessel_procedure(name)
    if found.site != site_of(case):
        raise UsageError(
            "procedure.other_family",
            f"{found.title} ({name}) is for the {SITES[found.site].title.lower()}, "
            f"{case.name} is about the {SITES[site_of(case)].title.lower()}.",
            hint=f"Use {SITES[site_of(case)].procedure}, or segment with `--preset {found.site}`.",
            where=name,
        )
    return found


def require_own_plans(case: Case, site: str) -> None:
    """InputError "case.other_plans" when the case has plans for another site than `site`."""
    other = [n for n, p in case.plans().items() if p.procedure != SITES[site].procedure]
    if other:
        raise InputError(
            "case.other_plans",
            f"{case.name} has plans for another part of the body: {', '.join(other)}.",
            hint="Remove these plans first, or make a case of its own from the same images.",
            where=", ".join(other),
        )


def propose(
    case: Case, procedure: str, options: Mapping[str, object], progress: Progress = SILENT
) -> Proposal:
    """What the procedure proposes for this case; nothing is written."""
    chosen = procedure_of(case, procedure)
    found = chosen.propose(vessel_context(case), options, progress)
    faults = {p.name: [f.message for f in check(case, p) if f.severity == "error"] for p in found.plans}
    good = tuple(p for p in found.plans if not faults[p.name])
    if not good:
        name, said = next(iter(faults.items()))
        raise GeometryError(
            "plan.unusable",
            f"No plan can be proposed. {name}: {' '.join(said)}",
            hint="Leave the options out, or change what is named.",
            where=procedure,
        )
    left_out = tuple(f"Not proposed: {n}: {' '.join(said)}" for n, said in faults.items() if said)
    return Proposal(good, (*found.warnings, *left_out))


def vessel_plan_hash(case: Case, plan: Plan) -> str:
    """What identifies a plan in this vessel: plan and measured anatomy."""
    return content_hash(plan.hash, vessel_key(case))


def check(case: Case, plan: Plan) -> list[Finding]:
    """Findings of the procedure's checks; InputError "plan.side" for a plan with a side."""
    chosen = procedure_of(case, plan.procedure)
    if plan.side != "none":
        raise InputError(
            "plan.side",
            f'The plan {plan.name} says side = "{plan.side}"; a vessel has none.',
            hint='Write side = "none" in the plan file.',
            where=f"{plan.name}: side",
        )
    return chosen.check(vessel_context(case), plan)
