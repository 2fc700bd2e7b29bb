"""Grow a segment from what was painted of it, up to the edges of the image.

A watershed (scikit-image) floods the steepness of the image from three kinds of seeds: the segment, the
other segments that are seen, and the rim of a box round the segment as background. Where floods meet is
the steepest place between them. It lets go of Python's lock while it works.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
from skimage.segmentation import watershed

from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.ink import States, require_open
from surgitwin.segmentation.edit.region import corner, label_box
from surgitwin.segmentation.patch import LabelPatch, Labels

BLUR = 0.8
"""Numerical setting: width in voxels of the Gaussian whose gradient is flooded; more drowns thin walls."""

MOST_VOXELS = 12_000_000
"""Numerical setting: a larger box takes over ten seconds and a gigabyte."""


def grow(
    labels: Labels,
    image: npt.NDArray[np.generic],
    grid: ImageGrid,
    target: int,
    states: States,
    reach_mm: float,
    progress: Progress = SILENT,
) -> LabelPatch:
    """Background round segment `target` that belongs to it by the image's edges becomes that segment.

    labels, image: [k, j, i] on `grid`. reach_mm: how far from what was painted it may grow. Other segments
    never change; hidden ones are walls, seen ones compete for the background.

    Raises UsageError as `require_open`, "edit.empty", "edit.too_large" (box over MOST_VOXELS).
    """
    require_open(target, states)
    spacing = np.asarray(grid.spacing_mm)[::-1]
    margin = np.maximum(np.ceil(reach_mm / spacing).astype(int), 2)
    box = label_box(labels, target, states[target].name, margin)
    before = labels[box]
    if before.size > MOST_VOXELS:
        raise UsageError(
            "edit.too_large",
            f"The {states[target].title} spans {before.size / 1e6:.0f} million voxels; growing takes "
            f"{MOST_VOXELS / 1e6:.0f} million at most.",
            hint="Grow a new, smaller segment with a shorter reach, or use Threshold.",
            where=states[target].name,
        )
    progress("Finding edges", 0.1)
    steep = ndi.gaussian_gradient_magnitude(np.asarray(image[box], np.float32), BLUR)
    progress("Growing", 0.4)
    basins = watershed(steep, _seeds(before, target, box, labels.shape), mask=_open(before, states))
    grown = (basins == target) & (before == 0)
    return LabelPatch.between(before, np.where(grown, np.uint8(target), before), corner(box))


def _seeds(
    before: Labels, target: int, box: tuple[slice, ...], shape: tuple[int, ...]
) -> npt.NDArray[np.int32]:
    """Segments by their labels, the rim of the box (where it is no border of the image) as 256."""
    seeds = before.astype(np.int32)
    for axis, (s, n) in enumerate(zip(box, shape, strict=True)):
        ends = ([0] if s.start > 0 else []) + ([-1] if s.stop < n else [])
        for end in ends:
            face = seeds[tuple(end if a == axis else slice(None) for a in range(3))]
            face[face == 0] = 256
    return seeds


def _open(before: Labels, states: States) -> npt.NDArray[np.bool_]:
    table = np.ones(256, bool)
    table[[n for n, s in states.items() if not s.visible]] = False
    out: npt.NDArray[np.bool_] = table[before]
    return out
