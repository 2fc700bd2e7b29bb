"""Crop: erase segments outside, or inside, a box whose corners are given in LPS millimetres."""

from __future__ import annotations

import numpy as np

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.region import corner, label_box
from surgitwin.segmentation.edit.source import EditSource, nothing
from surgitwin.segmentation.morphology import Box, Mask
from surgitwin.segmentation.patch import LabelPatch

KEEP = {"inside": "Keep what is inside the box", "outside": "Erase what is inside the box"}
SCOPE = {"segment": "The chosen segment", "all": "All shown, unlocked segments"}

Point = tuple[float, float, float]


def crop(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    first: Point | None,
    second: Point | None,
    keep: str = "inside",
    scope: str = "segment",
) -> LabelPatch:
    """Erase what lies outside (keep "inside") or inside (keep "outside") a box.

    first, second: opposite corners, LPS mm; the box runs along the axes of LPS and holds voxels by their
    centres. scope: "segment" or "all" that are shown and not locked.
    Raises UsageError as `require_target`, "edit.box" (corners missing, or no extent), "edit.nothing".
    """
    if scope == "segment":
        source.require_target()
        box = label_box(source.labels, source.target, source.states[source.target].name)
        open_ = np.arange(256) == source.target
    else:
        box = tuple(slice(0, n) for n in source.labels.shape)  # type: ignore[assignment]
        open_ = ~source.closed(np.arange(256, dtype=np.uint8))
        open_[0] = False
    progress("Cropping", 0.2)
    before = source.labels[box]
    lost = open_[before] & (_inside(source, box, first, second) == (keep == "outside"))
    if not lost.any():
        what = f"the {source.title}" if scope == "segment" else "the open segments"
        raise nothing(
            f"nothing of {what} lies {'inside' if keep == 'outside' else 'outside'} the box",
            "Move a corner of the box.",
            "first",
        )
    return LabelPatch.between(before, np.where(lost, np.uint8(0), before), corner(box))


def _inside(source: EditSource, box: Box, first: Point | None, second: Point | None) -> Mask:
    """Voxels of `box` whose centres lie between the corners."""
    if first is None or second is None:
        raise UsageError(
            "edit.box",
            "A box needs two corners.",
            hint="Put the crosshair on one corner of the box and take it, then on the opposite one.",
            where="first" if first is None else "second",
        )
    low, high = np.minimum(first, second), np.maximum(first, second)
    if (high - low <= 0).any():
        raise UsageError(
            "edit.box",
            "The corners of the box lie in one plane, so it holds nothing.",
            hint="Choose the second corner in another slice, too: the box has depth.",
            where="second",
        )
    ijk = np.ogrid[box][::-1]
    inside = np.ones([s.stop - s.start for s in box], bool)
    for axis, row in enumerate(source.grid.affine[:3]):
        # Terms of zero are left out: in an image along LPS this stays one row of numbers, not a whole volume.
        at = row[3] + sum(row[n] * ijk[n] for n in range(3) if row[n] != 0)
        inside &= (at >= low[axis] - 1e-6) & (at <= high[axis] + 1e-6)
    return inside
