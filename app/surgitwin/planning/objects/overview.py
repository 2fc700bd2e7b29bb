"""What `info` says of the objects of a case, and what of them names nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.planning.objects.record import KEY, objects_of


def object_rows(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A plain row for each object, oldest first."""
    return [own.described() for own in objects_of(state)]


def nameless_objects(state: Mapping[str, Any]) -> dict[str, Any]:
    """The value of `KEY` without names and hashes of files, by which a person could be found; names that the
    user typed stay, as those of segments do."""
    return {key: {**row, "file": "", "sha256": ""} for key, row in (state.get(KEY) or {}).items()}
