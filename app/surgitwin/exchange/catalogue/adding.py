"""Add folders to the catalogue: read what is new, in batches that are kept one by one."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.catalogue.batch import Batch, take_batch
from surgitwin.exchange.catalogue.changes import changes, mark
from surgitwin.exchange.catalogue.database import Catalogue
from surgitwin.exchange.catalogue.records import FileRow, put_files
from surgitwin.exchange.catalogue.renewal import renew
from surgitwin.exchange.catalogue.walk import Entry, files_below, roots_of
from surgitwin.imaging.dicom.archive import is_archive, unpack

log = logging.getLogger(__name__)

Mode = Literal["link", "copy"]

BATCH_FILES = 1000
"""Files that are read before what they hold is kept (numerical setting: some seconds of reading)."""

ARCHIVE = "archive"
"""Kind of the row that is written for an archive once all of it was read."""


@dataclass
class Added:
    """What adding found. series: UIDs that are new or were read again. files: counts by what became of them
    (new, changed, unchanged, missing, back, duplicate, not_image). archives: left aside inside folders."""

    series: list[str] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    archives: list[str] = field(default_factory=list)

    def count(self, what: str, number: int) -> None:
        """Add to a count."""
        self.files[what] = self.files.get(what, 0) + number

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {"series": self.series, "files": self.files, "archives": self.archives}

    @property
    def words(self) -> str:
        """In one or two sentences."""
        f = self.files
        read = f.get("new", 0) + f.get("changed", 0)
        said = [f"{len(self.series)} series taken up"] if self.series else ["Nothing new"]
        said.append(f"{read} files read, {f.get('unchanged', 0)} unchanged")
        said += [f"{f[k]} {w}" for k, w in WORDS.items() if f.get(k)]
        out = "; ".join(said) + "."
        if self.archives:
            out += f" {len(self.archives)} zip archives inside were left aside: add them by name."
        return out


WORDS = {
    "changed": "changed", "missing": "missing", "back": "there again", "duplicate": "already known elsewhere",
    "not_image": "no images",
}  # fmt: skip


def add(
    catalogue: Catalogue,
    paths: Sequence[Path],
    mode: Mode = "link",
    progress: Progress = SILENT,
    *,
    take: bool = False,
) -> Added:
    """Add the series below folders, files and zip archives; read again only what changed since.

    mode: "link" leaves the files where they are, "copy" puts them into the catalogue's store. Archives are
    unpacked and copied whatever the mode. What an earlier version wrote is judged again first. take: the
    files are ours and may be moved into the store. What was read before a cancel or a kill is kept, and a
    next call goes on from there. Raises InputError ("catalogue.path_missing", "catalogue.path_unreadable",
    "catalogue.no_images", those of `unpack`), StorageError, Cancelled.
    """
    roots = roots_of(paths)
    done = Added()
    renew(catalogue, progress)
    places = [r for r in roots if not _is_zip(r)]
    if places:
        _add_places(catalogue, places, files_below(places, progress), mode, progress, done, take)
    for archive in (r for r in roots if _is_zip(r)):
        _add_archive(catalogue, archive, progress, done)
    _tell_nothing(catalogue, roots, done)
    progress("Done", 1.0)
    return done


def _is_zip(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".zip" and is_archive(path)


def _add_places(
    catalogue: Catalogue, roots: Sequence[Path], entries: list[Entry], mode: Mode, progress: Progress,
    done: Added, take: bool = False,
) -> None:  # fmt: skip
    with catalogue.reading() as db:
        found = changes(db, roots, entries, copied=mode == "copy")
    if found.missing or found.back:
        with catalogue.writing() as db:
            mark(db, found)
    for what in ("new", "changed", "missing", "back"):
        done.count(what, len(getattr(found, what)))
    done.count("unchanged", found.unchanged)
    wanted = [*found.new, *found.changed]
    read = 0
    for batch in _batches(wanted):
        part = progress.part(read / len(wanted), (read + len(batch)) / len(wanted))
        outcome = take_batch(catalogue, Batch(tuple(batch), mode == "copy", take), part)
        done.series += [uid for uid in outcome.series if uid not in done.series]
        done.count("duplicate", outcome.duplicates)
        done.count("not_image", outcome.not_images)
        done.archives += outcome.archives
        read += len(batch)


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Whole folders, so that a damaged file is judged beside its slices."""
    folders: dict[str, list[Entry]] = {}
    for entry in entries:
        folders.setdefault(entry.folder, []).append(entry)
    batch: list[Entry] = []
    for files in folders.values():
        batch += files
        if len(batch) >= BATCH_FILES:
            yield batch
            batch = []
    if batch:
        yield batch


def _add_archive(catalogue: Catalogue, archive: Path, progress: Progress, done: Added) -> None:
    """Unpack, copy into the store, remove what was unpacked."""
    stat = archive.stat()
    with catalogue.reading() as db:
        whole, count = _read_before(db, archive, stat)
    if whole:
        done.count("unchanged", count)
        return
    catalogue.workplace.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = Path(tempfile.mkdtemp(prefix="zip-", dir=catalogue.workplace))
    try:
        unpack(archive, place, progress.part(0.0, 0.3))
        entries = [
            Entry(
                str(archive),
                Path(e.origin).relative_to(place).as_posix(),
                stat.st_size,
                stat.st_mtime_ns,
                e.origin,
            )
            for e in files_below([place])
        ]
        _add_places(catalogue, [archive], entries, "copy", progress.part(0.3, 1.0), done, take=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    key = (os.fsencode(archive), b"")
    with catalogue.writing() as db:
        put_files(db, [FileRow(*key, stat.st_size, stat.st_mtime_ns, "", "", "", ARCHIVE)])


def _read_before(db: sqlite3.Connection, archive: Path, stat: os.stat_result) -> tuple[bool, int]:
    """Whether the archive was read to its end and is as it was then, and how many files came of it."""
    rows = db.execute(
        "SELECT size, mtime_ns, kind FROM files WHERE origin = ?", (os.fsencode(archive),)
    ).fetchall()
    whole = (stat.st_size, stat.st_mtime_ns, ARCHIVE) in rows
    return whole, len(rows) - 1


def _tell_nothing(catalogue: Catalogue, roots: Sequence[Path], done: Added) -> None:
    """InputError "catalogue.no_images" when the places hold no series at all, now or before."""
    if done.series or done.files.get("duplicate") or done.files.get("unchanged"):
        return
    where = ", ".join(str(r) for r in roots)
    count = sum(done.files.get(k, 0) for k in ("new", "changed"))
    fact = f"{where} holds no DICOM image ({count} files read)."
    if done.archives:
        raise InputError(
            "catalogue.no_images",
            f"{fact} {len(done.archives)} zip archives inside were left aside.",
            hint=f"Add them by name, for example {done.archives[0]}.",
            where=where,
        )
    raise InputError(
        "catalogue.no_images",
        fact,
        hint="Name the folder or the zip archive with the scanner's own DICOM files.",
        where=where,
    )
