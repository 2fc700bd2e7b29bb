"""The editable mask: a range of the image's values and a segment, inside or outside, limit every effect."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from surgitwin.segmentation.edit.ink import Ink
from surgitwin.segmentation.edit.threshold import between, check_range
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.patch import LabelPatch, Labels

Side = Literal["inside", "outside"]


@dataclass(frozen=True)
class EditMask:
    """Where voxels may change. range_hu: low and high, both allowed; None: any value. segment: label that
    limits, on its `side`; None: none. A voxel is inside by the labels before the change.
    """

    range_hu: tuple[float, float] | None = None
    segment: int | None = None
    side: Side = "inside"

    def __post_init__(self) -> None:
        if self.range_hu is not None:
            check_range(*self.range_hu)

    @property
    def empty(self) -> bool:
        """Whether it lets everything through."""
        return self.range_hu is None and self.segment is None

    def allowed(self, labels: Labels, image: npt.NDArray[Any] | None) -> Mask:
        """Where a box of labels and image may change."""
        may = np.ones(labels.shape, bool)
        if self.range_hu is not None:
            if image is None:
                raise ValueError("a mask with a range needs the image")
            may &= between(np.asarray(image), *self.range_hu)
        if self.segment is not None:
            may &= (labels == self.segment) == (self.side == "inside")
        return may

    def limiting(self, ink: Ink) -> Ink:
        """The ink of a brush that keeps to the mask."""
        labels = ink.replaces
        if self.segment is not None:
            own = frozenset({self.segment})
            labels = labels & own if self.side == "inside" else labels - own
        return replace(ink, replaces=labels, range_hu=self.range_hu)

    def limited(self, patch: LabelPatch, image: npt.NDArray[Any] | None) -> LabelPatch:
        """`patch` without what lies outside the mask; image: the whole one. Segments that it adds stay."""
        if self.empty:
            return patch
        kept: LabelPatch = LabelPatch()
        for part in patch.parts:
            before, after = (
                np.frombuffer(zlib.decompress(p), np.uint8).reshape(part.shape)
                for p in (part.before, part.after)
            )
            may = self.allowed(before, None if image is None else image[part.box])
            kept = kept.then(LabelPatch.between(before, np.where(may, after, before), part.lo))
        return replace(kept, segments_before=patch.segments_before, segments_after=patch.segments_after)
