"""Plans of a case: proposed, added, listed, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.plan import Fracture, Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.materials import callus
from surgitwin.planning.case import Case
from surgitwin.planning.plans import names as plan_names
from surgitwin.planning.plans.file import read_fracture, read_plan, write_plan
from surgitwin.planning.plans.surroundings import surroundings
from surgitwin.planning.sites.work import work_of
from surgitwin.planning.vessels import plans as vessel_plans
from surgitwin.procedures.base import Context, Finding, Proposal
from surgitwin.procedures.registry import bone_procedure, get
from surgitwin.storage.atomic import storage_errors


def context_of(case: Case) -> Context:
    """What a procedure may look at: anatomy and surface of the case, and what lies around the bone."""
    around = surroundings(case)
    return Context(case.anatomy, case.surface, around.keep_out, around.other_bone)


def propose_plans(
    case: Case,
    procedure: str,
    fracture: Path | Fracture | None,
    options: dict[str, str],
    progress: Progress = SILENT,
) -> Proposal:
    """Let the procedure propose plans and write them; nothing is written when it fails.

    fracture: itself, its file, or None for the procedure's default cut.
    A plan file that differs from what was proposed (edited, added by hand) is never replaced: the new plan
    gets a free name such as "plate-2" and a warning says so. The answer holds the names as written.
    """
    if get(procedure).family == "vessel":
        proposed_now = vessel_plans.propose(case, procedure, options, progress)
    else:
        if isinstance(fracture, Path):
            fracture = read_fracture(fracture)
        _require_stage(fracture)
        proposed_now = bone_procedure(procedure).propose(context_of(case), fracture, options, progress)
    proposal = _beside_edited(case, proposed_now)
    for plan in proposal.plans:
        write_plan(plan, _file(case, plan.name))
    proposed = {**case.state.get("proposed", {}), **{p.name: p.hash for p in proposal.plans}}
    case.updated("plan propose " + ", ".join(p.name for p in proposal.plans), proposed=proposed)
    return proposal


def _file(case: Case, name: str) -> Path:
    return case.folder.plans_dir / f"{name}.toml"


def _beside_edited(case: Case, proposal: Proposal) -> Proposal:
    """The proposal with a free name for every plan that would replace a file changed by hand."""
    taken = {p.name for p in proposal.plans}
    plans: list[Plan] = []
    notes: list[str] = []
    for plan in proposal.plans:
        name = next(
            n for n in _names(plan.name) if (n == plan.name or n not in taken) and _may_write(case, n, plan)
        )
        taken.add(name)
        plans.append(replace(plan, name=name))
        if name != plan.name:
            notes.append(
                f"The plan {plan.name} was changed by hand and is kept; the new one is called {name}. "
                f"Notes on {plan.name} above are about {name}."
            )
    return Proposal(tuple(plans), (*proposal.warnings, *notes))


def _names(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{n}" for n in count(2))


def _may_write(case: Case, name: str, plan: Plan) -> bool:
    """Whether the file of a name is absent, holds the same plan, or is as it was proposed."""
    if not _file(case, name).exists():
        return True
    try:
        there = read_plan(_file(case, name)).hash
    except InputError:  # a file that cannot be read was not written by this program
        return False
    proposed: Mapping[str, str] = case.state.get("proposed", {})
    return there in (plan.hash, proposed.get(name))


def remove_plan(case: Case, name: str) -> Case:
    """Delete the file of a plan; its results stay until the next solve. InputError "plan.unknown"."""
    known = sorted(p.stem for p in case.folder.plans_dir.glob("*.toml"))
    if name not in known:
        raise InputError(
            "plan.unknown",
            f"{case.folder.path.name} has no plan called {name}.",
            hint=f"Its plans: {', '.join(known) or 'none'}.",
            where=name,
        )
    with storage_errors(_file(case, name)):
        _file(case, name).unlink()
    proposed = {n: h for n, h in case.state.get("proposed", {}).items() if n != name}
    notes = {n: text for n, text in _notes(case).items() if n != name}
    return case.updated(f"plan remove {name}", **{"proposed": proposed, plan_names.NOTES: notes})


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
    write_plan(plan, _file(case, plan.name))
    case.updated(f"plan add {plan.name}")
    return [asdict(f) for f in findings]


def duplicate_plan(case: Case, name: str, wanted: str = "") -> Case:
    """A copy of a plan on disk, under `wanted` or the next free name; errors as `plan_names.duplicate`."""
    return _written(case, plan_names.duplicate(case.plans(), _notes(case), name, wanted))


def rename_plan(case: Case, name: str, new: str) -> Case:
    """A plan on disk under another name; errors as `plan_names.rename`. Its results keep the old name."""
    return _written(case, plan_names.rename(case.plans(), _notes(case), name, new))


def note_plan(case: Case, name: str, text: str) -> Case:
    """A plan with other notes, "" for none; errors as `plan_names.annotate`."""
    return _written(case, plan_names.annotate(case.plans(), _notes(case), name, text))


def notes_of(case: Case, name: str) -> str:
    """The notes on a plan, "" without any; InputError "plan.unknown"."""
    plan_names.known(case.plans(), name)
    return _notes(case).get(name, "")


def _notes(case: Case) -> Mapping[str, str]:
    found: Mapping[str, str] = case.state.get(plan_names.NOTES) or {}
    return found


def _written(case: Case, edit: plan_names.PlansEdit) -> Case:
    """The plan files and notes after an edit: new files first, so that nothing is lost on the way."""
    written = {p.name.casefold(): p for p in edit.plans.values() if p is not None}
    for name in (n for n, p in edit.plans.items() if p is None and n.casefold() in written):
        # Another spelling of the same name: one and the same file on some disks.
        with storage_errors(_file(case, name)):
            _file(case, name).replace(_file(case, written[name.casefold()].name))
    for plan in written.values():
        write_plan(plan, _file(case, plan.name))
    for name in (n for n, p in edit.plans.items() if p is None and n.casefold() not in written):
        with storage_errors(_file(case, name)):
            _file(case, name).unlink()
    return case.updated(edit.title, **{plan_names.NOTES: dict(edit.notes)})


def check_plan(case: Case, plan: Plan) -> list[Finding]:
    """Findings of the procedure's checks (no finite elements); a plan for the other side is refused."""
    return work_of(case).check(case, plan)


def check_bone_plan(case: Case, plan: Plan) -> list[Finding]:
    """`check_plan` of a plan on a bone."""
    if plan.side != case.anatomy.side:
        raise InputError(
            "plan.side",
            f"The plan {plan.name} is for the {plan.side} side, the bone is a {case.anatomy.side} femur.",
            hint="Mirror the plan, or check the side with `surgitwin segment --side`.",
            where=f"{plan.name}: side",
        )
    procedure = bone_procedure(plan.procedure)
    _require_stage(plan.fracture)
    return procedure.check(context_of(case), plan)


def _require_stage(fracture: Fracture | None) -> None:
    """InputError "material.unknown" naming the healing stages when the fracture's is not one of them."""
    if fracture is not None:
        callus(fracture.healing)


def plan_hash(case: Case, plan: Plan) -> str:
    """What identifies a plan on this anatomy."""
    return work_of(case).plan_hash(case, plan)


def bone_plan_hash(case: Case, plan: Plan) -> str:
    """`plan_hash` of a plan on a bone: plan and mesh."""
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
