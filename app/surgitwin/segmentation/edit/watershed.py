"""Watershed: several painted segments flood a region together, and meet at the ridges between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
from skimage.segmentation import watershed as flood

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.grow import BLUR, MOST_VOXELS
from surgitwin.segmentation.edit.ink import require_open
from surgitwin.segmentation.edit.region import corner, grown, label_box
from surgitwin.segmentation.edit.source import EditSource, nothing
from surgitwin.segmentation.morphology import Box, Mask, bounding_box
from surgitwin.segmentation.patch import LabelPatch

RELIEFS = {
    "gradient": "Edges of the image",
    "bright": "Bright first: splits touching bones",
    "thickness": "Thickness: splits at narrow places",
}


def watershed(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    relief: str = "gradient",
    within: int | None = None,
    reach_mm: float = 15.0,
) -> LabelPatch:
    """Flood from every segment that is shown and not locked, as far as the floods of the others.

    relief: "gradient" meets at edges of the image; "bright" floods bright voxels first, so that floods
    meet in the dark gap of a joint; "thickness" floods thick parts first (only with `within`). within: the
    segment (label) that is divided among the others; None: background within reach_mm of the seeds.
    Raises UsageError as `require_open` of `within`, "edit.too_large", "edit.nothing" (under two seeds).
    """
    if within is not None:
        require_open(within, source.states)
    seeds = [n for n, s in source.states.items() if n != within and s.visible and not s.locked]
    box = _region(source, seeds, within, reach_mm)
    before = source.labels[box]
    marks = np.where(np.isin(before, seeds), before, 0).astype(np.int32)
    _require_seeds(source, marks, within)
    room = (before == (within or 0)) | (marks > 0)
    if within is None:
        near = ndi.distance_transform_edt(marks == 0, sampling=source.spacing_kji) <= reach_mm
        room &= near
    if source.mask is not None:
        image = None if source.image is None else source.image[box]
        room &= source.mask.allowed(before, image) | (marks > 0)
    if relief == "thickness" and within is None:
        raise nothing("thickness needs a segment that is divided", "Choose it under Inside.", "within")
    progress("Finding the relief", 0.2)
    height = _height(source, box, relief, room)
    progress("Flooding", 0.5)
    basins = flood(height, marks, mask=room)
    after = np.where(room & (basins > 0), basins, before).astype(np.uint8)
    return LabelPatch.between(before, after, corner(box))


def _region(source: EditSource, seeds: list[int], within: int | None, reach_mm: float) -> Box:
    if within is not None:
        box = label_box(source.labels, within, source.states[within].name, 1)
    else:
        found = np.isin(source.labels, seeds)
        if not found.any():
            raise nothing("no segment has a voxel to start from", "Paint spots first.", "segments")
        box = grown(bounding_box(found), np.ceil(reach_mm / source.spacing_kji), source.labels.shape)
    size = int(np.prod([s.stop - s.start for s in box]))
    if size > MOST_VOXELS:
        raise UsageError(
            "edit.too_large",
            f"The region has {size / 1e6:.0f} million voxels; a watershed takes {MOST_VOXELS / 1e6:.0f} "
            "million at most.",
            hint="Hide or lock segments that are far away, or choose a shorter reach.",
            where="watershed",
        )
    return box


def _require_seeds(source: EditSource, marks: npt.NDArray[np.int32], within: int | None) -> None:
    found = [int(n) for n in np.unique(marks) if n]
    if len(found) < 2:
        place = "the image" if within is None else f"the {source.states[within].title}"
        raise nothing(
            f"only {len(found)} shown and open segment touches {place}, and floods need another to meet",
            "Paint a spot of each part as a segment of its own, then divide.",
            "segments",
        )


def _height(source: EditSource, box: Box, relief: str, room: Mask) -> npt.NDArray[Any]:
    if relief == "thickness":
        deep: npt.NDArray[Any] = -ndi.distance_transform_edt(room, sampling=source.spacing_kji)
        return deep
    values = np.asarray(source.require_image()[box], np.float32)
    if relief == "bright":
        bright: npt.NDArray[Any] = -ndi.gaussian_filter(values, BLUR)
        return bright
    steep: npt.NDArray[Any] = ndi.gaussian_gradient_magnitude(values, BLUR)
    return steep
