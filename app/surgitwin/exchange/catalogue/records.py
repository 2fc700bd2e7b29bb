"""Rows of the catalogue: how a series and its files are written, and which words a search sees."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from surgitwin.imaging import Series
from surgitwin.imaging.dicom.series import Identity

COLUMNS = "origin, member, size, mtime_ns, stored, group_uid, sop_uid, kind"


class FileRow(NamedTuple):
    """One file. origin, member: bytes of the path as added and of the place in an archive. size, mtime_ns:
    of the file as added. stored: SHA-256 in the store, "" for a link. kind: image, duplicate or a reason."""

    origin: bytes
    member: bytes
    size: int
    mtime_ns: int
    stored: str
    group_uid: str
    sop_uid: str
    kind: str


def files_of(db: sqlite3.Connection, group_uid: str) -> list[FileRow]:
    """Every file of a Series Instance UID, second copies included."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM files WHERE group_uid = ? ORDER BY origin, member", (group_uid,)
    )
    return [FileRow(*row) for row in rows]


def groups_of(db: sqlite3.Connection, keys: Iterable[tuple[bytes, bytes]]) -> set[str]:
    """The Series Instance UIDs that these files belong to now."""
    one = "SELECT group_uid FROM files WHERE origin = ? AND member = ?"
    found = (db.execute(one, key).fetchone() for key in keys)
    return {row[0] for row in found if row is not None and row[0]}


def put_files(db: sqlite3.Connection, rows: Iterable[FileRow]) -> None:
    """Write rows; one for the same place is replaced."""
    marks = ", ".join("?" * len(FileRow._fields))
    db.executemany(f"INSERT OR REPLACE INTO files ({COLUMNS}) VALUES ({marks})", rows)


def put_group(
    db: sqlite3.Connection,
    group_uid: str,
    series: Sequence[Series],
    files: Sequence[FileRow],
    pictures: Mapping[str, bytes | None],
    copied: bool,
) -> None:
    """Write all series of one Series Instance UID and their files; what was there of them is replaced.

    Files that are missing stay known, unless the same instance is there from another place now. No series:
    nothing of it can be read now; it stays listed while files of it are known.
    """
    for instance in {f.sop_uid for f in files if f.sop_uid}:
        db.execute(
            "DELETE FROM files WHERE group_uid = ? AND sop_uid = ? AND kind = 'image'", (group_uid, instance)
        )
    put_files(db, files)
    if not series:
        db.execute(
            "DELETE FROM series WHERE group_uid = ?1 AND NOT EXISTS "
            "(SELECT 1 FROM files WHERE group_uid = ?1 AND kind = 'image')",
            (group_uid,),
        )
    else:
        marks = ", ".join("?" * len(series))
        db.execute(
            f"DELETE FROM series WHERE group_uid = ? AND uid NOT IN ({marks})",
            (group_uid, *(s.uid for s in series)),
        )
    for one in series:
        _put_series(db, group_uid, one, pictures.get(one.uid), copied)
    count_missing(db, [group_uid])


def count_missing(db: sqlite3.Connection, groups: Iterable[str]) -> None:
    """Set `series.missing` from the files: linked ones that are gone."""
    db.executemany(
        "UPDATE series SET missing = (SELECT count(*) FROM files WHERE files.group_uid = series.group_uid "
        "AND kind = 'image' AND missing AND stored = '') WHERE group_uid = ?",
        [(g,) for g in groups],
    )


def drop_empty(db: sqlite3.Connection) -> None:
    """Remove studies and patients that hold nothing any more."""
    db.execute("DELETE FROM studies WHERE NOT EXISTS (SELECT 1 FROM series WHERE study = studies.id)")
    db.execute("DELETE FROM patients WHERE NOT EXISTS (SELECT 1 FROM studies WHERE patient = patients.id)")


def _put_series(
    db: sqlite3.Connection, group_uid: str, series: Series, picture: bytes | None, copied: bool
) -> None:
    study = _study(db, series)
    grid = series.grid
    size = "" if grid is None else " x ".join(map(str, grid.shape))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = (
        study, series.uid, group_uid, series.modality, series.description, series.body_part,
        series.date, series.number, len(series.slices), size, series.status, series.code, series.message,
        int(copied), now, searched(series),
    )  # fmt: skip
    db.execute(
        "INSERT INTO series (study, uid, group_uid, modality, description, body_part, date, number, slices, "
        "size, status, code, reason, copied, added, words) VALUES (" + ", ".join("?" * len(row)) + ") "
        "ON CONFLICT (uid) DO UPDATE SET study = excluded.study, group_uid = excluded.group_uid, "
        "modality = excluded.modality, description = excluded.description, body_part = excluded.body_part, "
        "date = excluded.date, number = excluded.number, slices = excluded.slices, size = excluded.size, "
        "status = excluded.status, code = excluded.code, reason = excluded.reason, copied = excluded.copied, "
        "words = excluded.words, old = 0",
        row,
    )
    key = db.execute("SELECT id FROM series WHERE uid = ?", (series.uid,)).fetchone()[0]
    details = {k: v for k, v in series.as_dict().items() if k not in ("files", "problems")}
    db.execute("INSERT OR REPLACE INTO details VALUES (?, ?)", (key, json.dumps(details)))
    if picture is None:
        db.execute("DELETE FROM thumbnails WHERE series = ?", (key,))
    else:
        db.execute("INSERT OR REPLACE INTO thumbnails VALUES (?, ?)", (key, picture))


def _study(db: sqlite3.Connection, series: Series) -> int:
    """Row of the study, made with its patient when it is not there."""
    who = series.identity
    code = series.patient_code
    key = _patient_key(who)
    db.execute(
        "INSERT INTO patients (key, code, name, patient_id, birth_date, sex) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET code = excluded.code, name = excluded.name, sex = excluded.sex",
        (key, code, who.name, who.patient_id, who.birth_date, series.sex),
    )
    patient = db.execute("SELECT id FROM patients WHERE key = ?", (key,)).fetchone()[0]
    uid = series.study_uid
    date = series.study_date or series.date
    db.execute(
        "INSERT INTO studies (patient, uid, date, description) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (patient, uid) DO UPDATE SET date = excluded.date, description = excluded.description",
        (patient, uid, date, series.study_description),
    )
    return int(
        db.execute("SELECT id FROM studies WHERE patient = ? AND uid = ?", (patient, uid)).fetchone()[0]
    )


def _patient_key(who: Identity) -> str:
    """One patient: ID, name (as `fold` has it) and birth date. An ID alone is unique in one hospital only,
    and research data give the same to many."""
    name = " ".join(fold(who.name).replace(",", " ").split())
    told = "\n".join((who.patient_id, name, who.birth_date))
    return "K-" + hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]


def searched(series: Series) -> str:
    """What a search looks through, folded."""
    who = series.identity
    parts = (
        who.name, who.patient_id, series.patient_code, series.modality, series.description,
        series.study_description, series.body_part, series.date, series.study_date, series.uid,
        series.study_uid,
    )  # fmt: skip
    return fold(" ".join(parts))


def fold(words: str) -> str:
    """Lower case without accents, so that "muller" finds "Müller"; "^" and "_" part words."""
    plain = unicodedata.normalize("NFKD", words.replace("^", " ").replace("_", " "))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
