"""One change of a label map, small enough to keep fifty of them for undo."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from surgitwin.core.image import Segment
from surgitwin.segmentation.morphology import Box

Labels = npt.NDArray[np.uint8]
Index = tuple[int, int, int]

LEVEL = 1
"""zlib level: label maps are long runs of one value, which the fastest level already packs a hundredfold."""

BLOCK = 96
"""Numerical setting: voxels per side above which a change is kept in several boxes, those that changed."""


@dataclass(frozen=True)
class BoxChange:
    """Labels of one box before and after, packed. lo, hi: first and one past the last voxel, [k, j, i]."""

    lo: Index
    hi: Index
    before: bytes
    after: bytes

    @property
    def shape(self) -> Index:
        """Voxels along k, j, i."""
        return (self.hi[0] - self.lo[0], self.hi[1] - self.lo[1], self.hi[2] - self.lo[2])

    @property
    def box(self) -> Box:
        """The box as slices."""
        return (
            slice(self.lo[0], self.hi[0]),
            slice(self.lo[1], self.hi[1]),
            slice(self.lo[2], self.hi[2]),
        )

    def write(self, array: Labels, packed: bytes) -> None:
        """Put `packed` (before or after) into the whole label array."""
        if any(h > n for h, n in zip(self.hi, array.shape, strict=True)):
            raise ValueError(f"box {self.lo} to {self.hi} does not lie in labels of shape {array.shape}")
        array[self.box] = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(self.shape)


@dataclass(frozen=True)
class LabelPatch:
    """A change of labels in one or more boxes (in their order), and of the segment table.

    segments_before, segments_after: None when the table stays as it is.
    """

    parts: tuple[BoxChange, ...] = ()
    segments_before: tuple[Segment, ...] | None = None
    segments_after: tuple[Segment, ...] | None = None

    @classmethod
    def between(cls, before: Labels, after: Labels, lo: Sequence[int] = (0, 0, 0)) -> LabelPatch:
        """The change from `before` to `after`: uint8 [k, j, i] of one box whose first voxel is `lo`.

        Kept are only the smallest boxes round the voxels that differ; no such voxel gives an empty patch.
        """
        if before.shape != after.shape or before.ndim != 3:
            raise ValueError(f"labels before {before.shape} and after {after.shape} must be one box")
        parts = []
        for k in range(0, before.shape[0], BLOCK):
            for j in range(0, before.shape[1], BLOCK):
                for i in range(0, before.shape[2], BLOCK):
                    block = (slice(k, k + BLOCK), slice(j, j + BLOCK), slice(i, i + BLOCK))
                    start = (int(lo[0]) + k, int(lo[1]) + j, int(lo[2]) + i)
                    part = _box_change(before[block], after[block], start)
                    parts += [] if part is None else [part]
        return cls(tuple(parts))

    @classmethod
    def of_segments(cls, before: Sequence[Segment], after: Sequence[Segment]) -> LabelPatch:
        """A change of the segment table alone (name, colour, a new segment)."""
        return cls((), tuple(before), tuple(after))

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not self.parts and self.segments_after == self.segments_before

    @property
    def box(self) -> Box | None:
        """Smallest box [k, j, i] round all changes of voxels; None when no voxel changes."""
        if not self.parts:
            return None
        lo = np.min([p.lo for p in self.parts], axis=0)
        hi = np.max([p.hi for p in self.parts], axis=0)
        return (slice(int(lo[0]), int(hi[0])), slice(int(lo[1]), int(hi[1])), slice(int(lo[2]), int(hi[2])))

    @property
    def nbytes(self) -> int:
        """Memory of the packed labels in bytes."""
        return sum(len(p.before) + len(p.after) for p in self.parts)

    @cached_property
    def touched(self) -> frozenset[int]:
        """Labels (0: background) that lose or gain voxels."""
        found: set[int] = set()
        for part in self.parts:
            before, after = (np.frombuffer(zlib.decompress(p), np.uint8) for p in (part.before, part.after))
            differs = before != after
            both = np.bincount(before[differs], minlength=1), np.bincount(after[differs], minlength=1)
            found.update(int(n) for counts in both for n in np.flatnonzero(counts))
        return frozenset(found)

    def apply(self, array: Labels) -> None:
        """Make the change in `array`: writable uint8 [k, j, i], the whole label map, in place."""
        for part in self.parts:
            part.write(array, part.after)

    def revert(self, array: Labels) -> None:
        """Take the change back in `array`, which must stand as `apply` left it."""
        for part in reversed(self.parts):
            part.write(array, part.before)

    def then(self, later: LabelPatch) -> LabelPatch:
        """Both changes as one, `later` made after this one (the moves of one stroke)."""
        before = later.segments_before if self.segments_before is None else self.segments_before
        after = self.segments_after if later.segments_after is None else later.segments_after
        return LabelPatch(self.parts + later.parts, before, after)


def _box_change(before: Labels, after: Labels, lo: Index) -> BoxChange | None:
    """The change of one block whose first voxel is `lo`; None when nothing differs."""
    box = _changed(before, after)
    if box is None:
        return None
    start = (lo[0] + box[0].start, lo[1] + box[1].start, lo[2] + box[2].start)
    stop = (lo[0] + box[0].stop, lo[1] + box[1].stop, lo[2] + box[2].stop)
    return BoxChange(start, stop, _packed(before[box]), _packed(after[box]))


def _packed(labels: Labels) -> bytes:
    return zlib.compress(np.ascontiguousarray(labels).data, LEVEL)


def _changed(before: Labels, after: Labels) -> Box | None:
    """Smallest box round the voxels that differ."""
    differs = before != after
    if not differs.any():
        return None
    found: list[slice] = []
    for axis in range(3):
        hit = np.flatnonzero(differs.any(axis=tuple(a for a in range(3) if a != axis)))
        found.append(slice(int(hit[0]), int(hit[-1]) + 1))
    return (found[0], found[1], found[2])
