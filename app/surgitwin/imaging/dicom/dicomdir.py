"""DICOMDIR, the index of a disc (PS3.3 F, PS3.10 8): which files it lists, which are there, which are not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pydicom
from pydicom.dataset import Dataset

from surgitwin.imaging.dicom.header import DICOMDIR_CLASS
from surgitwin.imaging.dicom.header_values import MALFORMED
from surgitwin.imaging.dicom.source import Source

LARGEST_BYTES = 256 * 2**20
"""Numerical setting: an index of a million files has about so many bytes; a larger one is not read."""


@dataclass(frozen=True)
class Listed:
    """One file of an index. parts: its path below the folder of the index. series_uid, sop_uid: "" when not
    said.
    """

    parts: tuple[str, ...]
    series_uid: str
    sop_uid: str

    @property
    def name(self) -> str:
        """The path in one word."""
        return "/".join(self.parts)

    @property
    def leads_outside(self) -> bool:
        """Whether the path leaves the folder, or tries to."""
        return any(p in ("", ".", "..") or "/" in p or "\\" in p or ":" in p for p in self.parts)


def read_index(source: Source) -> tuple[Listed, ...] | None:
    """The files that a DICOMDIR lists, each once; None when it cannot be read or is none."""
    if not 0 < source.size <= LARGEST_BYTES:
        return None
    try:
        with warnings.catch_warnings(), source.open() as stream:
            warnings.simplefilter("ignore")  # only names are taken from it
            dataset = pydicom.dcmread(stream, force=True)
            if dataset.file_meta.get("MediaStorageSOPClassUID") != DICOMDIR_CLASS:
                return None
            records = list(dataset.get("DirectoryRecordSequence") or ())
            return tuple(dict.fromkeys(_listed(records)))
    except MALFORMED:
        return None


def _listed(records: Sequence[Dataset]) -> Iterator[Listed]:
    owners = _owners(records)
    last = ""
    for record in records:
        if str(record.get("DirectoryRecordType", "")) == "SERIES":
            last = str(record.get("SeriesInstanceUID", ""))
        named = record.get("ReferencedFileID")
        if not named:
            continue
        parts = (str(named),) if isinstance(named, str) else tuple(str(part) for part in named)
        series = owners.get(id(record), last)
        yield Listed(parts, series, str(record.get("ReferencedSOPInstanceUIDInFile", "")))


def _owners(records: Sequence[Dataset]) -> dict[int, str]:
    """Series UID by id of each record below a series, followed by the offsets of the index."""
    at = {int(r.seq_item_tell): r for r in records if r.seq_item_tell is not None}
    out: dict[int, str] = {}
    for record in records:
        if str(record.get("DirectoryRecordType", "")) != "SERIES":
            continue
        offset = int(record.get("OffsetOfReferencedLowerLevelDirectoryEntity") or 0)
        while offset in at and id(at[offset]) not in out:
            below = at[offset]
            out[id(below)] = str(record.get("SeriesInstanceUID", ""))
            offset = int(below.get("OffsetOfTheNextDirectoryRecord") or 0)
    return out


def is_index(source: Source) -> bool:
    """Whether the file is called DICOMDIR, as the standard asks."""
    return source.name.replace("\\", "/").rpartition("/")[2].rpartition("!")[2].upper() == "DICOMDIR"


def places(index: Source, sources: Sequence[Source]) -> dict[str, Source]:
    """Files in and below the folder of an index by their path from there, as discs spell it: upper case,
    without
    version (";1") and closing dot."""
    folder = _folder(index)
    inside = [
        s for s in sources if (s.path == index.path) == bool(index.member) and _folder(s).startswith(folder)
    ]
    return {_spelled(s.name.replace("\\", "/")[len(folder) :].lstrip("/!")): s for s in inside}


def _folder(source: Source) -> str:
    name = source.name.replace("\\", "/")
    return name[: max(name.rfind("/"), name.rfind("!")) + 1]


def _spelled(name: str) -> str:
    return name.upper().partition(";")[0].rstrip(".")


def found_in(listed: Listed, there: Mapping[str, Source]) -> Source | None:
    """The listed file among those that are there; None when it is missing or leads outside."""
    return None if listed.leads_outside else there.get(_spelled(listed.name))
