"""Runs of a preset whose click names one structure (a vertebra): which segments each run made.

A run on the same structure takes the place of the earlier one; a run on another gets segments of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.image import LabelMap, Segment
from surgitwin.planning.segments.joined import joined
from surgitwin.segmentation import Note
from surgitwin.segmentation.click_place import voxel_at
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.table import free_colour, title

Run = Mapping[str, Any]
"""What the case keeps of a run. "label_of": label in the case by the preset's own name of a segment.
"voxels_hash": of the voxels as the run left them."""

REPLACED, NUMBERED = "replaced", "numbered"
"""Codes of the notes: an earlier run gave way; the names were taken."""

_NOTHING: Run = {"parameters": {}, "points": {}, "notes": [], "steps": [], "label_of": {}}


@dataclass(frozen=True, eq=False)
class Placed:
    """labels: of the case with the new segments. names: what these are called, by the preset's own names.
    gone: earlier runs that gave way.
    """

    labels: LabelMap
    names: Mapping[str, str]
    gone: tuple[Run, ...] = ()
    notes: tuple[Note, ...] = ()


def naming_click(preset: Preset) -> str:
    """The click that names the one structure that a run makes; "" for presets without such a click."""
    return next((p.name for p in preset.points if p.single), "")


def place_structure(
    kept: Run, labels: LabelMap, preset: Preset, click_mm: FloatArray, made: LabelMap
) -> Placed:
    """`labels` with the segments of a run.

    kept: labels of the case state, with its runs. click_mm: (3,) LPS, in the structure. made: what the preset
    made. An earlier run of this preset with the click in one of its segments gives way to the new one. Raises
    what `joined` raises, InputError "segment.click_outside".
    """
    label = int(labels.array[voxel_at(labels.grid, click_mm, naming_click(preset))])
    owners = [(r, _labels_of(r, labels, preset)) for r in runs_of(kept, preset.name)]
    owners = [(r, owned) for r, owned in owners if label in owned.values()]
    owned = {own: n for _, one in owners for own, n in one.items()}
    stays = {s.name for s in made.segments}
    base = _cleared(labels, owned, stays)
    own_names = {own: _name(labels, n) for own, n in owned.items() if own in stays}
    named = _named(made.segments, base.segments, own_names)
    names = {a.name: b.name for a, b in zip(made.segments, named, strict=True)}
    edited = any(r.get("voxels_hash") != voxels_hash(labels, one.values()) for r, one in owners)
    notes = _notes([_name(labels, n) for n in owned.values()], edited, names, own_names)
    extra = LabelMap(made.array, made.grid, named)
    return Placed(joined(base, extra), names, tuple(r for r, _ in owners), notes)


def runs_of(kept: Run, preset: str) -> list[Run]:
    """The runs of `preset` in the labels of a case state, the first one first."""
    return [r for r in (kept, *kept.get("added", ())) if r.get("preset") == preset]


def without_runs(kept: Run, gone: Iterable[Run]) -> dict[str, Any]:
    """Labels of the case state without the record of runs that gave way."""
    ids = {id(r) for r in gone}
    step = {**kept, **(_NOTHING if id(kept) in ids else {})}
    return {**step, "added": [r for r in kept.get("added", ()) if id(r) not in ids]}


def run_marks(labels: LabelMap, names: Mapping[str, str]) -> dict[str, Any]:
    """By what a run is known again: its labels and its voxels. names: as in `Placed`."""
    label_of = {own: labels.segment(name).label for own, name in names.items()}
    return {"label_of": label_of, "voxels_hash": voxels_hash(labels, label_of.values())}


def voxels_hash(labels: LabelMap, of: Iterable[int]) -> str:
    """Hash of where some labels lie."""
    where = np.flatnonzero(np.isin(labels.array, list(of)))
    return content_hash(where, labels.array.ravel()[where])


def _labels_of(run: Run, labels: LabelMap, preset: Preset) -> dict[str, int]:
    """Labels of the run's segments that are still there, by the preset's own names.

    A label that was given to something else meanwhile has another code. Cases from before this was kept have
    the preset's own names only.
    """
    own = {s.name: s for s in preset.segments}
    codes = {s.label: s.code for s in labels.segments}
    known = run["label_of"] if "label_of" in run else {s.name: s.label for s in labels.segments}
    return {name: n for name, n in known.items() if name in own and codes.get(n) == own[name].code}


def _cleared(labels: LabelMap, owned: Mapping[str, int], stays: set[str]) -> LabelMap:
    """`labels` without the voxels of `owned`, and without those of its segments that are not made again."""
    if not owned:
        return labels
    ended = [n for own, n in owned.items() if own not in stays]
    array = np.where(np.isin(labels.array, list(owned.values())), np.uint8(0), labels.array)
    return LabelMap(array, labels.grid, tuple(s for s in labels.segments if s.label not in ended))


def _named(made: Iterable[Segment], there: Iterable[Segment], kept: Mapping[str, str]) -> tuple[Segment, ...]:
    """`made` under the names that they had in the case, or under free ones with one number for all."""
    there = tuple(there)
    taken, colours = {title(s.name).lower() for s in there}, {s.rgb for s in there}
    fresh = [s.name for s in made if s.name not in kept]
    number = 1
    while any(title(_numbered(name, number)).lower() in taken for name in fresh):
        number += 1
    return tuple(
        replace(s, name=kept[s.name])
        if s.name in kept
        else replace(s, name=_numbered(s.name, number), rgb=free_colour(s.rgb, colours))
        for s in made
    )


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"


def _name(labels: LabelMap, label: int) -> str:
    return next(s.name for s in labels.segments if s.label == label)


def _notes(
    before: list[str], edited: bool, names: Mapping[str, str], kept: Mapping[str, str]
) -> tuple[Note, ...]:
    notes = []
    if before:
        words = f"This run replaces an earlier one (segment {', '.join(before)})."
        if edited:
            words += " What was corrected by hand in it is replaced too."
        notes.append(Note(REPLACED, words))
    new = {own: name for own, name in names.items() if own not in kept and own != name}
    if new:
        words = f"Segment {', '.join(new)} is another structure: this run made {', '.join(new.values())}."
        notes.append(Note(NUMBERED, words))
    return tuple(notes)
