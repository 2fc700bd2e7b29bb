"""Boolean operations between the chosen segment and another one, which may be grown or shrunk first.

A voxel carries one label, so two segments never overlap as they stand. Subtracting or intersecting says
something only with the other one grown (a clearance) or with `copy` and `union`, which take its voxels over.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.ink import require_open
from surgitwin.segmentation.edit.margin import dilated
from surgitwin.segmentation.edit.region import corner, grown, label_box
from surgitwin.segmentation.edit.source import EditSource, nothing
from surgitwin.segmentation.morphology import Box, Mask
from surgitwin.segmentation.patch import LabelPatch

OPERATIONS = {
    "union": "Union: add the other",
    "subtract": "Subtract the other",
    "intersect": "Intersect: keep what the other covers",
    "copy": "Copy: take the other's shape",
}


def combined(a: Mask, b: Mask, operation: str) -> Mask:
    """The operation on two masks of one shape (KeyError for an unknown one)."""
    out: Mask = {
        "union": lambda: a | b,
        "subtract": lambda: a & ~b,
        "intersect": lambda: a & b,
        "copy": lambda: b,
    }[operation]()
    return out


def boolean(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    operation: str,
    other: int | None,
    other_mm: float = 0.0,
    over: str = "background",
) -> LabelPatch:
    """The chosen segment becomes `operation` of itself and segment `other`, which is grown by other_mm.

    Voxels that it gains come from background, in a union or copy from `other` (which gives them up), and with
    over "shown" under the ink's rules from third segments. Voxels that it gives up become background.
    Raises UsageError as `require_target`, "edit.empty", "edit.nothing"; "edit.locked" or "edit.hidden" when
    `other` would have to give voxels.
    """
    source.require_target()
    if other is None or other == source.target:
        raise nothing("no other segment is chosen", "Choose the other segment.", "other")
    name = source.states[other].title
    if operation in ("union", "copy"):
        require_open(other, source.states)
    elif other_mm <= 0:
        raise nothing(
            f"a voxel belongs to one segment only: the {source.title} and the {name} share none",
            "Grow the other one by some mm, to leave a gap or to keep what is near it.",
            "other_mm",
        )
    margin = np.ceil(abs(other_mm) / source.spacing_kji).astype(int) + 1
    box = _joined(source, other, margin)
    before = source.labels[box]
    mine, theirs = before == source.target, before == other
    progress("Combining segments", 0.2)
    if other_mm > 0:
        theirs = dilated(theirs, other_mm, source.spacing_kji)
    elif other_mm < 0:
        theirs = theirs & ~dilated(~theirs, -other_mm, source.spacing_kji)
    wanted = combined(mine, theirs, operation)
    gains = source.ink_over(over).table
    gains[other] |= operation in ("union", "copy")
    after = np.where(mine & ~wanted, np.uint8(0), before)
    after = np.where(wanted & gains[before], np.uint8(source.target), after)
    return LabelPatch.between(before, after, corner(box))


def _joined(source: EditSource, other: int, margin: np.ndarray[tuple[int], np.dtype[np.int_]]) -> Box:
    """Box round both segments, wider by `margin`. The chosen one may be empty yet, the other one not."""
    both = source.labels == other
    label_box(both.view(np.uint8), 1, source.states[other].name)  # says when it has no voxels
    box = label_box((both | (source.labels == source.target)).view(np.uint8), 1, "segments")
    return grown(box, margin, source.labels.shape)
