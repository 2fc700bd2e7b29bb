"""What a patient agreed to have done with the images, and the question that every export asks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from surgitwin.core.errors import UsageError

PURPOSES = {
    "planning": "planning this patient's operation",
    "teaching": "teaching",
    "research": "research",
    "sharing": "passing on to others",
}
"""What a file may be written for."""

NOT_RECORDED = (
    "No consent is recorded in this case: the file is for planning this patient's operation, here. Record "
    "one with `surgitwin consent` before it is used for anything else."
)


@dataclass(frozen=True)
class Consent:
    """scope: purposes, none of them when consent was withdrawn. given, until: YYYY-MM-DD; until may be empty.

    by: who recorded it. note: where the signed form is.
    """

    scope: tuple[str, ...]
    given: str
    by: str
    until: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return asdict(self) | {"scope": list(self.scope)}

    @property
    def words(self) -> str:
        """In one line."""
        if not self.scope:
            return "withdrawn" if not self.given else f"withdrawn on {self.given} (recorded by {self.by})"
        what = ", ".join(PURPOSES[s] for s in self.scope)
        end = f" until {self.until}" if self.until else ""
        if not self.given:  # a case without identity says neither when nor by whom
            return f"{what}{end}"
        return f"{what}; given on {self.given}{end} (recorded by {self.by})"


def make_consent(
    scope: tuple[str, ...], by: str, given: str = "", until: str = "", note: str = ""
) -> Consent:
    """A checked record; given: today when empty. UsageError "consent.invalid" naming the field."""
    unknown = [s for s in scope if s not in PURPOSES]
    if unknown:
        raise _invalid(f"{unknown[0]!r} is no purpose", f"Use {', '.join(PURPOSES)}.", "--set")
    if not by.strip():
        raise _invalid("nobody is named who recorded it", "Name who records it (--by).", "--by")
    given = given or _today().isoformat()
    day = _day(given, "--date")
    if day > _today():
        raise _invalid(f"{given} is in the future", "Give the day on which it was signed.", "--date")
    if until and _day(until, "--until") < day:
        raise _invalid(f"it ends on {until}, before it begins", "Correct --until.", "--until")
    kept = tuple(p for p in PURPOSES if p in scope)
    return Consent(kept, given, by.strip(), until, note.strip())


def consent_of(state: Mapping[str, Any]) -> Consent | None:
    """The record in force in a case's state; None when there is none."""
    found = state.get("consent")
    if not found:
        return None
    return Consent(
        tuple(found["scope"]), found["given"], found["by"], found.get("until", ""), found.get("note", "")
    )


def require_consent(state: Mapping[str, Any], purpose: str, today: date | None = None) -> tuple[str, ...]:
    """Ask before a file leaves a case; what must be said with it.

    Without a record a case is for planning alone. Raises UsageError "consent.outside_scope" when the purpose
    is not in the record, the record has ended or was withdrawn, "consent.invalid" for an unknown purpose.
    """
    if purpose not in PURPOSES:
        raise _invalid(f"{purpose!r} is no purpose", f"Use {', '.join(PURPOSES)}.", "--purpose")
    record = consent_of(state)
    if record is None:
        if purpose == "planning":
            return (NOT_RECORDED,)
        raise _outside("No consent is recorded in this case", purpose)
    if not record.scope:
        when = f" on {record.given}" if record.given else ""
        raise _outside(f"Consent was withdrawn{when}", purpose)
    if record.until and _day(record.until, "--until") < (today or _today()):
        raise _outside(f"The consent ended on {record.until}", purpose)
    if purpose not in record.scope:
        raise _outside(f"The consent is for {', '.join(PURPOSES[s] for s in record.scope)}", purpose)
    return ()


def _outside(fact: str, purpose: str) -> UsageError:
    return UsageError(
        "consent.outside_scope",
        f"{fact}; this export is for {PURPOSES[purpose]}.",
        hint="Ask the patient, and record the answer with `surgitwin consent CASE --set ... --by ...`.",
        where="--purpose",
    )


def _invalid(fact: str, hint: str, where: str) -> UsageError:
    return UsageError("consent.invalid", f"The consent cannot be recorded: {fact}.", hint=hint, where=where)


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _invalid(f"{text!r} is no date", "Write YYYY-MM-DD.", where) from None


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
