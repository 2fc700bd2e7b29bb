"""How one segment is shown."""

from __future__ import annotations

from dataclasses import dataclass

from surgitwin.core.image import Segment

START_OPACITY = 0.3
"""Of a segment's fill in the slices to begin with (display only)."""


@dataclass(frozen=True)
class SegmentLook:
    """rgb 0..1. opacity 0..1 of the fill in slices; once `opacity_given`, of its surface too.

    filled: False draws the outline only. locked: tools must not change its voxels.
    """

    label: int
    rgb: tuple[float, float, float]
    visible: bool = True
    opacity: float = START_OPACITY
    filled: bool = True
    locked: bool = False
    opacity_given: bool = False


def first_look(segment: Segment) -> SegmentLook:
    """How a segment is shown to begin with."""
    return SegmentLook(segment.label, segment.rgb)
