"""Segment the image and measure the bone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.anatomy import measure_femur
from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.frame import Side
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.planning.case import Case
from surgitwin.planning.codec import anatomy_to_json
from surgitwin.planning.freshness import bone_key
from surgitwin.planning.segments.facts import count_rows, counted
from surgitwin.planning.segments.kept import with_hand_made
from surgitwin.planning.segments.landmarks import keep_moved
from surgitwin.planning.segments.tissues import note_rows, segment_tissues
from surgitwin.planning.site import BONE, VESSELS
from surgitwin.planning.versions import MODELS
from surgitwin.planning.vessels.plans import require_own_plans
from surgitwin.planning.vessels.segment_step import segment_vessel
from surgitwin.segmentation import run_preset


def segment_case(
    case: Case,
    *,
    preset: str = BONE,
    parameters: dict[str, Any] | None = None,
    points: Mapping[str, FloatArray] | None = None,
    side: Side | None = None,
    add: bool = False,
    progress: Progress = SILENT,
) -> Case:
    """Segment by any preset: the femur (`segment_femur`), a vessel or another tissue (`segment_tissues`).

    points: clicks by name, LPS mm. add: the segments join those of the case. UsageError "usage.add" where
    that makes no sense.
    """
    if add and preset in (BONE, *VESSELS):
        raise UsageError(
            "usage.add",
            f"The preset {preset!r} measures what a plan is made on; it cannot be added to other segments.",
            hint="Leave --add out, or choose the preset of another tissue.",
            where="--add",
        )
    if preset in VESSELS:
        return segment_vessel(case, preset, points, progress)
    if preset != BONE:
        return segment_tissues(
            case, preset, parameters=parameters, points=points, add=add, progress=progress
        )  # fmt: skip
    return segment_femur(case, parameters=parameters, side=side, progress=progress)


def segment_femur(
    case: Case,
    *,
    parameters: dict[str, Any] | None = None,
    side: Side | None = None,
    progress: Progress = SILENT,
) -> Case:
    """Label map by the preset "bone", then side, bone frame, landmarks and cuts; all or nothing is kept.

    Segments that were added by hand (a vessel, a nerve) stay. side: overrides what the anatomy says (the
    contradiction is then among the warnings).
    """
    preset = BONE
    require_own_plans(case, BONE)
    case.volume.require_scale()
    found = run_preset(case.volume, preset, parameters=parameters, progress=progress.part(0, 0.6))
    labels = with_hand_made(case, found.labels)
    anatomy = measure_femur(labels, case.volume, side=side, progress=progress.part(0.6, 0.95))
    step = {
        "blob": case.folder.put(".nrrd", lambda p: write_labels(labels, p)),
        "hash": labels.hash,
        "preset": preset,
        "parameters": parameters or {},
        "notes": note_rows(found),
        "segments": count_rows(labels, case.volume),
        "segments_of": labels.hash,
        "input_hash": content_hash(
            case.state["image_hash"],
            preset,
            parameters or {},
            MODELS["segmentation.bone"],
            MODELS["anatomy.femur"],
        ),
    }
    return case.updated(
        f"segment {preset}",
        site=BONE,
        vessel=None,
        labels=step,
        anatomy=anatomy_to_json(anatomy),
        anatomy_labels=labels.hash,
        mesh=None,
    )


def measure_case(case: Case, *, side: Side | None = None, progress: Progress = SILENT) -> Case:
    """Side, bone frame, landmarks, cuts and segment volumes again from the present labels (edited, say).

    side: overrides what the anatomy says. Landmarks placed by hand stay. The mesh has to be made again.
    """
    missing = {"femur", "femur_canal"} - {s.name for s in case.labels.segments}
    if missing:
        raise InputError(
            "case.not_segmented",
            f"There is no segment called {' or '.join(sorted(missing)).replace('_', ' ')} to measure.",
            hint="Segment the bone first; segments that you added stay.",
            where=str(case.folder.path),
        )
    anatomy = measure_femur(case.labels, case.volume, side=side, progress=progress)
    return case.updated(
        "measure",
        anatomy=keep_moved(case.state.get("anatomy"), anatomy_to_json(anatomy)),
        anatomy_labels=bone_key(case.state["labels"]),
        mesh=None,
        **counted(case),
    )
