"""The segment table: add, rename and remove segments, as patches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surgitwin.core.errors import UsageError
from surgitwin.core.image import LabelMap, Segment
from surgitwin.core.resources import load_table
from surgitwin.segmentation.edit.region import corner, label_box
from surgitwin.segmentation.patch import LabelPatch, Labels
from surgitwin.segmentation.presets import load_preset

MEASURED = ("femur", "femur_canal", "other_bone")
"""Segments by whose names the bone is measured and meshed: they keep name and place in the table."""

LAST_LABEL = 255


Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Kind:
    """What can be added. title: on the screen; keep_out: no implant may touch it."""

    name: str
    title: str
    code: str
    rgb: Rgb
    keep_out: bool


def kinds() -> tuple[Kind, ...]:
    """The kinds of segments in ``resources/segment_kinds.toml``."""
    return tuple(
        Kind(r["name"], r["title"], r["code"], (r["rgb"][0], r["rgb"][1], r["rgb"][2]), r["keep_out"])
        for r in load_table("segment_kinds")["kinds"]
    )


def addable(segments: Sequence[Segment]) -> tuple[Kind, ...]:
    """What can be added to a table: the measured segments that it lacks, then all kinds."""
    names = {s.name for s in segments}
    missing = [s for s in load_preset("bone").segments if s.name in MEASURED and s.name not in names]
    return (*(Kind(s.name, title(s.name), s.code, s.rgb, False) for s in missing), *kinds())


def title(name: str) -> str:
    """A segment's name on the screen: "femur_canal" is "Femur canal"."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def added(segments: Sequence[Segment], kind: Kind) -> tuple[LabelPatch, Segment]:
    """The patch that adds an empty segment of a kind, and that segment.

    Raises UsageError "segment.table_full" when 255 labels are in use.
    """
    used = {s.label for s in segments}
    free = next((n for n in range(1, LAST_LABEL + 1) if n not in used), None)
    if free is None:
        raise UsageError(
            "segment.table_full",
            f"There are {LAST_LABEL} segments, as many as a label map can hold.",
            hint="Remove one that is not needed.",
            where="segments",
        )
    names = {s.name for s in segments}
    name, n = kind.name, 2
    while name in names:
        name, n = f"{kind.name} {n}", n + 1
    made = Segment(free, name, kind.code, free_colour(kind.rgb, {s.rgb for s in segments}))
    return LabelPatch.of_segments(segments, (*segments, made)), made


def free_colour(own: Rgb, used: Collection[Rgb]) -> Rgb:
    """`own`, or when it is used the first colour of the palette that is not; `own` when all are."""
    palette = ((r, g, b) for r, g, b in load_table("segment_kinds")["palette"]["colours"])
    return next((colour for colour in (own, *palette) if colour not in used), own)


def with_added(made: LabelMap, before: LabelMap, old_preset: Collection[str] = ()) -> LabelMap:
    """A new segmentation with the segments that were added by hand before, which go over its own.

    made, before: on the same grid (ValueError otherwise). A label that both use is moved to a free one.
    old_preset: names of segments that the preset of `before` made; they go.
    """
    if made.grid.shape != before.grid.shape:
        raise ValueError(f"labels {before.grid.shape} do not fit {made.grid.shape}")
    names = {s.name for s in made.segments} | set(old_preset)
    segments, array = list(made.segments), np.array(made.array)
    for old in (s for s in before.segments if s.name not in names):
        used = {s.label for s in segments}
        label = old.label if old.label not in used else next(n for n in range(1, 256) if n not in used)
        segments.append(replace(old, label=label))
        array[before.array == old.label] = label
    return made if len(segments) == len(made.segments) else LabelMap(array, made.grid, tuple(segments))


def renamed(segments: Sequence[Segment], label: int, name: str) -> LabelPatch:
    """The patch that renames a segment.

    Raises UsageError "segment.name" (empty, in use, or of a segment that is measured by its name).
    """
    old = next(s for s in segments if s.label == label)
    new = " ".join(name.split())
    if old.name in MEASURED:
        raise _name_error(f"The {title(old.name).lower()} keeps its name: the bone is measured by it.", old)
    if not new or len(new) > 60:
        raise _name_error("A segment needs a name of 1 to 60 letters.", old)
    if any(s.label != label and title(s.name).lower() == title(new).lower() for s in segments):
        raise _name_error(f"There is already a segment called {title(new)}.", old)
    return LabelPatch.of_segments(
        segments, tuple(replace(s, name=new) if s.label == label else s for s in segments)
    )


def _name_error(message: str, segment: Segment) -> UsageError:
    return UsageError("segment.name", message, hint="Choose another name.", where=segment.name)


def require_removable(segment: Segment) -> None:
    """Raises UsageError "segment.needed" for a segment that is measured by its name."""
    if segment.name in MEASURED:
        raise UsageError(
            "segment.needed",
            f"The {title(segment.name).lower()} cannot be removed: the bone is measured by it.",
            hint="Hide it with the eye, or erase its voxels.",
            where=segment.name,
        )


def removed(segments: Sequence[Segment], label: int, labels: Labels) -> LabelPatch:
    """The patch that removes a segment and its voxels. labels: whole array uint8 [k, j, i].

    Raises UsageError "segment.needed" for a segment that is measured by its name.
    """
    old = next(s for s in segments if s.label == label)
    require_removable(old)
    table = LabelPatch.of_segments(segments, tuple(s for s in segments if s.label != label))
    try:
        box = label_box(labels, label, old.name)
    except UsageError:  # it has no voxels
        return table
    before = labels[box]
    voxels = LabelPatch.between(before, np.where(before == label, np.uint8(0), before), corner(box))
    return voxels.then(table)
