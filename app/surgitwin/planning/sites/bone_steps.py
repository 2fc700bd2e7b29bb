"""Anatomy, plans, simulation and comparison of a case about a bone: what is done, missing or out of date."""

from __future__ import annotations

from surgitwin.planning.case import Case
from surgitwin.planning.freshness import measured_current, mesh_current
from surgitwin.planning.segments import review
from surgitwin.planning.solving.results import result_state
from surgitwin.planning.step_state import StepState


def bone_steps(case: Case) -> tuple[StepState, ...]:
    """The four steps after the import; quick (reads the state and which results exist)."""
    return (_anatomy(case), _plans(case), _simulate(case), _compare(case))


def _anatomy(case: Case) -> StepState:
    state = case.state
    modality = state["series"].get("modality", "CT")
    if not state.get("labels") and modality != "CT":
        words = f"Choose what to segment in this {modality}; planning on a femur needs a CT."
        return StepState("anatomy", "todo", words)
    if not state.get("labels"):
        return StepState("anatomy", "todo", "The bone is not segmented yet.", "segment", "Segment the bone")
    if not measured_current(case):
        return StepState("anatomy", "stale", "The segments changed.", "prepare", "Measure and mesh")
    if not state.get("mesh"):
        return StepState("anatomy", "todo", "The bone is not meshed yet.", "prepare", "Mesh the bone")
    if not mesh_current(case):
        return StepState(
            "anatomy", "stale", "The anatomy changed: mesh the bone again.", "prepare", "Mesh the bone"
        )
    signed, standing = review.stored(state), review.standing(state)
    if signed is None:
        return StepState("anatomy", "done", "Ready, not reviewed.", "review", "Review and sign")
    if standing != "valid":
        return StepState("anatomy", "done", "Changed since its review.", "review", "Review again")
    return StepState("anatomy", "done", f"Reviewed by {signed.name}.")


def _plans(case: Case) -> StepState:
    plans = case.plans()
    if not case.state.get("mesh"):
        return StepState("plans", "blocked", "Needs a meshed bone.")
    if not plans:
        return StepState("plans", "todo", "No plan yet.", "propose", "Propose plans")
    wrong = [p.name for p in plans.values() if p.side != case.anatomy.side]
    if wrong:
        return StepState("plans", "stale", f"Wrong side: {', '.join(wrong)}.")
    return StepState("plans", "done", f"{len(plans)} plan{'s' if len(plans) > 1 else ''}.")


def _simulate(case: Case) -> StepState:
    plans = case.plans()
    if not plans:
        return StepState("simulate", "blocked", "Needs a plan.")
    if not mesh_current(case):
        return StepState("simulate", "blocked", "Needs the bone measured and meshed as it is now.")
    states = {name: result_state(case, name) for name in plans}
    stale = [n for n, s in states.items() if s == "out of date"]
    missing = [n for n, s in states.items() if s == "none"]
    if stale:
        words = f"Out of date: {', '.join(stale)}."
        return StepState("simulate", "stale", words, "solve", "Simulate again")
    if missing:
        words = (
            "Not simulated yet." if len(missing) == len(plans) else f"Not simulated: {', '.join(missing)}."
        )
        return StepState("simulate", "todo", words, "solve", "Simulate")
    return StepState("simulate", "done", "All plans are simulated.")


def _compare(case: Case) -> StepState:
    plans = case.plans()
    current = [n for n in plans if result_state(case, n) == "current"] if mesh_current(case) else []
    if len(current) < 2:
        words = "Needs two simulated plans." if not current else "Needs a second simulated plan."
        return StepState("compare", "blocked", words)
    return StepState("compare", "done", f"{len(current)} plans to compare.")
