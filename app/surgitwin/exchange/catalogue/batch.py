"""One batch of files: read headers, join them with what is known of the same series, keep the result."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.catalogue import records
from surgitwin.exchange.catalogue.database import Catalogue
from surgitwin.exchange.catalogue.reading import picture, scanned, sop_uid
from surgitwin.exchange.catalogue.records import FileRow
from surgitwin.exchange.catalogue.store import put, readable_path, stored_path
from surgitwin.exchange.catalogue.walk import Entry
from surgitwin.imaging import Series


@dataclass(frozen=True)
class Batch:
    """entries: files to read. copy: into the store. take: they are ours and may be moved there."""

    entries: tuple[Entry, ...]
    copy: bool
    take: bool


@dataclass
class Outcome:
    """What became of a batch."""

    series: list[str] = field(default_factory=list)
    duplicates: int = 0
    not_images: int = 0
    archives: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Group:
    """All that is known of one Series Instance UID. files: what lies where, `read_from` (readable) -> row."""

    uid: str
    series: tuple[Series, ...]
    files: dict[str, FileRow]


def take_batch(catalogue: Catalogue, batch: Batch, progress: Progress = SILENT) -> Outcome:
    """Read a batch and keep what it holds, in one transaction. Raises StorageError, Cancelled."""
    outcome = Outcome()
    by_path = {e.read_from: e for e in batch.entries}
    readable = [e for e in batch.entries if not _left_aside(e)]
    outcome.archives = [e.origin for e in batch.entries if e.read_from.lower().endswith(".zip")]
    found, reasons = scanned([Path(e.read_from) for e in readable], progress.part(0.0, 0.7))
    rows: list[FileRow] = []
    groups: list[_Group] = []
    for uid, series in _by_group(found).items():
        progress("Comparing with the catalogue", 0.7)
        names = dict.fromkeys(name for one in series for name in one.files)
        own = {path: _row(by_path[path], uid, "image") for path in names}
        group, repeated = _joined(catalogue, uid, series, own)
        rows += repeated
        outcome.duplicates += len(repeated)
        if group is not None:
            groups.append(group)
    groups += _left_behind(catalogue, batch, {g.uid for g in groups})
    placed = {(r.origin, r.member) for g in groups for r in g.files.values()}
    placed |= {(r.origin, r.member) for r in rows}
    others = [e for e in batch.entries if e.key not in placed]
    rows += [_row(e, "", reasons.get(e.read_from, "no_image")) for e in others]
    outcome.not_images = len(others)
    _keep(catalogue, batch, groups, rows, progress.part(0.7, 1.0))
    outcome.series = [s.uid for g in groups for s in g.series]
    return outcome


def _left_behind(catalogue: Catalogue, batch: Batch, found: set[str]) -> list[_Group]:
    """Series that files of this batch belonged to before they were changed, judged from what is left."""
    keys = {e.key for e in batch.entries}
    with catalogue.reading() as db:
        old = records.groups_of(db, keys) - found
        left = {
            uid: [r for r in records.files_of(db, uid) if (r.origin, r.member) not in keys] for uid in old
        }
    out = []
    for uid, rows in left.items():
        files = {
            str(p): r for r in rows if r.kind == "image" and (p := readable_path(catalogue, r)).is_file()
        }
        series, _ = scanned([Path(p) for p in files], SILENT)
        out.append(_Group(uid, tuple(_by_group(series).get(uid, ())), files))
    return out


def _left_aside(entry: Entry) -> bool:
    """An archive (added by name only) or a DICOMDIR (its files are listed anyway)."""
    name = Path(entry.read_from).name
    return name.upper() == "DICOMDIR" or name.lower().endswith(".zip")


def _by_group(series: Iterable[Series]) -> dict[str, list[Series]]:
    out: dict[str, list[Series]] = {}
    for one in series:
        out.setdefault(one.uid.partition("#")[0], []).append(one)
    return out


def _row(entry: Entry, group: str, kind: str, stored: str = "") -> FileRow:
    sop = sop_uid(Path(entry.read_from)) if kind == "image" else ""
    origin, member = entry.key
    return FileRow(origin, member, entry.size, entry.mtime_ns, stored, group, sop, kind)


def _joined(
    catalogue: Catalogue, uid: str, series: Sequence[Series], own: dict[str, FileRow]
) -> tuple[_Group | None, list[FileRow]]:
    """The series with its files that were known before; second copies of instances are told apart.

    Returns None for the group when all files are second copies.
    """
    with catalogue.reading() as db:
        known = records.files_of(db, uid)
    mine = {(r.origin, r.member) for r in own.values()}
    before = _readable(catalogue, [r for r in known if (r.origin, r.member) not in mine])
    if not before:
        return _Group(uid, tuple(series), own), []
    held = {row.sop_uid for row in before.values() if row.sop_uid}
    repeated = [r._replace(kind="duplicate") for r in own.values() if r.sop_uid in held]
    fresh = {path: r for path, r in own.items() if r.sop_uid not in held}
    if not fresh:
        return None, repeated
    union = {**before, **fresh}
    again, _ = scanned([Path(p) for p in union], SILENT)
    return _Group(uid, tuple(_by_group(again).get(uid, series)), union), repeated


def _readable(catalogue: Catalogue, rows: Iterable[FileRow]) -> dict[str, FileRow]:
    """The images among the files that are there now, by path."""
    at = {readable_path(catalogue, r): r for r in rows if r.kind == "image"}
    return {str(path): row for path, row in at.items() if path.is_file()}


def _keep(
    catalogue: Catalogue, batch: Batch, groups: Sequence[_Group], rows: Sequence[FileRow], progress: Progress
) -> None:
    """Pictures and copies first, which take time; then one short transaction."""
    pictures = {}
    for n, group in enumerate(groups):
        progress("Drawing the series", 0.3 * n / len(groups))
        for one in group.series:
            pictures[one.uid] = picture(one)
    kept = [_stored(catalogue, group, batch, progress) for group in groups] if batch.copy else list(groups)
    with catalogue.writing() as db:
        for group in kept:
            copied = all(r.stored for r in group.files.values())
            records.put_group(db, group.uid, group.series, list(group.files.values()), pictures, copied)
        records.put_files(db, [r for r in rows if not _passes(catalogue, r)])
        records.drop_empty(db)
        lost = [r for g in kept for r in g.files.values() if r.stored and not _is_there(catalogue, r)]
        if lost:  # another process has forgotten the same content meanwhile
            raise InputError(
                "catalogue.forgotten_meanwhile",
                f"{len(lost)} files were removed by another program while they were added to the catalogue.",
                hint="Add the folder again.",
                where=str(catalogue.folder),
            )


def _passes(catalogue: Catalogue, row: FileRow) -> bool:
    """Whether the place is one of the workplace, which is removed: nothing to know again."""
    return row.origin.startswith(os.fsencode(catalogue.workplace))


def _is_there(catalogue: Catalogue, row: FileRow) -> bool:
    return stored_path(catalogue.store, row.stored).is_file()


def _stored(catalogue: Catalogue, group: _Group, batch: Batch, progress: Progress) -> _Group:
    """The group with every file copied into the store."""
    files: dict[str, FileRow] = {}
    ours = {e.read_from for e in batch.entries} if batch.take else set()
    for n, (path, row) in enumerate(group.files.items()):
        progress("Copying", 0.3 + 0.7 * n / len(group.files))
        digest = row.stored or put(catalogue.store, Path(path), take=path in ours)
        files[str(stored_path(catalogue.store, digest))] = row._replace(stored=digest)
    return _Group(group.uid, group.series, files)
