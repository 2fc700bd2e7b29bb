"""Find DICOM series in any folder tree, file or zip, and judge each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.dicom.header import Header, Rejection, read_header
from surgitwin.imaging.dicom.header_values import Known
from surgitwin.imaging.dicom.listing import REPORT_EVERY, Listing, list_files, missing_files
from surgitwin.imaging.dicom.listing import notes as notes_of
from surgitwin.imaging.dicom.multiframe import told_apart
from surgitwin.imaging.dicom.readings import readings
from surgitwin.imaging.dicom.series import Problem, Series
from surgitwin.imaging.dicom.source import Source

SLICE_SUFFIXES = ("", ".dcm", ".dicom", ".ima")
"""Names under which scanners write slices; an empty or damaged file so named may be a lost slice."""


@dataclass(frozen=True)
class Scan:
    """series: all that was found, by UID, the stacks of one best first. rejected: files that are none, by
    reason.
    notes: what a DICOMDIR lists and is not there, and what it does not list, in sentences."""

    series: tuple[Series, ...]
    rejected: Mapping[Rejection, tuple[Source, ...]]
    notes: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many files were left aside, by reason."""
        return {reason: len(files) for reason, files in self.rejected.items()}


OTHER_IMAGES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd", ".vti")
"""Ends of names of images that are read by `imaging.formats`, not by a scan of a folder."""


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
    listing = list_files(roots, progress)
    groups: dict[str, list[Header]] = {}
    rejected: dict[Rejection, list[Source]] = {}
    known: Known = {}
    for n, source in enumerate(listing.sources):
        if n % REPORT_EVERY == 0:
            progress("Reading headers", n / len(listing.sources))
        header = read_header(source, known)
        if isinstance(header, Header):
            uid = header.text("SeriesInstanceUID") or source.folder
            groups.setdefault(uid, []).extend(told_apart(header))
        else:
            rejected.setdefault(header, []).append(source)
    if not groups:
        raise _nothing(root, listing.sources, rejected)
    series, notes = _judged(groups, rejected, listing)
    progress("Headers read", 1.0)
    return Scan(series, {reason: tuple(files) for reason, files in rejected.items()}, notes)


def _judged(
    groups: Mapping[str, list[Header]], rejected: Mapping[Rejection, Sequence[Source]], listing: Listing
) -> tuple[tuple[Series, ...], tuple[str, ...]]:
    """Every series by UID, its stacks best first; and what an index says beside them."""
    lost = _unclaimed([*rejected.get("empty_file", ()), *rejected.get("unreadable", ())], groups)
    read = (
        {h.text("SOPInstanceUID") for found in groups.values() for h in found} if listing.missing else set()
    )
    missing = listing.without(read)
    series: list[Series] = []
    for uid, found in sorted(groups.items()):
        problems = [*_lost_slices(found, lost), *missing_files(uid, missing)]
        series += readings(uid, found, problems)
    return tuple(series), notes_of(listing, missing, groups)


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
    names = [s.name.replace("\\", "/").rpartition("/")[2] for files in rejected.values() for s in files]
    others = sorted(n for n in names if n.lower().endswith(OTHER_IMAGES))
    hint = "Name the folder with the scanner's own DICOM files; copy files of zero bytes again."
    if others:
        one = others[0] if len(others) == 1 else f"itself, one of {', '.join(others)}"
        hint = f"Images of other formats are opened one by one: name the file {one}."
    return InputError(
        "dicom.none_found", f"{root} holds no DICOM image ({reasons}).", hint=hint, where=first.name,
    )  # fmt: skip


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
