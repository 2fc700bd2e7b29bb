"""Segments of other programs as labels of a case: label maps, DICOM SEG, closed surfaces."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.image import LabelMap, Segment, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.labels_in import colour, read_label_file
from surgitwin.exchange.seg_in import read_seg
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.imaging.formats.reader import image_suffix
from surgitwin.meshing.files.surface_formats import surface_suffix
from surgitwin.meshing.files.surfaces import read_surface_file
from surgitwin.meshing.tissues.surfaces import surface_voxels
from surgitwin.planning.case import Case
from surgitwin.planning.privacy.identity import DEIDENTIFIED
from surgitwin.planning.segments.facts import count_rows
from surgitwin.planning.segments.joined import joined
from surgitwin.planning.segments.kept import with_hand_made
from surgitwin.planning.site import GENERAL
from surgitwin.planning.vessels.plans import require_own_plans

PRESET = "file"
"""Where the state names a preset: segments that came from a file."""


def import_labels(
    case: Case,
    file: Path,
    *,
    add: bool = False,
    surface: Mapping[str, Any] | None = None,
    progress: Progress = SILENT,
) -> Case:
    """The case with the segments of `file` on the voxels of its image; nothing is resampled.

    add: they join the present ones where these are background; else they take the place of what presets made,
    and the case is about other anatomy. surface: unit, frame and accept_size for a surface file;
    the frame also for a label map.
    Raises the errors of `read_label_file`, `read_seg`, `read_surface_file`; GeometryError
    "mesh.surface_open"; InputError "case.other_plans", "labels.empty".
    """
    add = add and bool(case.state.get("labels"))
    if not add:
        require_own_plans(case, GENERAL)
    progress("Reading the segments", 0.0)
    found = read_segments(case.volume, file, surface or {})
    labels = joined(case.labels, found) if add else with_hand_made(case, found)
    names = [s.name for s in found.segments]
    digest = "" if case.state.get(DEIDENTIFIED) else _digest(file)  # by it the file with its names is found
    run = {"preset": PRESET, "parameters": {}, "source": {"sha256": digest, "segments": names}}
    if add:
        kept = case.state["labels"]
        step = {**kept, "added": [*kept.get("added", ()), run]}
        changes: dict[str, Any] = {}
    else:
        step = {**run, "added": [], "made": names}
        changes = {"site": GENERAL, "vessel": None, "anatomy": None, "mesh": None}
    progress("Counting", 0.7)
    step |= {
        "blob": case.folder.put(".nrrd", lambda p: write_labels(labels, p)),
        "hash": labels.hash,
        "segments": count_rows(labels, case.volume),
        "segments_of": labels.hash,
        "input_hash": content_hash(case.state["image_hash"], run, step["added"]),
    }
    if add and case.state.get("site", "bone") != GENERAL:
        step["bone_hash"] = case.state["labels"].get("bone_hash") or case.state["labels"]["hash"]
    return case.updated("segments from a file", labels=step, **changes)


def read_segments(volume: Volume, file: Path, surface: Mapping[str, Any]) -> LabelMap:
    """Segments of a file on the grid of `volume`, by the kind of file."""
    if surface_suffix(file):
        return _from_surface(volume, file, surface)
    if image_suffix(file):
        return read_label_file(file, volume.grid, surface.get("frame"))
    return read_seg(file, volume.grid)


def _from_surface(volume: Volume, file: Path, answers: Mapping[str, Any]) -> LabelMap:
    """One segment: the voxels inside a closed surface; it is named by its format, for a file's name may be
    the patient's."""
    volume.require_scale()
    found = read_surface_file(file, **answers)
    if found.open_edges:
        raise GeometryError(
            "mesh.surface_open",
            f"{file.name} is not closed: {found.open_edges} edges do not join exactly two triangles.",
            hint="Close the surface in the program that made it.",
            where=str(file),
        )
    if found.frame == "own":
        raise InputError(
            "surface.not_placed",
            f"{file.name} is in the axes of a device by itself, so it has no place in the image.",
            hint="Export it in the patient's coordinates, and say --frame lps or ras.",
            where=str(file),
        )
    mask = surface_voxels(found.mesh, volume.grid)
    if not mask.any():
        raise InputError(
            "labels.empty",
            f"{file.name} encloses no voxel of the image.",
            hint="Check its frame and unit: another --frame moves it to the other side.",
            where=str(file),
        )
    segment = Segment(1, f"{found.format} surface", "", colour(1))
    return LabelMap(mask.astype(np.uint8), volume.grid, (segment,))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
