"""Segments for other programs: label maps, DICOM SEG, a surface per segment."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from surgitwin.core.errors import GeometryError, UsageError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.labels_out import write_label_table, write_nifti_labels, write_slicer_labels
from surgitwin.exchange.seg_out import write_seg
from surgitwin.exchange.seg_source import source_headers
from surgitwin.meshing.files.vtu import FRAME, LENGTH_UNIT, NOTICE, write_ply, write_stl, write_vtp
from surgitwin.meshing.tissues.surfaces import SegmentSurface, segment_surface
from surgitwin.planning.case import Case
from surgitwin.planning.case_names import safe_name
from surgitwin.planning.output.file_names import suffix_of
from surgitwin.storage import write_atomically

LABEL_FORMATS = (".nrrd", ".nii.gz", ".nii")
SURFACE_WRITERS: dict[str, Callable[[Path, SurfaceMesh], None]] = {
    "stl": write_stl,
    "ply": write_ply,
    "vtp": write_vtp,
}

CARRIES_NAME = "The file carries the patient's name and ID as the source images do."


def export_labels(case: Case, out: Path) -> tuple[str, ...]:
    """Label map at `out` (.nrrd with Slicer's fields; .nii, .nii.gz with a table beside it); what to know."""
    suffix = suffix_of(out, LABEL_FORMATS)
    if suffix not in LABEL_FORMATS:
        raise _format("labels", suffix, LABEL_FORMATS)
    labels, known = case.labels, case.volume.scale_known
    if suffix == ".nrrd":
        write_atomically(out, lambda p: write_slicer_labels(labels, p, known))
        return () if known else ("The image has no scale: the file says no unit.",)
    packed = suffix == ".nii.gz"
    write_atomically(out, lambda p: write_nifti_labels(labels, p, known, packed))
    table = out.with_name(out.name[: -len(suffix)] + ".json")
    write_atomically(table, lambda p: write_label_table(labels, p))
    return (f"The names of the labels are in the file and beside it in {table.name}.",)


def export_seg(case: Case, out: Path, source: Path | None, progress: Progress = SILENT) -> tuple[str, ...]:
    """DICOM SEG at `out` (.dcm); `source`: folder of the DICOM images that the case was made from.

    Raises UsageError "usage.source" when there is none, and the errors of `source_headers` and `write_seg`.
    """
    if out.suffix.lower() != ".dcm":
        raise _format("seg", out.suffix, (".dcm",))
    series = case.state["series"]
    if "source" in series:
        raise UsageError(
            "usage.source",
            f"The case was made from a {series['source']['format']} file: a DICOM segmentation must refer to "
            "DICOM images.",
            hint="Export a NIfTI or NRRD label map with --what labels.",
            where="--what",
        )
    if source is None:
        raise UsageError(
            "usage.source",
            "A case keeps no DICOM files, and a DICOM segmentation refers to them.",
            hint="Name the folder of the original images with --source.",
            where="--source",
        )
    labels = case.labels
    stack = str(case.volume.meta.get("stack", ""))
    headers = source_headers(source, str(series["uid"]), labels.grid, progress, stack=stack)
    preset = str(case.state["labels"].get("preset", ""))
    done = []
    write_atomically(out, lambda p: done.append(write_seg(labels, headers, p, preset)))
    left = done[0].left_out
    removed = all(str(h.get("PatientIdentityRemoved") or "").upper() == "YES" for h in headers)
    return (
        *(() if removed else (CARRIES_NAME,)),
        *([f"Left out, for they have no voxel: {', '.join(left)}."] if left else []),
    )


def export_surfaces(case: Case, out: Path, form: str, progress: Progress = SILENT) -> tuple[str, ...]:
    """A file for each segment and `surfaces.json` in the folder `out`. form: "stl", "ply" or "vtp".

    A segment without a closed surface is left out and named. Raises InputError "image.no_scale", UsageError
    "usage.format", GeometryError when no segment has one.
    """
    if form not in SURFACE_WRITERS or out.suffix:
        raise _format("surfaces", form if form not in SURFACE_WRITERS else out.suffix, tuple(SURFACE_WRITERS))
    case.volume.require_scale()
    labels = case.labels
    counts = {s.name for s in labels.segments if (labels.array == s.label).any()}
    kept = [s for s in labels.segments if s.name in counts]
    rows: list[dict[str, Any]] = []
    used: set[str] = set()
    open_: dict[str, GeometryError] = {}
    for n, segment in enumerate(kept):
        progress(f"Surface of {segment.name}", n / len(kept))
        try:
            made = segment_surface(labels, segment.name)
        except GeometryError as error:
            open_[segment.name] = error
            continue
        name = _file_name(segment.name, used)
        write_atomically(out / f"{name}.{form}", partial(_write, SURFACE_WRITERS[form], made.mesh))
        rows.append(_row(made, f"{name}.{form}", segment.code))
    if open_ and not rows:
        raise next(iter(open_.values()))
    about = {"notice": NOTICE, "frame": FRAME, "unit": LENGTH_UNIT, "surfaces": rows}
    text = json.dumps(about, indent=1)
    write_atomically(out / "surfaces.json", lambda p: p.write_text(text, encoding="utf-8"))
    empty = [s.name for s in labels.segments if s.name not in counts]
    return (
        *([f"Left out, for they have no voxel: {', '.join(empty)}."] if empty else []),
        *(f"Left out, {name}: {error.message}" for name, error in open_.items()),
    )


def write_surface(mesh: SurfaceMesh, out: Path) -> None:
    """A surface in LPS mm at `out`; its suffix is the format (UsageError "usage.format")."""
    form = out.suffix.lower().lstrip(".")
    if form not in SURFACE_WRITERS:
        raise UsageError(
            "usage.format",
            f"A surface cannot be written as {out.suffix or 'a file without suffix'}.",
            hint=f"Use a name that ends in .{' or .'.join(SURFACE_WRITERS)}.",
            where="--out",
        )
    write_atomically(out, partial(_write, SURFACE_WRITERS[form], mesh))


def _write(write: Callable[[Path, SurfaceMesh], None], mesh: SurfaceMesh, path: Path) -> None:
    write(path, mesh)


def _file_name(name: str, used: set[str]) -> str:
    """A name for a file that no other segment has."""
    base = safe_name(name).replace(" ", "_") or "segment"
    found, n = base, 2
    while found.lower() in used:
        found, n = f"{base}_{n}", n + 1
    used.add(found.lower())
    return found


def _row(made: SegmentSurface, file: str, code: str) -> dict[str, Any]:
    return {
        "file": file,
        "name": made.name,
        "code": code or None,
        "triangles": len(made.mesh.triangles),
        "volume_ml": made.mesh.volume_mm3 / 1000,
        "volume_change": made.volume_change,
        "deviation_p95_mm": made.deviation_p95_mm,
    }


def _format(what: str, given: str, known: tuple[str, ...]) -> UsageError:
    hint = f"Use a name that ends in {' or '.join(known)}."
    if what == "surfaces":
        hint = f"Give --format {' or '.join(known)} and the name of a folder as --out."
    return UsageError(
        "usage.format",
        f"{what} cannot be written as {given or 'a file without suffix'}.",
        hint=hint,
        where="--out",
    )
