"""Segments that a change leaves without a voxel: a voxel has one label, what one gains another one loses."""

from __future__ import annotations

from collections.abc import Iterable

from surgitwin.core.image import Segment
from surgitwin.segmentation.patch import LabelPatch, Labels


def emptied(after: Labels, patch: LabelPatch, target: int, segments: Iterable[Segment]) -> tuple[str, ...]:
    """One sentence for every segment but `target` that `patch` took the last voxel of.

    after: uint8 [k, j, i], the whole array with the patch in it.
    """
    names = {s.label: s.name.replace("_", " ") for s in segments}
    gone = [n for n in sorted(patch.touched) if n in names and n != target and not _has(after, n)]
    return tuple(
        f"The {names[n]} gave up all its voxels and is empty now: a voxel belongs to one segment. "
        f"Undo brings them back."
        for n in gone
    )


def _has(array: Labels, label: int) -> bool:
    """Whether any voxel has this label; ends at the first slice that has one."""
    return any((piece == label).any() for piece in array)
