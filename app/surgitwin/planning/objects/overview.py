"""What `info` says of the objects of a case, and what of them names nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.planning.objects.record import KEY, objects_of


def object_rows(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A plain row for each object, oldest first."""
    return [own.described() for own in objects_of(state)]


def not_compared(state: Mapping[str, Any]) -> list[str]:
    """The line that a comparison of plans says of them, if there are any."""
    names = ", ".join(own.name for own in objects_of(state))
    if not names:
        return []
    return [
        f"Own objects ({names}) belong to the case, not to a plan: no plan was checked or simulated with "
        "them. `surgitwin object check` measures them."
    ]


def file_notes(state: Mapping[str, Any]) -> tuple[str, ...]:
    """What must be known of a report that names the files of objects."""
    files = ", ".join(own.file for own in objects_of(state) if own.file)
    if not files:
        return ()
    return (
        f"The report names the files of own objects ({files}): see that they name nobody, or write it from a "
        "case without identity (`surgitwin deidentify CASE --out NEW.twin`).",
    )


def nameless_objects(state: Mapping[str, Any]) -> dict[str, Any]:
    """The value of `KEY` without names and hashes of files, by which a person could be found; names that the
    user typed stay, as those of segments do."""
    return {key: {**row, "file": "", "sha256": ""} for key, row in (state.get(KEY) or {}).items()}
