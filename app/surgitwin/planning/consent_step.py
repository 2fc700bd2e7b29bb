"""The consent in a case: recorded with what was recorded before."""

from __future__ import annotations

from surgitwin.exchange.consent import Consent, consent_of
from surgitwin.planning.case import Case, now


def record_consent(case: Case, consent: Consent) -> Case:
    """The case with `consent` in force, on disk; earlier records stay in its state."""
    before = list(case.state.get("consent_history", []))
    old = consent_of(case.state)
    if old is not None:
        before.append({**old.as_dict(), "replaced": now()})
    what = "withdrawn" if not consent.scope else f"for {', '.join(consent.scope)}"
    return case.updated(f"consent {what}", consent=consent.as_dict(), consent_history=before)
