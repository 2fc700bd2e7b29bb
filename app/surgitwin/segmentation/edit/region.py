"""A small box of voxels with a mask, and writing it with an ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import UsageError
from surgitwin.segmentation.edit.ink import Ink
from surgitwin.segmentation.morphology import Box, Mask, bounding_box
from surgitwin.segmentation.patch import Index, LabelPatch, Labels


@dataclass(frozen=True, eq=False)
class Region:
    """mask: bool [k, j, i] of the box whose first voxel is `lo` (k, j, i)."""

    lo: Index
    mask: Mask

    @property
    def box(self) -> Box:
        """The box as slices."""
        k, j, i = self.lo
        nk, nj, ni = self.mask.shape
        return (slice(k, k + nk), slice(j, j + nj), slice(i, i + ni))


def write(
    labels: Labels, region: Region, ink: Ink, image: npt.NDArray[np.generic] | None = None
) -> LabelPatch:
    """The change of writing `ink` into `region`. labels, image: whole arrays [k, j, i]; not changed."""
    box = region.box
    before = labels[box]
    may = region.mask & ink.allowed(before, None if image is None else image[box])
    after = np.where(may, np.uint8(ink.value), before)
    return LabelPatch.between(before, after, region.lo)


def corner(box: Box) -> Index:
    """First voxel of a box."""
    return (box[0].start, box[1].start, box[2].start)


def grown(box: Box, margin: npt.ArrayLike, shape: tuple[int, ...]) -> Box:
    """`box` wider by `margin` voxels (one number or k, j, i), kept in an array of `shape`."""
    wide = np.broadcast_to(np.asarray(margin, int), 3)
    found = [
        slice(max(s.start - int(m), 0), min(s.stop + int(m), n))
        for s, m, n in zip(box, wide, shape, strict=True)
    ]
    return (found[0], found[1], found[2])


def label_box(labels: Labels, label: int, name: str, margin: npt.ArrayLike = 0) -> Box:
    """Smallest box round a label, wider by `margin` voxels. UsageError "edit.empty" when it has none."""
    mask = labels == label
    if not mask.any():
        raise UsageError(
            "edit.empty",
            f"The {name.replace('_', ' ')} has no voxels yet.",
            hint="Paint it, or fill it by threshold.",
            where=name,
        )
    return bounding_box(mask, margin)
