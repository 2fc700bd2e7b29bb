"""The sign-off "anatomy reviewed": who looked at segments and landmarks, when, and whether it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import UsageError
from surgitwin.planning.case import Case, now
from surgitwin.planning.site import BONE, site_of

KEY = "review"
"""Of the case state: {"name", "when", "labels", "anatomy", "side"}."""


@dataclass(frozen=True)
class Review:
    """name: who signed. when: ISO time, UTC. labels, anatomy: hashes of what was signed. side: as signed."""

    name: str
    when: str
    labels: str
    anatomy: str
    side: str

    def as_dict(self) -> dict[str, str]:
        """Plain form for the case state."""
        return {
            "name": self.name,
            "when": self.when,
            "labels": self.labels,
            "anatomy": self.anatomy,
            "side": self.side,
        }


def sign(case: Case, name: str) -> dict[str, str]:
    """The value of `KEY` that signs the anatomy as it is now.

    Raises UsageError "review.no_name", and InputError "case.not_segmented" when there is nothing to sign.
    """
    if not name.strip():
        raise UsageError(
            "review.no_name",
            "The sign-off needs a name.",
            hint="Type the name of the person who looked at segments, side and landmarks.",
            where="name",
        )
    side = case.anatomy.side if site_of(case) == BONE else "none"
    labels, anatomy = _hashes(case.state)
    return Review(" ".join(name.split()), now(), labels, anatomy, side).as_dict()


def stored(state: Mapping[str, Any]) -> Review | None:
    """The sign-off in a case state, None without one."""
    row = state.get(KEY)
    return None if not row else Review(**{k: str(row.get(k, "")) for k in Review.__dataclass_fields__})


def standing(state: Mapping[str, Any]) -> Literal["none", "valid", "labels changed", "anatomy changed"]:
    """Whether the anatomy is signed as it is now, and what has changed since when it is not."""
    found = stored(state)
    if found is None:
        return "none"
    labels, anatomy = _hashes(state)
    if found.labels != labels:
        return "labels changed"
    return "valid" if found.anatomy == anatomy else "anatomy changed"


def words(state: Mapping[str, Any]) -> str:
    """One line for the window, a plan's notes and the report."""
    found, now_ = stored(state), standing(state)
    if found is None:
        return "Anatomy not reviewed."
    line = f"Anatomy reviewed by {found.name}, {when_text(found.when)}"
    why = {
        "labels changed": "; the segments were changed since",
        "anatomy changed": "; side, landmarks or measures were changed since",
    }
    return f"{line}{why.get(now_, '')}."


def when_text(when: str) -> str:
    """An ISO time in the local time zone, for people: 2026-11-22 14:05."""
    return datetime.fromisoformat(when).astimezone().strftime("%Y-%m-%d %H:%M")


def _hashes(state: Mapping[str, Any]) -> tuple[str, str]:
    measured = state.get("vessel") or state.get("anatomy")
    return str((state.get("labels") or {}).get("hash", "")), content_hash(measured)
