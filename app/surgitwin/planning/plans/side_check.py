"""Left or right: what the plan says against what the anatomy says, in words that are shown large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.frame import PlanSide
from surgitwin.core.plan import Plan


@dataclass(frozen=True)
class SideCheck:
    """title: "LEFT FEMUR"; text: where that comes from, or what contradicts it."""

    side: PlanSide
    title: str
    text: str
    state: Literal["agrees", "contradicts", "unsure"]


def side_check(anatomy: FemurAnatomy, plan: Plan | None) -> SideCheck:
    """The side of the bone in the image, and whether a plan is for it."""
    title = f"{anatomy.side.upper()} FEMUR"
    if plan is not None and plan.side != anatomy.side:
        text = (
            f"The plan is for the {plan.side.upper()} side, the image shows a {anatomy.side} femur. "
            "Do not use this plan."
        )
        return SideCheck(plan.side, f"PLAN FOR THE {plan.side.upper()} SIDE", text, "contradicts")
    chosen = [w for w in anatomy.warnings if w.startswith("You chose")]
    doubts = [*chosen, *(w for w in anatomy.warnings if "left and right" in w)]
    sure = not doubts and not anatomy.side_confidence.startswith("doubtful")
    text = chosen[0] if chosen else f"From the bone itself ({anatomy.side_confidence})."
    if not sure:
        text += " Check left and right yourself."
    return SideCheck(anatomy.side, title, text, "agrees" if sure else "unsure")
