"""The five steps of a case: what is done, missing or out of date, in words, and what mends it."""

from __future__ import annotations

from surgitwin.planning.case import Case
from surgitwin.planning.sites.work import work_of
from surgitwin.planning.step_state import STEPS, StepState


def step_states(case: Case | None) -> tuple[StepState, ...]:
    """All five, in order; quick (reads the state and which results exist, no arrays)."""
    if case is None:
        rest = tuple(StepState(s, "blocked", "Import a scan first.") for s in STEPS[1:])
        first = StepState("import", "todo", "No case is open.", "import", "Import a scan")
        return (first, *rest)
    read_once = case.with_content(case.state, case.plans())  # else each question reads every plan's file
    return (_import(case), *work_of(case).steps(read_once))


def _import(case: Case) -> StepState:
    series = case.state["series"]
    slices = f", {series['shape'][0]} slices" if series.get("shape") else ""
    return StepState("import", "done", f"{series.get('modality', 'Image')}{slices}.")
