"""Segment anything that a preset knows: its segments become the case's, or are added to those there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.image import LabelMap
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.planning.case import Case
from surgitwin.planning.segments.facts import count_rows
from surgitwin.planning.segments.joined import joined
from surgitwin.planning.segments.kept import preset_names, with_hand_made
from surgitwin.planning.segments.structure_runs import (
    Placed,
    naming_click,
    place_structure,
    run_marks,
    without_runs,
)
from surgitwin.planning.site import GENERAL, site_of
from surgitwin.planning.versions import TISSUE_MODELS
from surgitwin.planning.vessels.plans import require_own_plans
from surgitwin.segmentation import Note, Segmented, load_preset, run_preset
from surgitwin.segmentation.lumen_points import lumen_points

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

    points: clicks by name, LPS mm. add: the segments join those of the case where these are background (a run
    on the same structure takes the place of the earlier one, `structure_runs`), and the case stays about what
    it is about; else the case is about other anatomy ("general"), with hand-made segments kept. Nothing is
    kept when it fails. Raises what `run_preset` raises, InputError "case.other_plans", UsageError
    "segment.too_many".
    """
    add = add and bool(case.state.get("labels"))
    if not add:
        require_own_plans(case, GENERAL)
    volume = case.volume
    points, told = with_known_lumen(case, preset, points)
    found = run_preset(
        volume, preset, parameters=parameters, points=points, progress=progress.part(0, 0.9)
    )  # fmt: skip
    put = _placed(case, preset, points, found.labels, add)
    labels = put.labels
    run = _run_facts(preset, parameters, points, replace(found, notes=(*found.notes, *told, *put.notes)))
    if naming_click(load_preset(preset)):
        run |= run_marks(labels, put.names)
    if add:
        kept = without_runs(case.state["labels"], put.gone)
        made = dict.fromkeys((*preset_names(kept), *put.names.values()))
        step = {**kept, "added": [*kept["added"], run], "made": list(made)}
        changes: dict[str, Any] = {}
    else:
        step = {**run, "added": [], "made": list(put.names.values())}
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


def _placed(
    case: Case, preset: str, points: Mapping[str, FloatArray] | None, made: LabelMap, add: bool
) -> Placed:
    """The labels of the case with what the preset made, added to its segments or in their place."""
    row = load_preset(preset)
    names, click = {s.name: s.name for s in made.segments}, naming_click(row)
    if not add:
        return Placed(with_hand_made(case, made), names)
    if not click:
        return Placed(joined(case.labels, made), names)
    return place_structure(case.state["labels"], case.labels, row, (points or {})[click], made)


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
