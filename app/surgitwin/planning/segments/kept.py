"""Which segments stay when a case is segmented again: those that no preset made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.core.image import LabelMap
from surgitwin.core.resources import load_table
from surgitwin.planning.case import Case
from surgitwin.segmentation import load_preset
from surgitwin.segmentation.table import with_added


def with_hand_made(case: Case, made: LabelMap) -> LabelMap:
    """`made` with the segments of the case that were added by hand."""
    labels = case.state.get("labels")
    return with_added(made, case.labels, preset_names(labels)) if labels else made


def preset_names(labels: Mapping[str, Any]) -> list[str]:
    """Names of segments that presets made. labels: of the case state.

    Cases from before this was kept have the names of their preset's table row only.
    """
    if "made" in labels:
        return list(labels["made"])
    preset = str(labels.get("preset", ""))
    return (
        [s.name for s in load_preset(preset).segments] if preset in load_table("segmentation_presets") else []
    )
