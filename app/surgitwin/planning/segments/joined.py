"""Segments that join those of a case: they fill its background under free labels."""

from __future__ import annotations

import numpy as np

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import LabelMap, Segment

MOST_LABELS = 255


def joined(base: LabelMap, extra: LabelMap) -> LabelMap:
    """`base` with the segments of `extra` in its background, under free labels.

    A segment of a name that is there already goes into that segment. Raises InputError "segment.grid"
    (other grids), UsageError "segment.too_many" (over 255 segments).
    """
    if base.array.shape != extra.array.shape or not np.allclose(base.grid.affine, extra.grid.affine):
        raise InputError(
            "segment.grid",
            "The new segments do not lie on the grid of the case's image.",
            hint="Segment the image of this case, or resample the labels onto it.",
            where="labels",
        )
    segments, table = list(base.segments), np.zeros(256, np.uint8)
    for one in extra.segments:
        same = next((s for s in segments if s.name == one.name), None)
        if same is None:
            same = Segment(_free_label(segments), one.name, one.code, one.rgb)
            segments.append(same)
        table[one.label] = same.label
    array = np.where(base.array == 0, table[extra.array], base.array)
    return LabelMap(array, base.grid, tuple(segments))


def _free_label(segments: list[Segment]) -> int:
    used = {s.label for s in segments}
    free = next((n for n in range(1, MOST_LABELS + 1) if n not in used), None)
    if free is None:
        raise UsageError(
            "segment.too_many",
            f"A label map holds {MOST_LABELS} segments at most.",
            hint="Remove segments that are not needed.",
            where="segments",
        )
    return free
