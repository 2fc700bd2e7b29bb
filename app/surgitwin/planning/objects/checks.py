"""Objects with their numbers, measured once for the present place and segments: command line and report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surgitwin.core.progress import SILENT, Progress
from surgitwin.planning.case import Case
from surgitwin.planning.objects.measure import ObjectNumbers, measure_object
from surgitwin.planning.objects.record import OwnObject


def numbers_of(case: Case, own: OwnObject, progress: Progress = SILENT) -> ObjectNumbers:
    """`measure_object`, kept in memory until the object moves or the segments change."""
    segments = (case.state.get("labels") or {}).get("hash", "")
    key = f"{own.blob} {own.pose} {segments}"
    out: ObjectNumbers = case.kept(f"numbers {own.id}", key, lambda: measure_object(case, own, progress))
    return out


def object_checks(
    case: Case, chosen: Iterable[OwnObject], progress: Progress = SILENT
) -> list[dict[str, Any]]:
    """For --json: each object with its numbers; mm, mm3, LPS."""
    return [{**own.described(), **numbers_of(case, own, progress).as_dict()} for own in chosen]
