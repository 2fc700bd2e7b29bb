"""Islands: the connected pieces of one segment (by faces).

scipy labels them: it lets go of Python's lock while it works, so that a window stays usable.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation.edit.ink import States, require_open
from surgitwin.segmentation.edit.region import corner, label_box
from surgitwin.segmentation.morphology import Box, Mask
from surgitwin.segmentation.patch import Index, LabelPatch, Labels


def segment_at(labels: Labels, voxel: Index, states: States) -> int:
    """The segment under a click, open to change. voxel: (k, j, i).

    Raises UsageError "edit.outside", "edit.no_island" (background), "edit.hidden", "edit.locked".
    """
    if not all(0 <= n < m for n, m in zip(voxel, labels.shape, strict=True)):
        raise UsageError(
            "edit.outside",
            "The click is outside the image.",
            hint="Click on a coloured segment.",
            where="image",
        )
    label = int(labels[voxel])
    if label == 0:
        raise UsageError(
            "edit.no_island",
            "There is no segment under the click.",
            hint="Click on a coloured segment.",
            where="image",
        )
    require_open(label, states)
    return label


def keep_island(labels: Labels, voxel: Index, states: States) -> LabelPatch:
    """Remove every other island of the segment under `voxel` (k, j, i). Errors as `segment_at`."""
    box, mask, island = _island(labels, voxel, states)
    return _cleared(labels, box, mask & ~island)


def remove_island(labels: Labels, voxel: Index, states: States) -> LabelPatch:
    """Remove the island under `voxel` (k, j, i). Errors as `segment_at`."""
    box, _, island = _island(labels, voxel, states)
    return _cleared(labels, box, island)


def remove_small_islands(
    labels: Labels, target: int, states: States, grid: ImageGrid, smallest_mm3: float
) -> LabelPatch:
    """Remove islands of segment `target` under `smallest_mm3`. UsageError as `require_open`, "edit.empty"."""
    require_open(target, states)
    box = label_box(labels, target, states[target].name)
    mask = labels[box] == target
    pieces, count = ndi.label(mask)
    small = np.bincount(pieces.ravel(), minlength=count + 1) * grid.voxel_volume_mm3 < smallest_mm3
    small[0] = False
    return _cleared(labels, box, small[pieces])


def _island(labels: Labels, voxel: Index, states: States) -> tuple[Box, Mask, Mask]:
    """Box and mask of the segment under `voxel`, and the island there."""
    label = segment_at(labels, voxel, states)
    box = label_box(labels, label, states[label].name)
    mask = labels[box] == label
    pieces, _ = ndi.label(mask)
    here = pieces[tuple(n - s.start for n, s in zip(voxel, box, strict=True))]
    return box, mask, pieces == here


def _cleared(labels: Labels, box: Box, gone: Mask) -> LabelPatch:
    before = labels[box]
    return LabelPatch.between(before, np.where(gone, np.uint8(0), before), corner(box))
