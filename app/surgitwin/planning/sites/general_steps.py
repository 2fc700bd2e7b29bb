"""The steps of a case about other anatomy: segments and meshes, no operation."""

from __future__ import annotations

from surgitwin.planning.case import Case
from surgitwin.planning.meshes.tissues import tissue_mesh_current
from surgitwin.planning.segments import review
from surgitwin.planning.step_state import StepState

NO_OPERATION = "No operation is planned on this anatomy: edit, register, mesh and export it."
SHORT = "No operation on this anatomy."
"""The same where there is little room."""


def general_steps(case: Case) -> tuple[StepState, ...]:
    """The four steps after the import; quick (reads the state)."""
    rest = tuple(StepState(s, "blocked", SHORT) for s in ("plans", "simulate", "compare"))
    return (_anatomy(case), *rest)


def _anatomy(case: Case) -> StepState:
    labels = case.state.get("labels")
    if not labels:
        return StepState("anatomy", "todo", "Nothing is segmented yet.")
    if not case.state.get("mesh"):
        return StepState("anatomy", "todo", "The segments are not meshed yet.")  # the page has the button
    if not tissue_mesh_current(case):
        return StepState("anatomy", "stale", "The segments changed: mesh again.")
    signed, standing = review.stored(case.state), review.standing(case.state)
    if signed is None:
        return StepState(
            "anatomy", "done", "Segmented and meshed, not reviewed.", "review", "Review and sign"
        )
    if standing != "valid":
        return StepState("anatomy", "done", "Changed since its review.", "review", "Review again")
    return StepState("anatomy", "done", f"Reviewed by {signed.name}.")
