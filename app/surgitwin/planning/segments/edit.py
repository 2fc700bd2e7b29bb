"""Apply an effect of the segment editor to the segments of a case on disk, as scripts do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import LabelMap, Segment, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.planning.case import Case
from surgitwin.planning.freshness import bone_key
from surgitwin.planning.segments.facts import count_rows
from surgitwin.planning.segments.looks import look_of
from surgitwin.segmentation import table
from surgitwin.segmentation.edit.effects import EffectSpec, effect, run_effect
from surgitwin.segmentation.edit.emptied import emptied
from surgitwin.segmentation.edit.ink import Overwrite, SegmentState
from surgitwin.segmentation.edit.mask import EditMask
from surgitwin.segmentation.edit.reached import not_reached
from surgitwin.segmentation.edit.source import EditSource
from surgitwin.segmentation.patch import LabelPatch

BY_HAND: Mapping[str, Any] = {"preset": "by hand", "parameters": {}, "segments": [], "input_hash": ""}
"""Labels of a case in which nothing was segmented yet."""


@dataclass(frozen=True, eq=False)
class Edited:
    """What an effect did. case: the new snapshot (the old one in a dry run). voxels_before, voxels_after: by
    the name of each segment that changed. notes: segments that are
    empty now, distances under a voxel. ml: volume of one voxel in ml, None without a scale.
    """

    case: Case
    effect: str
    segment: str
    values: Mapping[str, Any]
    voxels_before: Mapping[str, int]
    voxels_after: Mapping[str, int]
    ml: float | None
    wall_s: float
    written: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MaskByName:
    """The editor's mask with the segment's name in place of its label."""

    range_hu: tuple[float, float] | None = None
    inside: str = ""
    outside: str = ""

    def resolved(self, labels: LabelMap) -> EditMask:
        """The mask on a label map. UsageError "edit.mask", "edit.bad_range"; InputError
        "edit.unknown_segment"."""
        if self.inside and self.outside:
            raise UsageError(
                "edit.mask",
                "The mask is given inside one segment and outside another.",
                hint="Give one of the two.",
                where="mask",
            )
        name = self.inside or self.outside
        label = find_segment(labels, name).label if name else None
        return EditMask(self.range_hu, label, "outside" if self.outside else "inside")


def edit_case(
    case: Case,
    name: str,
    *,
    segment: str = "",
    values: Mapping[str, Any] | None = None,
    mask: MaskByName | None = None,
    overwrite: Overwrite = "visible",
    add: str = "",
    dry_run: bool = False,
    progress: Progress = SILENT,
) -> Edited:
    """Apply effect `name` to `segment` (the only one when empty) and write the case.

    values: parameters of the effect. add: name of a new segment to work on. dry_run: say what would change
    and write nothing. Segments that the case hides or locks are spared. Nothing is written when it fails.
    Raises UsageError of the effect, "edit.no_segment", "edit.mask", "segment.table_full";
    InputError "edit.unknown_segment", "image.no_scale" for a length on an image without mm.
    """
    spec = effect(name)
    start = time.perf_counter()
    volume, labels = case.volume, _labels(case)
    if add:
        labels = with_segment(labels, add)
    chosen = find_segment(labels, segment or add, may_add=True)
    states = {s.label: _state(case, s.name) for s in labels.segments}
    used = spec.checked(values or {}, {s.name: s.label for s in labels.segments})
    if spec.needs_scale(used):
        volume.require_scale()
    source = EditSource(
        labels.array, labels.grid, states, chosen.label, volume.array, labels.segments, overwrite
    )
    limits = None if mask is None else mask.resolved(labels)
    patch = run_effect(name, source, used, mask=limits, progress=progress.part(0, 0.8))
    after = _patched(labels, patch)
    made = case if dry_run else _written(case, spec, chosen, after, patch, volume)
    before_n, after_n = _counts(labels, patch.touched), _counts(after, patch.touched)
    ml = labels.grid.voxel_volume_mm3 / 1000 if volume.scale_known else None
    wall = time.perf_counter() - start
    notes = emptied(after.array, patch, chosen.label, after.segments)
    notes += not_reached(name, used, source.spacing_kji)
    return Edited(made, name, chosen.name, used, before_n, after_n, ml, wall, not dry_run, notes)


def find_segment(labels: LabelMap, name: str, *, may_add: bool = False) -> Segment:
    """The segment called `name`, also with blanks for underscores; the only one for "". may_add: the hint
    names --add.

    Raises InputError "edit.unknown_segment", UsageError "edit.no_segment" (which one is meant?), both with
    the names there are.
    """
    words = name.replace("_", " ").lower()
    found = [s for s in labels.segments if not name or s.name.replace("_", " ").lower() == words]
    if len(found) == 1:
        return found[0]
    known = ", ".join(s.name for s in labels.segments) or "none yet"
    hint = f"Choose one with --segment: {known}{'; or make one with --add NAME' if may_add else ''}."
    if name:
        raise InputError(
            "edit.unknown_segment", f"There is no segment called {name!r}.", hint=hint, where="segment"
        )
    raise UsageError(
        "edit.no_segment", "Several segments, or none: which one is meant?", hint=hint, where="segment"
    )


def with_segment(labels: LabelMap, name: str) -> LabelMap:
    """The label map with an empty segment called `name`.

    Raises UsageError "segment.name" (in use, empty, too long), "segment.table_full".
    """
    kind = next((k for k in table.addable(labels.segments) if k.name == name), None)
    plain = next(k for k in table.kinds() if k.name == "segment")
    patch, made = table.added(labels.segments, kind or plain)
    segments = patch.segments_after or ()
    if kind is None:
        segments = table.renamed(segments, made.label, name).segments_after or segments
    return LabelMap(labels.array, labels.grid, segments)


def _labels(case: Case) -> LabelMap:
    if case.state.get("labels"):
        return case.labels
    grid = case.volume.grid
    return LabelMap(np.zeros(grid.shape, np.uint8), grid, ())


def _state(case: Case, name: str) -> SegmentState:
    look = look_of(case.state, name)
    return SegmentState(name, look.visible, look.locked)


def _patched(labels: LabelMap, patch: LabelPatch) -> LabelMap:
    array = np.array(labels.array)
    patch.apply(array)
    return LabelMap(array, labels.grid, patch.segments_after or labels.segments)


def _written(
    case: Case, spec: EffectSpec, chosen: Segment, after: LabelMap, patch: LabelPatch, volume: Volume
) -> Case:
    """The case with `after`; a bone that did not change keeps its anatomy and mesh."""
    old = case.state.get("labels") or BY_HAND
    measured = {s.label for s in after.segments if s.name in table.MEASURED}
    bone = after.hash if measured & patch.touched else (bone_key(old) if old.get("hash") else "")
    step = {
        **old,
        "blob": case.folder.put(".nrrd", lambda p: write_labels(after, p)),
        "hash": after.hash,
        "bone_hash": bone,
        "segments": count_rows(after, volume),
        "segments_of": after.hash,
    }
    more = {}
    if case.state.get("anatomy") and "anatomy_labels" not in case.state:
        more["anatomy_labels"] = bone_key(old)  # a case from before this was kept
    return case.updated(spec.step.format(table.title(chosen.name).lower()), labels=step, **more)


def _counts(labels: LabelMap, touched: frozenset[int]) -> dict[str, int]:
    counts = np.bincount(labels.array.ravel(), minlength=256)
    return {s.name: int(counts[s.label]) for s in labels.segments if s.label in touched}
