"""What is asked about the patient because no image tells it."""

from __future__ import annotations

from collections.abc import Mapping

from surgitwin.core.errors import UsageError
from surgitwin.planning.case import Case
from surgitwin.planning.site import SITES, is_vessel, site_of
from surgitwin.procedures.registry import vessel_procedure
from surgitwin.procedures.vessel import Question

KEY = "answers"


def questions_of(case: Case) -> tuple[Question, ...]:
    """The questions of the case's procedure; none for a bone."""
    if not is_vessel(case):
        return ()
    return vessel_procedure(SITES[site_of(case)].procedure).questions


def answers_of(case: Case) -> Mapping[str, str]:
    """The answers by question; one that was not answered is missing."""
    found: Mapping[str, str] = case.state.get(KEY) or {}
    return found


def answered(case: Case, changes: Mapping[str, str]) -> dict[str, str]:
    """The answers with `changes` ("" takes one back); UsageError "answer.unknown" naming what is known."""
    known = {q.id: q for q in questions_of(case)}
    for name, value in changes.items():
        choices = ("", *known[name].choices) if name in known else ()
        if value not in choices:
            raise UsageError(
                "answer.unknown",
                f"{name} = {value!r} is not an answer of this procedure.",
                hint="; ".join(f"{q.id}: {', '.join(q.choices)}" for q in known.values())
                or "It asks nothing.",
                where=name,
            )
    return {k: v for k, v in {**answers_of(case), **changes}.items() if v}
