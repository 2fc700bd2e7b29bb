"""Segment anything that a preset knows: its segments become the case's, or are added to those there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import LabelMap, Segment
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.planning.case import Case
from surgitwin.planning.segments.facts import count_rows
from surgitwin.planning.segments.kept import preset_names, with_hand_made
from surgitwin.planning.site import GENERAL, site_of
from surgitwin.planning.versions import TISSUE_MODELS
from surgitwin.planning.vessels.plans import require_own_plans
from surgitwin.segmentation import Note, Segmented, run_preset
from surgitwin.segmentation.lumen_points import lumen_points

MOST_LABELS = 255
CALCIUM = "calcium"
KNOWN_LUMEN = "known_lumen"
"""Code of the note that the clicks "lumen" were taken from the case's vessel."""


def segment_tissues(
    case: Case,
    preset: str,
    *,
    parameters: Mapping[str, float] | None = None,
    points: Mapping[str, FloatArray] | None = None,
    add: bool = False,
    progress: Progress = SILENT,
) -> Case:
    """The case with the segments of `preset`.

    points: clicks by name, LPS mm. add: the segments join those of the case where these are background, and
    the case stays about what it is about; else the case is about other anatomy ("general"), with hand-made
    segments kept. Nothing is kept when it fails. Raises what `run_preset` raises, InputError
    "case.other_plans", UsageError "segment.too_many".
    """
    add = add and bool(case.state.get("labels"))
    if not add:
        require_own_plans(case, GENERAL)
    volume = case.volume
    points, told = with_known_lumen(case, preset, points)
    found = run_preset(
        volume, preset, parameters=parameters, points=points, progress=progress.part(0, 0.9)
    )  # fmt: skip
    found = replace(found, notes=(*found.notes, *told))
    labels = joined(case.labels, found.labels) if add else found.labels
    if not add:
        labels = with_hand_made(case, labels)
    run = _run_facts(preset, parameters, points, found)
    if add:
        kept = case.state["labels"]
        made = dict.fromkeys((*preset_names(kept), *(s.name for s in found.labels.segments)))
        step = {**kept, "added": [*kept.get("added", ()), run], "made": list(made)}
        changes: dict[str, Any] = {}
    else:
        step = {**run, "added": [], "made": [s.name for s in found.labels.segments]}
        changes = {"site": GENERAL, "vessel": None, "anatomy": None, "mesh": None}
    progress("Counting", 0.95)
    step |= {
        "blob": case.folder.put(".nrrd", lambda p: write_labels(labels, p)),
        "hash": labels.hash,
        "segments": count_rows(labels, volume),
        "segments_of": labels.hash,
        "input_hash": content_hash(case.state["image_hash"], run, step["added"], TISSUE_MODELS),
    }
    if add and site_of(case) != GENERAL:
        step["bone_hash"] = case.state["labels"].get("bone_hash") or case.state["labels"]["hash"]
    return case.updated(f"{'add' if add else 'segment'} {preset}", labels=step, **changes)


def with_known_lumen(
    case: Case, preset: str, points: Mapping[str, FloatArray] | None
) -> tuple[Mapping[str, FloatArray] | None, tuple[Note, ...]]:
    """`points` with clicks into the case's vessel where "calcium" was given none, and a note that says so."""
    if preset != CALCIUM or "lumen" in (points or {}) or not case.state.get("labels"):
        return points, ()
    inside, names = lumen_points(case.labels)
    if not len(inside):
        return points, ()
    words = f"The lumen is taken from the case's segment {', '.join(names)} ({len(inside)} points)."
    return {**(points or {}), "lumen": inside}, (Note(KNOWN_LUMEN, words),)


def _run_facts(
    preset: str,
    parameters: Mapping[str, float] | None,
    points: Mapping[str, FloatArray] | None,
    found: Segmented,
) -> dict[str, Any]:
    return {
        "preset": preset,
        "parameters": dict(parameters or {}),
        "points": {k: np.asarray(v, float).tolist() for k, v in (points or {}).items()},
        "notes": note_rows(found),
        "steps": [
            {"title": s.title, "seconds": s.seconds, "used": dict(s.used), "voxels": s.voxels}
            for s in found.steps
        ],
    }


def note_rows(found: Segmented) -> list[dict[str, str]]:
    """The notes of a preset as the case keeps them."""
    return [{"code": n.code, "text": n.text} for n in found.notes]


def joined(base: LabelMap, extra: LabelMap) -> LabelMap:
    """`base` with the segments of `extra` in its background, under free labels.

    A segment of a name that is there already goes into that segment. Raises InputError "segment.grid"
    (other grids), UsageError "segment.too_many" (over 255 segments).
    """
    if base.array.shape != extra.array.shape or not np.allclose(base.grid.affine, extra.grid.affine):
        raise InputError(
            "segment.grid",
            "The new segments do not lie on the grid of the case's image.",
            hint="Segment the image of this case, or resample the labels onto it.",
            where="labels",
        )
    segments, table = list(base.segments), np.zeros(256, np.uint8)
    for one in extra.segments:
        same = next((s for s in segments if s.name == one.name), None)
        if same is None:
            same = Segment(_free_label(segments), one.name, one.code, one.rgb)
            segments.append(same)
        table[one.label] = same.label
    array = np.where(base.array == 0, table[extra.array], base.array)
    return LabelMap(array, base.grid, tuple(segments))


def _free_label(segments: list[Segment]) -> int:
    used = {s.label for s in segments}
    free = next((n for n in range(1, MOST_LABELS + 1) if n not in used), None)
    if free is None:
        raise UsageError(
            "segment.too_many",
            f"A label map holds {MOST_LABELS} segments at most.",
            hint="Remove segments that are not needed.",
            where="segments",
        )
    return free
