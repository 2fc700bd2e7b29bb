"""The consent in a case: recorded with what was recorded before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.exchange.consent import Consent, consent_of
from surgitwin.planning.case import Case, now


def consent_change(state: Mapping[str, Any], consent: Consent) -> tuple[str, dict[str, Any]]:
    """Name of the step, and keys of the case's state with `consent` in force; earlier records are kept."""
    before = list(state.get("consent_history", []))
    old = consent_of(state)
    if old is not None:
        before.append({**old.as_dict(), "replaced": now()})
    what = "withdrawn" if not consent.scope else f"for {', '.join(consent.scope)}"
    return f"consent {what}", {"consent": consent.as_dict(), "consent_history": before}


def record_consent(case: Case, consent: Consent) -> Case:
    """The case with `consent` in force, on disk."""
    name, changes = consent_change(case.state, consent)
    return case.updated(name, **changes)


def consent_facts(state: Mapping[str, Any]) -> dict[str, Any] | None:
    """The record in force as `info` gives it, with how many were before; None when there is none.

    A withdrawn one has no scope; `given` is then the day of the withdrawal. In a case without identity
    `given` and `by` are empty.
    """
    record = consent_of(state)
    if record is None:
        return None
    earlier = len(state.get("consent_history", []))
    return {**record.as_dict(), "withdrawn": not record.scope, "words": record.words, "earlier": earlier}
