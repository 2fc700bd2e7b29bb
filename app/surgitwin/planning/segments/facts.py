"""What the segments of a case measure, and whether that was counted on the present ones.

Segmenting and reducing keep the rows with the labels ("segments", counted on "segments_of"). Measuring again
keeps them under a key of their own, because a step merges labels by their hash only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.core.image import LabelMap, Volume
from surgitwin.planning.case import Case
from surgitwin.segmentation import SegmentStatistics, statistics

KEY = "segment_counts"
"""State key: rows and the hash of the labels that they were counted on ("of")."""
NO_SCALE = "The image has no scale in mm."
NO_HU = "The image is not in Hounsfield units: see mean, sd and unit."
NOT_COUNTED = "Not measured since the segments were edited."


def count_rows(labels: LabelMap, volume: Volume) -> list[dict[str, Any]]:
    """Contract rows of the segments; one that is empty or of an image not in HU says why it has none.

    Without a scale they have no volume, with the reason.
    """
    rows = [_row(s) for s in statistics(labels, volume)]
    if volume.scale_known:
        return rows
    return [{**r, "volume_ml": None, "reason": NO_SCALE} for r in rows]


def counted(case: Case) -> dict[str, Any]:
    """The state's keys with the present segments counted."""
    return {KEY: {"of": case.state["labels"]["hash"], "rows": count_rows(case.labels, case.volume)}}


def kept_rows(state: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Rows that were counted on the present labels, None when these were edited since."""
    labels: Mapping[str, Any] = state.get("labels") or {}
    now = str(labels.get("hash", ""))
    later: Mapping[str, Any] = state.get(KEY) or {}
    if now and later.get("of") == now:
        return list(later["rows"])
    # Cases from before this was kept: edited labels have a name of their own instead of a hash.
    fits = labels["segments_of"] == now if "segments_of" in labels else not now.startswith("edit-")
    return list(labels.get("segments", [])) if fits else None


def segment_rows(case: Case) -> list[dict[str, Any]]:
    """Contract rows of the present segments; without numbers and with the reason when not counted since."""
    kept = kept_rows(case.state)
    if kept is not None:
        return kept
    names = ("voxels", "volume_ml", "hu_mean", "hu_sd", "mean", "sd", "unit", "touches_border")
    empty = {**dict.fromkeys(names), "reason": NOT_COUNTED}
    return [{"name": s.name, "code": s.code, **empty} for s in case.labels.segments]


def _row(segment: SegmentStatistics) -> dict[str, Any]:
    row = segment.as_dict()
    if not segment.voxels:
        return {**row, "reason": "The segment is empty."}
    return row if segment.hu_mean is not None else {**row, "reason": NO_HU}
