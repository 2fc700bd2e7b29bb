"""First look at everything to de-identify: who is in it, and which files can be written at all."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pydicom

from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.deidentify.identifiers import NOBODY, Identifiers, identifiers_of
from surgitwin.exchange.deidentify.judge import body_part_known, judge, shows_head
from surgitwin.exchange.deidentify.options import Options
from surgitwin.imaging.dicom.header import MALFORMED
from surgitwin.imaging.dicom.source import Source, find_sources

UNREADABLE = "it is damaged: its header cannot be read"


@dataclass(frozen=True)
class Item:
    """One file to write. patient: what tells patients apart; order: its number in the series."""

    source: Source
    patient: str = field(repr=False)
    name: str = field(repr=False)
    birth_date: str = field(repr=False)
    patient_id: str = field(repr=False)
    study_uid: str
    series_uid: str
    sop_uid: str
    order: int
    head: bool
    part_known: bool


@dataclass
class Found:
    """items: to write. doubtful: reason -> files that wait for somebody to look; refused, others as told."""

    items: list[Item] = field(default_factory=list)
    who: Identifiers = NOBODY
    refused: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)
    others: int = 0


def look_at(paths: Sequence[Path], options: Options, progress: Progress = SILENT) -> Found:
    """Read every header below `paths` (folders, files, zip archives). Raises the errors of `find_sources`."""
    sources = [s for path in paths for s in find_sources(path)]
    found = Found()
    for n, source in enumerate(sources):
        progress("Reading headers", n / len(sources))
        header = read(source, pixels=False)
        if header is None:
            found.others += 1
            continue
        if isinstance(header, str):
            found.refused[header] += 1
            continue
        found.who = _joined(found.who, identifiers_of(header, options))
        verdict = judge(header)
        if verdict.level == "doubt" and not options.accept_doubt:
            found.doubtful[verdict.reason] += 1
        elif verdict.level == "refused":
            found.refused[verdict.reason] += 1
        else:
            found.items.append(item_of(source, header))
    return found


def _joined(a: Identifiers, b: Identifiers) -> Identifiers:
    return a if b.names <= a.names and b.phrases <= a.phrases else a | b


def read(source: Source, *, pixels: bool) -> pydicom.FileDataset | str | None:
    """The dataset; None for a file that is no DICOM or an index; words why a DICOM file cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values are removed, not judged
        try:
            with source.open() as stream:
                start = stream.read(132)
                stream.seek(0)
                if start[128:] != b"DICM" and not _bare(start):
                    return None
                dataset = pydicom.dcmread(stream, force=True, stop_before_pixels=not pixels)
        except MALFORMED:
            return UNREADABLE
    kind = dataset.file_meta.get("MediaStorageSOPClassUID") if hasattr(dataset, "file_meta") else ""
    if kind == "1.2.840.10008.1.3.10":  # an index of a disc names every patient; it is not needed
        return None
    try:
        known = bool(dataset.get("SOPClassUID"))
    except MALFORMED:
        known = False
    return dataset if known else UNREADABLE


def _bare(start: bytes) -> bool:
    """A dataset without preamble begins with group 0002 or 0008."""
    return start[:2] in (b"\x02\x00", b"\x08\x00") or start[:3] == b"\x00\x08\x00"


def item_of(source: Source, header: pydicom.Dataset) -> Item:
    """What must be known of a file before it is written."""

    def text(keyword: str) -> str:
        try:
            return str(header.get(keyword) or "").strip()
        except MALFORMED:
            return ""

    patient_id, name, birth = text("PatientID"), text("PatientName"), text("PatientBirthDate")
    number = text("InstanceNumber")
    return Item(
        source=source,
        patient=f"{patient_id}\0{text('IssuerOfPatientID')}" if patient_id else f"\0{name}\0{birth}",
        name=name,
        birth_date=birth,
        patient_id=patient_id,
        study_uid=text("StudyInstanceUID"),
        series_uid=text("SeriesInstanceUID"),
        sop_uid=text("SOPInstanceUID"),
        order=int(number) if number.lstrip("+-").isdigit() else 0,
        head=shows_head(header),
        part_known=body_part_known(header),
    )
