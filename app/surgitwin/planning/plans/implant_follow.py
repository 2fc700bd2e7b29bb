"""What follows from motions of a held implant: the plan, its checks and its words; safe in any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.plan import Plan
from surgitwin.planning.plans.implant_drag import HeldImplant
from surgitwin.procedures.base import Finding
from surgitwin.scene.drags import Motion


@dataclass(frozen=True, eq=False)
class Step:
    """A motion by a handle, on the bone or not."""

    handle: str
    motion: Motion
    snap: bool


@dataclass(frozen=True, eq=False)
class ImplantPreview:
    """A plan as it would be if the mouse were released now, with its checks."""

    plan: Plan
    index: int
    findings: tuple[Finding, ...]


def follow(held: HeldImplant, step: Step) -> ImplantPreview | SurgiTwinError:
    """The preview of a motion, in a worker; an implant that cannot go there is an answer, not a fault."""
    try:
        plan = held.dragged(step.handle, step.motion, step.snap)
        return ImplantPreview(plan, held.index, tuple(held.findings(plan)))
    except SurgiTwinError as error:
        return error


def all_steps(held: HeldImplant, steps: Sequence[Step]) -> Plan:
    """The plan after several motions, one after the other."""
    for step in steps:
        held = HeldImplant(held.context, held.dragged(step.handle, step.motion, step.snap), held.index)
    return held.plan


def words(held: HeldImplant, preview: ImplantPreview) -> str:
    """How far, and the worst that the checks say."""
    worst = [f for s in ("error", "warning") for f in preview.findings if f.severity == s]
    said = worst[0].message if worst else "The checks found no fault."
    return f"{held.step_name(preview.plan)}. {said}"
