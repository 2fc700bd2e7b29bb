"""Files for other programs: meshes, surfaces, labels, images, results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from surgitwin.core.errors import UsageError
from surgitwin.core.image import Volume
from surgitwin.core.places import require_folder
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.image_out import image_writers
from surgitwin.imaging.formats.nrrd import write_volume
from surgitwin.planning.case import Case
from surgitwin.planning.images.registration import registration_of
from surgitwin.planning.images.second_image import write_registration
from surgitwin.planning.objects.export import export_objects
from surgitwin.planning.output.file_names import PACKED, size_of, suffix_of
from surgitwin.planning.output.segment_files import export_labels, export_seg, export_surfaces
from surgitwin.planning.privacy.leaving import before_leaving
from surgitwin.planning.sites.work import work_of
from surgitwin.storage import write_atomically

OBJECTS = ("labels", "seg", "surfaces", "objects")
"""What is written of the segments and own implants of any case."""


@dataclass(frozen=True)
class Exported:
    """What was written, in words, and what must be known of it."""

    file: Path
    what: str
    warnings: tuple[str, ...] = ()
    size_bytes: int = 0
    """Of the file, or of the files that were written into the folder."""


def export_case(
    case: Case,
    what: str,
    out: Path,
    plan: str | None = None,
    load_case: str | None = None,
    *,
    source: Path | None = None,
    form: str = "stl",
    number: int | None = None,
    purpose: str = "planning",
    progress: Progress = SILENT,
) -> Exported:
    """`write_export` when the case's consent covers `purpose`; UsageError "consent.outside_scope"."""
    headers = suffix_of(out) == ".nrrd"
    said = before_leaving(case, what, purpose, headers=headers)
    made = write_export(
        case, what, out, plan, load_case, source=source, form=form, number=number,
        progress=progress,
    )  # fmt: skip
    return replace(made, warnings=(*made.warnings, *said), size_bytes=size_of(out, what))


def write_export(
    case: Case,
    what: str,
    out: Path,
    plan: str | None,
    load_case: str | None,
    *,
    source: Path | None,
    form: str,
    number: int | None = None,
    progress: Progress,
) -> Exported:
    """Write `what` ("mesh", "tissues", "surface", "labels", "seg", "surfaces", "image", "result",
    "registration") to `out`; its suffix is the format. tissues: what `mesh --tissue` made. source: for
    "seg", the folder of the DICOM images. form: for "surfaces", which are a folder. number: of the
    registration, from 1 (None: the last).

    Raises UsageError "usage.format" naming the possible suffixes, StorageError "storage.no_folder".
    """
    require_folder(out)
    if what == "registration":
        write_registration(registration_of(case, number), out)
        which = f"registration {number}" if number else "the last registration"
        return Exported(out, f"transform of {which}")
    if what in OBJECTS:
        if plan is not None or load_case is not None:
            raise _not_of_a_plan(what)
        return _export_objects(case, what, out, source, form, progress)
    work = work_of(case)
    if what not in work.of_plan and (plan is not None or load_case is not None):
        raise _not_of_a_plan(what)
    writers = {
        **work.writers(case, plan, load_case),
        "image": {
            ".nrrd": lambda p: write_volume(case.volume, p),
            **image_writers(lambda: case.volume),
        },
    }
    _write(writers, what, out)
    if what == "image":
        return Exported(out, "image", _image_notes(case.volume, suffix_of(out)))
    return Exported(out, *work.written(case, what, plan, load_case))


def _image_notes(volume: Volume, suffix: str) -> tuple[str, ...]:
    """What the file does not say and its reader must be told."""
    values = "HU" if volume.unit == "HU" else f"values of {volume.modality}"
    said = {
        ".nii": f"{values}; the file's axes are RAS, as NIfTI asks"
        + (", its unit mm." if volume.scale_known else "."),
        ".mha": f"{values} in LPS; the file names neither frame nor unit.",
        ".vti": f"{values} in LPS; frame and unit stand in its field data, which few programs read.",
    }.get(suffix.removesuffix(PACKED))
    notes = (f"It holds {said}",) if said else ()
    return (
        notes if volume.scale_known else (*notes, "The image has no scale: its lengths are no millimetres.")
    )


def _not_of_a_plan(what: str) -> UsageError:
    return UsageError(
        "usage.export",
        f"{what} belongs to the case, not to a plan or load case.",
        hint="Leave --plan and --load-case out, or export a result.",
        where="--plan",
    )


def _export_objects(
    case: Case, what: str, out: Path, source: Path | None, form: str, progress: Progress
) -> Exported:
    """Segments, of any case."""
    if what == "objects":
        return Exported(out, f"own implants and reference objects ({form})", export_objects(case, out, form))
    if what == "labels":
        return Exported(out, "label map", export_labels(case, out))
    if what == "seg":
        return Exported(out, "DICOM segmentation", export_seg(case, out, source, progress))
    return Exported(out, f"surfaces of the segments ({form})", export_surfaces(case, out, form, progress))


def _write(writers: Mapping[str, Mapping[str, Callable[[Path], object]]], what: str, out: Path) -> None:
    """Write with the writer for the suffix of `out`; UsageError "usage.export", "usage.format"."""
    formats = writers.get(what)
    if formats is None:
        raise UsageError(
            "usage.export",
            f"This case has no {what} to write.",
            hint=f"Use one of {', '.join((*writers, *OBJECTS))}.",
            where="--what",
        )
    suffix = suffix_of(out, formats)
    if suffix not in formats:
        raise UsageError(
            "usage.format",
            f"{what} cannot be written as {suffix or 'a file without suffix'}.",
            hint=f"Use a name that ends in {' or '.join(formats)}.",
            where="--out",
        )
    write_atomically(out, formats[suffix])
