"""Which files a scan reads: all below the paths, or those that a DICOMDIR lists, and what the indices
miss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.dicom import dicomdir
from surgitwin.imaging.dicom.series import Problem
from surgitwin.imaging.dicom.source import Source, find_sources, is_directory_file

REPORT_EVERY = 64
"""Files between two progress events (about 20 ms)."""

NAMED = 5
"""So many files are named in a sentence."""


@dataclass
class Listing:
    """sources: the files to read. unlisted: files beside a DICOMDIR that it does not list (when it was chosen
    itself). missing: listed files that are not there. outside: listed paths that lead out of the folder."""

    sources: list[Source] = field(default_factory=list)
    unlisted: list[Source] = field(default_factory=list)
    missing: list[dicomdir.Listed] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def without(self, sop_uids: set[str]) -> list[dicomdir.Listed]:
        """The missing files whose images were not met under another name."""
        return [m for m in self.missing if not m.sop_uid or m.sop_uid not in sop_uids]


def list_files(roots: Sequence[Path], progress: Progress = SILENT) -> Listing:
    """Every file once. A path to a DICOMDIR means the files that it lists; where none of them is there, or it
    cannot be read, all files of its folder. A DICOMDIR inside a folder or archive only tells what is missing.

    A cancel point every few files. Raises InputError ("dicom.path_missing", "dicom.path_unreadable").
    """
    out = Listing()
    found: dict[Source, None] = {}
    for root in roots:
        files: dict[Source, None] = {}
        for source in find_sources(root):
            if len(files) % REPORT_EVERY == 0:
                progress(f"Looking for files ({len(found) + len(files)} found)", None)
            files[source] = None
        found.update(dict.fromkeys(_chosen(root, list(files), out)))
    out.sources = list(found)
    return out


def _chosen(root: Path, files: list[Source], out: Listing) -> list[Source]:
    """The files of one root, with what its indices say put down in `out`."""
    kept = files
    chosen_index = root.is_file() and is_directory_file(root)
    for index in [s for s in files if dicomdir.is_index(s) or (chosen_index and s.path == root)]:
        listed = dicomdir.read_index(index)
        if not listed:
            continue
        there = dicomdir.places(index, files)
        out.outside += [one.name for one in listed if one.leads_outside]
        inside = [one for one in listed if not one.leads_outside]
        out.missing += [one for one in inside if dicomdir.found_in(one, there) is None]
        present = [s for one in inside if (s := dicomdir.found_in(one, there)) is not None]
        if present and index.path == root:
            kept = list(dict.fromkeys([index, *present]))
            chosen = set(kept)
            out.unlisted += [s for s in files if s not in chosen]
    return kept


def missing_files(uid: str, missing: Iterable[dicomdir.Listed]) -> list[Problem]:
    """The problem of a series some of whose listed files are not there."""
    names = tuple(m.name for m in missing if m.series_uid == uid)
    if not names:
        return []
    return [
        Problem(
            "dicom.missing_files",
            f"The DICOMDIR lists {len(names)} files of this series that are not there.",
            "Copy the disc again, or use the part that is there if it holds what you need.",
            names,
        )
    ]


def notes(listing: Listing, missing: Sequence[dicomdir.Listed], seen: Iterable[str]) -> tuple[str, ...]:
    """What the indices say beside the series that were found (`seen`, their UIDs), in sentences."""
    known = set(seen)
    lost = [m for m in missing if m.series_uid not in known]
    out = []
    if lost:
        count = len({m.series_uid for m in lost})
        out.append(
            f"The DICOMDIR lists {count} series with {len(lost)} files that are not there: "
            f"{_names([m.name for m in lost])}."
        )
    if listing.outside:
        out.append(
            f"The DICOMDIR lists {len(listing.outside)} paths outside its folder, which are not followed: "
            f"{_names(listing.outside)}."
        )
    if listing.unlisted:
        out.append(
            f"{len(listing.unlisted)} files beside the DICOMDIR are not listed in it and were left out; "
            "choose the folder to read them too."
        )
    return tuple(out)


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
