"""Anatomy, plans, simulation and comparison of a vessel case: what is done, missing or out of date."""

from __future__ import annotations

from surgitwin.planning.case import Case
from surgitwin.planning.segments import review
from surgitwin.planning.site import ROOT, SITES, site_of
from surgitwin.planning.step_state import StepState
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.answers import answers_of, questions_of
from surgitwin.planning.vessels.results import best_level, failure_of, result_state


def vessel_steps(case: Case) -> tuple[StepState, ...]:
    """The four steps after the import; quick (reads the state and which results exist)."""
    return (_anatomy(case), _plans(case), _simulate(case), _compare(case))


def _anatomy(case: Case) -> StepState:
    title = SITES[site_of(case)].title.lower()
    found = case.state.get(KEY)
    if not found:
        return StepState(
            "anatomy", "todo", f"The {title} is not segmented yet.", "segment", f"Segment the {title}"
        )
    signed, standing = review.stored(case.state), review.standing(case.state)
    open_questions = [q.title for q in questions_of(case) if q.id not in answers_of(case)]
    asked = f" Not answered: {', '.join(open_questions).lower()}." if open_questions else ""
    if signed is None:
        points = (
            " Confirm the three hinge points."
            if site_of(case) == ROOT and not found.get("corrections")
            else ""
        )
        return StepState(
            "anatomy", "done", f"Ready, not reviewed.{points}{asked}", "review", "Review and sign"
        )
    if standing != "valid":
        return StepState("anatomy", "done", f"Changed since its review.{asked}", "review", "Review again")
    return StepState("anatomy", "done", f"Reviewed by {signed.name}.{asked}")


def _plans(case: Case) -> StepState:
    plans = case.plans()
    if not case.state.get(KEY):
        return StepState("plans", "blocked", "Needs the measured vessel.")
    if not plans:
        return StepState("plans", "todo", "No plan yet.", "propose", "Propose plans")
    return StepState("plans", "done", f"{len(plans)} plan{'s' if len(plans) > 1 else ''}.")


def _simulate(case: Case) -> StepState:
    plans = case.plans()
    if not plans or not case.state.get(KEY):
        return StepState("simulate", "blocked", "Needs a plan.")
    states = {name: result_state(case, name, best_level(case, name) or "L1") for name in plans}
    failures = [n for n in plans if failure_of(case, n) is not None]
    stale = [n for n, s in states.items() if s == "out of date"]
    missing = [n for n, s in states.items() if s == "none" and n not in failures]
    if stale:
        return StepState("simulate", "stale", f"Out of date: {', '.join(stale)}.", "solve", "Deploy again")
    if missing:
        every = len(missing) == len(plans)
        words = "Not deployed yet." if every else f"Not deployed: {', '.join(missing)}."
        return StepState("simulate", "todo", words, "solve", "Deploy")
    if failures:
        return StepState("simulate", "done", f"Could not be deployed: {', '.join(failures)}.")
    return StepState("simulate", "done", "All plans are deployed.")


def _compare(case: Case) -> StepState:
    current = [
        n
        for n in case.plans()
        if best_level(case, n) and result_state(case, n, best_level(case, n) or "L1") == "current"
    ]
    if len(current) < 2:
        words = "Needs two deployed plans." if not current else "Needs a second deployed plan."
        return StepState("compare", "blocked", words)
    return StepState("compare", "done", f"{len(current)} plans to compare.")
