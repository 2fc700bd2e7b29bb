"""Fill holes of one segment with itself: cavities in space, or holes seen in the slices of one direction."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi

from surgitwin.segmentation.edit.ink import States, require_open
from surgitwin.segmentation.edit.region import corner, label_box
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.patch import LabelPatch, Labels


def fill_holes(labels: Labels, target: int, states: States, axis: int | None = None) -> LabelPatch:
    """Background enclosed by segment `target` becomes that segment; other segments stay.

    axis: None for cavities in 3D; 0, 1 or 2 for holes in the slices along k, j or i. A hole that holds
    another segment is filled round it. Raises UsageError as `require_open`, "edit.empty".
    """
    require_open(target, states)
    box = label_box(labels, target, states[target].name)
    before = labels[box]
    holes = _enclosed(before != target, axis) & (before == 0)
    return LabelPatch.between(before, np.where(holes, np.uint8(target), before), corner(box))


def _enclosed(free: Mask, axis: int | None) -> Mask:
    """The parts of `free` that do not reach the rim of the array (in every slice along `axis`)."""
    across = {0, 1, 2} - {axis}
    faces = np.zeros((3, 3, 3), bool)
    for a in across:
        faces[tuple(slice(None) if a == b else slice(1, 2) for b in range(3))] = True
    pieces, _ = ndi.label(free, faces)
    rims = [np.take(pieces, end, a) for a in across for end in (0, -1)]
    table = np.ones(int(pieces.max()) + 1, bool)
    table[0] = False
    for rim in rims:
        table[np.unique(rim)] = False
    out: Mask = table[pieces]
    return out
