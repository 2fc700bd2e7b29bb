"""Plans of a case: proposed, added, listed, checked."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.plan import Fracture, Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.materials import callus
from surgitwin.planning.case import Case
from surgitwin.planning.planfile import read_fracture, read_plan, write_plan
from surgitwin.procedures.base import Context, Finding, Proposal
from surgitwin.procedures.registry import get


def context_of(case: Case) -> Context:
    """What a procedure may look at: anatomy and surface of the case."""
    return Context(case.anatomy, case.surface)


def propose_plans(
    case: Case,
    procedure: str,
    fracture_file: Path | None,
    options: dict[str, str],
    progress: Progress = SILENT,
) -> Proposal:
    """Let the procedure propose plans and write them; nothing is written when it fails."""
    chosen = get(procedure)
    fracture = None if fracture_file is None else read_fracture(fracture_file)
    _require_stage(fracture)
    proposal = chosen.propose(context_of(case), fracture, options, progress)
    for plan in proposal.plans:
        write_plan(plan, case.folder.plans_dir / f"{plan.name}.toml")
    case.updated("plan propose " + ", ".join(p.name for p in proposal.plans))
    return proposal


def add_plan(case: Case, file: Path) -> list[dict[str, Any]]:
    """Check a plan file against the anatomy and copy it into the case; returns the findings.

    Raises InputError "plan.side" for the wrong side, GeometryError "plan.unusable" when a finding is an
    error (an implant outside the bone, an unknown size); warnings are returned.
    """
    plan = read_plan(file)
    findings = check_plan(case, plan)
    errors = [f for f in findings if f.severity == "error"]
    if errors:
        raise GeometryError(
            "plan.unusable",
            f"{file}: " + " ".join(f.message for f in errors),
            hint="Correct pose or sizes in the plan file and add it again.",
            where=str(file),
        )
    write_plan(plan, case.folder.plans_dir / f"{plan.name}.toml")
    case.updated(f"plan add {plan.name}")
    return [asdict(f) for f in findings]


def check_plan(case: Case, plan: Plan) -> list[Finding]:
    """Findings of the procedure's checks (no finite elements); a plan for the other side is refused."""
    if plan.side != case.anatomy.side:
        raise InputError(
            "plan.side",
            f"The plan {plan.name} is for the {plan.side} side, the bone is a {case.anatomy.side} femur.",
            hint="Mirror the plan, or check the side with `surgitwin segment --side`.",
            where=f"{plan.name}: side",
        )
    procedure = get(plan.procedure)
    _require_stage(plan.fracture)
    return procedure.check(context_of(case), plan)


def _require_stage(fracture: Fracture | None) -> None:
    """InputError "material.unknown" naming the healing stages when the fracture's is not one of them."""
    if fracture is not None:
        callus(fracture.healing)


def plan_hash(case: Case, plan: Plan) -> str:
    """What identifies a plan on this anatomy."""
    return content_hash(plan.hash, case.state["mesh"]["input_hash"] if case.state.get("mesh") else None)


def list_plans(case: Case) -> list[dict[str, Any]]:
    """Contract rows: name, procedure, input_hash; and side, implants."""
    return [
        {
            "name": p.name,
            "procedure": p.procedure,
            "side": p.side,
            "virtual_fracture": p.fracture is not None and p.fracture.virtual,
            "implants": [i.catalogue_id for i in p.implants],
            "input_hash": plan_hash(case, p),
        }
        for p in case.plans().values()
    ]
