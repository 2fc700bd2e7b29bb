"""Reduction: a broken, displaced fragment is moved back in the image before anything is planned on it.

The fragment's HU are interpolated where it is put, so density (and with it stiffness) near the fracture
is less sure than elsewhere; reports and the window say so. The image and the labels as they were stay in the
case, and `undo_reduction` brings them back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.formats.nrrd import write_labels, write_volume
from surgitwin.planning.case import Case, now
from surgitwin.planning.plans.reduction import (
    NOTE,
    Fragment,
    check_segments,
    moved,
    moved_words,
    reductions,
    rigid,
)
from surgitwin.planning.segments.facts import count_rows
from surgitwin.segmentation.fragment import EDGE_MM, MovedFragment, fragment_mask, move_fragment

RESTORED = ("image", "image_hash", "labels", "anatomy", "anatomy_labels", "mesh")
"""Keys of the state that a reduction changes and its undo brings back."""
SMALL_MM, SMALL_DEG = 0.01, 0.01
"""A motion under both is none."""


def reduce_fragment(
    case: Case, fragment: Fragment, matrix: npt.ArrayLike, progress: Progress = SILENT
) -> Case:
    """Move `fragment` by the rigid 4x4 `matrix` (LPS mm) in image and labels; anatomy and mesh must follow.

    The image is interpolated linearly, labels by the largest share of the voxel, both only in the box that
    the fragment leaves and enters; its old place gets the median of the soft tissue round it (stated in the
    state as `fill_hu`). The resampled HU near the fracture are interpolated, not measured.

    Raises
    ------
    UsageError: "reduction.not_rigid", "reduction.fragment" (unknown segment), "reduction.nothing".
    GeometryError: "reduction.empty", "reduction.outside", "reduction.no_surroundings".
    InputError: "case.not_segmented".
    """
    m = rigid(matrix)
    labels, volume = case.labels, case.volume
    check_segments(labels, fragment)
    progress("Finding the fragment", 0.0)
    mask = fragment_mask(labels, fragment.segments, fragment.plane)
    centre = labels.grid.index_to_lps(np.argwhere(mask).mean(axis=0)[::-1])
    way, angle = moved(m, centre)
    if way < SMALL_MM and angle < SMALL_DEG:
        raise UsageError(
            "reduction.nothing",
            "The fragment was not moved.",
            hint="Drag it, or type how far it moves and turns, then apply.",
            where="matrix",
        )
    done = move_fragment(volume, labels, mask, m, progress.part(0.05, 0.7))
    progress("Storing image and segments", 0.7)
    changes = _changes(case, done)
    entry = {
        **fragment.as_dict(),
        "matrix": m.tolist(),
        "centre_mm": centre.tolist(),
        "moved_mm": way,
        "turned_deg": angle,
        "edge_mm": EDGE_MM,
        "fill_hu": done.fill_hu,
        "fragment_mm3": done.fragment_mm3,
        "overlap_mm3": done.overlap_mm3,
        "lost_mm3": done.lost_mm3,
        "when": now(),
        "note": NOTE,
        "before": {key: case.state.get(key) for key in RESTORED},
        "after": {"image_hash": changes["image_hash"], "labels_hash": changes["labels"]["hash"]},
    }
    steps = [*reductions(case.state), entry]
    return case.updated(f"reduce a fragment by {moved_words(m, centre)}", **changes, reduction=steps)


def _changes(case: Case, done: MovedFragment) -> dict[str, Any]:
    """The state's keys with the moved image and labels stored."""
    step = {
        **case.state["labels"],
        "blob": case.folder.put(".nrrd", lambda p: write_labels(done.labels, p)),
        "hash": done.labels.hash,
        "bone_hash": "",
        "segments": count_rows(done.labels, done.volume),
        "segments_of": done.labels.hash,
        "input_hash": content_hash(done.volume.hash, done.labels.hash),
    }
    return {
        "image": case.folder.put(".nrrd", lambda p: write_volume(done.volume, p)),
        "image_hash": done.volume.hash,
        "labels": step,
        "anatomy": None,
        "anatomy_labels": None,
        "mesh": None,
    }


def undo_reduction(case: Case) -> Case:
    """The case as it was before its last reduction: image, labels, anatomy and mesh.

    Raises InputError "reduction.none" when there is none, "reduction.edited" when the labels were changed
    since, because those changes would be lost.
    """
    steps = reductions(case.state)
    if not steps:
        raise InputError(
            "reduction.none",
            f"{case.name} has no reduced fragment.",
            hint="Nothing has to be taken back.",
            where=str(case.folder.path),
        )
    last = steps[-1]
    if case.state["labels"]["hash"] != last["after"]["labels_hash"]:
        raise InputError(
            "reduction.edited",
            "The segments were changed after the fragment was reduced; taking it back would lose that.",
            hint="Undo the later changes first, or segment the original image in a new case.",
            where=str(case.folder.path),
        )
    return case.updated("take the reduction back", **last["before"], reduction=steps[:-1])
