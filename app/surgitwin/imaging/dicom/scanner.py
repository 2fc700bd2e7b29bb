"""Find DICOM series in any folder tree, file or zip, and judge each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.dicom import checks, geometry
from surgitwin.imaging.dicom.header import Header, Rejection, read_header
from surgitwin.imaging.dicom.series import Problem, Series, status_of
from surgitwin.imaging.dicom.source import Source, find_sources

REPORT_EVERY = 64
"""Files between two progress events (about 20 ms)."""

SLICE_SUFFIXES = ("", ".dcm", ".dicom", ".ima")
"""Names under which scanners write slices; an empty or damaged file so named may be a lost slice."""

STACK_TAGS = ("TemporalPositionIdentifier", "EchoNumbers", "AcquisitionNumber")
"""Tags by which one series may hold several complete stacks (phases, echoes, acquisitions)."""


@dataclass(frozen=True)
class Scan:
    """series: all that was found, by UID. rejected: files that are none, by reason."""

    series: tuple[Series, ...]
    rejected: Mapping[Rejection, tuple[Source, ...]]

    def counts(self) -> dict[str, int]:
        """How many files were left aside, by reason."""
        return {reason: len(files) for reason, files in self.rejected.items()}


def scan(path: Path | str, progress: Progress = SILENT) -> list[Series]:
    """Series below `path` (folder tree, file, DICOMDIR or zip), each with its status.

    Raises InputError ("dicom.path_missing", "dicom.path_unreadable", "dicom.empty_folder",
    "dicom.none_found") when there is nothing to list; a series that cannot be used is listed as refused.
    """
    return list(scan_all(path, progress).series)


def scan_all(path: Path | str | Sequence[Path], progress: Progress = SILENT) -> Scan:
    """As `scan`, with the files that were left aside; `path` may be several folders and files."""
    roots = [Path(path)] if isinstance(path, str | Path) else list(path)
    root = roots[0] if len(roots) == 1 else roots[0].parent
    sources = _listed(roots, progress)
    groups: dict[str, list[Header]] = {}
    rejected: dict[Rejection, list[Source]] = {}
    for n, source in enumerate(sources):
        if n % REPORT_EVERY == 0:
            progress("Reading headers", n / len(sources))
        header = read_header(source)
        if isinstance(header, Header):
            groups.setdefault(header.text("SeriesInstanceUID") or source.folder, []).append(header)
        else:
            rejected.setdefault(header, []).append(source)
    if not groups:
        raise _nothing(root, sources, rejected)
    lost = _unclaimed([*rejected.get("empty_file", ()), *rejected.get("unreadable", ())], groups)
    series = tuple(s for uid in sorted(groups) for s in _readings(uid, groups[uid], lost))
    progress("Headers read", 1.0)
    return Scan(series, {reason: tuple(files) for reason, files in rejected.items()})


def _listed(roots: Sequence[Path], progress: Progress) -> list[Source]:
    """Every file once; a cancel point every few files."""
    found: dict[Source, None] = {}
    for source in (source for root in roots for source in find_sources(root)):
        if len(found) % REPORT_EVERY == 0:
            progress(f"Looking for files ({len(found)} found)", None)
        found[source] = None
    return list(found)


def _nothing(
    root: Path, sources: Sequence[Source], rejected: Mapping[Rejection, Sequence[Source]]
) -> InputError:
    if not sources:
        return InputError(
            "dicom.empty_folder", f"{root} holds no files.",
            hint="Name the folder that holds the images.", where=str(root),
        )  # fmt: skip
    reasons = ", ".join(f"{len(files)} {reason.replace('_', ' ')}" for reason, files in rejected.items())
    first = next(iter(rejected.values()))[0]
    return InputError(
        "dicom.none_found", f"{root} holds no DICOM image ({reasons}).",
        hint="Name the folder with the scanner's own DICOM files; copy files of zero bytes again.",
        where=first.name,
    )  # fmt: skip


def _readings(uid: str, headers: list[Header], lost: Sequence[Source]) -> list[Series]:
    """The series as one stack, or one per value of a tag that parts it into equal complete stacks."""
    whole = _judge(uid, headers, lost)
    if not any(p.code == "dicom.duplicate_slices" for p in whole.problems):
        return [whole]
    for tag in STACK_TAGS:
        parts: dict[str, list[Header]] = {}
        for header in headers:
            parts.setdefault(header.text(tag), []).append(header)
        stacks = {value: _judge(f"{uid}#{tag}={value}", part, lost) for value, part in parts.items()}
        same = len({stack.grid.shape[0] for stack in stacks.values() if stack.grid is not None}) == 1
        if len(stacks) > 1 and same and all(s.status != "refused" for s in stacks.values()):
            return [_as_choice(stack, tag, value) for value, stack in sorted(stacks.items())]
    return [whole]


def _as_choice(stack: Series, tag: str, value: str) -> Series:
    problem = Problem(
        "dicom.several_stacks", f"The series holds several stacks; this one has {tag} {value}.",
        "Choose one by its UID.",
    )  # fmt: skip
    return replace(stack, status="choice", problems=(*stack.problems, problem))


def _judge(uid: str, headers: list[Header], lost: Sequence[Source]) -> Series:
    """One series: leave localisers aside, check files, then the stack that they make."""
    images = [h for h in headers if not h.is_localiser]
    notes = (
        [f"{len(headers) - len(images)} localiser images are left out."] if len(images) < len(headers) else []
    )
    if not images:
        problem = Problem(
            "dicom.localiser", "The series holds scout views only.", "Choose the slice series.",
            tuple(h.source.name for h in headers),
        )  # fmt: skip
        return _series(uid, headers, None, [problem], notes)
    modality = Counter(h.text("Modality") for h in images).most_common(1)[0][0]
    problems = _lost_slices(images, lost) + checks.check_files(images, modality)
    if any(p.code in ("dicom.no_geometry", "dicom.not_an_image", "dicom.multiframe") for p in problems):
        return _series(uid, images, None, problems, notes)
    problems += checks.check_same(images)
    if len(images) < 2:
        problem = Problem(
            "dicom.one_slice", "The series has one slice only.", "Choose the series with all slices.",
            (images[0].source.name,),
        )  # fmt: skip
        return _series(uid, images, None, [*problems, problem], notes)
    if any(p.code.startswith("dicom.mixed") for p in problems):
        return _series(uid, images, None, problems, notes)
    positions = np.array([h.numbers("ImagePositionPatient") for h in images])
    orientation = np.median([h.numbers("ImageOrientationPatient") for h in images], axis=0)
    found = geometry.analyse(positions, orientation)
    problems += checks.check_units(images[0], found) + checks.check_stack(found, images)
    return _series(uid, images, found, problems, notes)


def _unclaimed(lost: Sequence[Source], groups: Mapping[str, Sequence[Header]]) -> list[Source]:
    """The lost files in folders of one series: where several share a folder, the owner is unknown.

    (A slice lost inside a stack shows there as a gap.)
    """
    owners = Counter(folder for group in groups.values() for folder in {h.source.folder for h in group})
    return [source for source in lost if owners[source.folder] == 1]


def _lost_slices(headers: Sequence[Header], lost: Sequence[Source]) -> list[Problem]:
    """Empty or damaged files beside the slices, named like slices."""
    folders = {h.source.folder for h in headers}
    suffixes = {h.source.suffix for h in headers} | set(SLICE_SUFFIXES)
    beside = [s for s in lost if s.folder in folders and s.suffix in suffixes]
    if not beside:
        return []
    return [
        Problem(
            "dicom.unreadable_files",
            f"{len(beside)} files beside the slices are empty or damaged and may be lost slices.",
            "Copy the named files again from their source, or remove them if they are no slices.",
            tuple(s.name for s in beside),
        )
    ]


def _series(
    uid: str, headers: Sequence[Header], found: geometry.SliceGeometry | None,
    problems: Sequence[Problem], notes: Sequence[str],
) -> Series:  # fmt: skip
    first = headers[0]
    ordered = list(headers) if found is None else [headers[n] for n in found.order]
    weight = first.number("PatientWeight")
    modality = first.text("Modality")
    return Series(
        uid=uid,
        modality=modality,
        description=first.text("SeriesDescription"),
        grid=None if found is None else _grid(ordered, found),
        slices=tuple(h.source for h in ordered),
        tilt_deg=None if found is None else found.tilt_deg,
        gaps=() if found is None else _gaps(found),
        status=status_of(problems),
        problems=tuple(problems),
        notes=tuple(notes),
        body_weight_kg=weight if weight and weight > 0 else None,
        patient_code=first.patient_code,
        sex=first.text("PatientSex"),
        age=first.text("PatientAge"),
        study_uid=first.text("StudyInstanceUID"),
        date=first.text("SeriesDate") or first.text("StudyDate"),
        kvp=first.number("KVP"),
        kernel=first.text("ConvolutionKernel"),
        contrast=first.text("ContrastBolusAgent"),
        cardiac_phase_percent=first.number("NominalPercentageOfCardiacPhase"),
        laterality=first.text("ImageLaterality") or first.text("Laterality"),
        body_part=first.text("BodyPartExamined"),
        window_center=first.number("WindowCenter"),
        window_width=first.number("WindowWidth"),
        unit=(first.text("RescaleType") or "HU") if modality == "CT" else "1",
        study_description=first.text("StudyDescription"),
        study_date=first.text("StudyDate"),
        number=None if (number := first.number("SeriesNumber")) is None else int(number),
        identity=first.identity,
    )


def _gaps(found: geometry.SliceGeometry) -> tuple[dict[str, float], ...]:
    """Every gap as plain values: after which slice, how many lack, positions on both sides."""
    at = found.at_mm
    return tuple(
        {"after": n, "missing": m, "from_mm": float(at[n]), "to_mm": float(at[n + 1])} for n, m in found.gaps
    )


def _grid(ordered: Sequence[Header], found: geometry.SliceGeometry) -> ImageGrid | None:
    """Grid of the ordered slices; None when all lie at one place."""
    if found.step_mm == 0:
        return None
    first = ordered[0]
    orientation = np.median([h.numbers("ImageOrientationPatient") for h in ordered], axis=0)
    rows, columns = first.numbers("PixelSpacing")
    shape = (len(ordered), int(first.number("Rows") or 0), int(first.number("Columns") or 0))
    position = np.array(first.numbers("ImagePositionPatient"))
    return geometry.make_grid(shape, position, orientation, (rows, columns), found.step)
