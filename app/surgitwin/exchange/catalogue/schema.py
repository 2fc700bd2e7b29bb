"""Tables of the catalogue and the steps from one version of them to the next."""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x54574E43
"""Mark in the file's header by which a catalogue is told from another SQLite file ("TWNC")."""

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE patients (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        patient_id TEXT NOT NULL,
        birth_date TEXT NOT NULL,
        sex TEXT NOT NULL
    );
    CREATE TABLE studies (
        id INTEGER PRIMARY KEY,
        patient INTEGER NOT NULL REFERENCES patients ON DELETE CASCADE,
        uid TEXT NOT NULL,
        date TEXT NOT NULL,
        description TEXT NOT NULL,
        UNIQUE (patient, uid)
    );
    CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        study INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
        uid TEXT NOT NULL UNIQUE,
        group_uid TEXT NOT NULL,
        modality TEXT NOT NULL,
        description TEXT NOT NULL,
        body_part TEXT NOT NULL,
        date TEXT NOT NULL,
        number INTEGER,
        slices INTEGER NOT NULL,
        size TEXT NOT NULL,
        status TEXT NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        copied INTEGER NOT NULL,
        added TEXT NOT NULL,
        missing INTEGER NOT NULL DEFAULT 0,
        words TEXT NOT NULL
    );
    CREATE INDEX series_study ON series (study);
    CREATE INDEX series_group ON series (group_uid);
    CREATE TABLE details (
        series INTEGER PRIMARY KEY REFERENCES series ON DELETE CASCADE,
        json TEXT NOT NULL
    );
    CREATE TABLE thumbnails (
        series INTEGER PRIMARY KEY REFERENCES series ON DELETE CASCADE,
        png BLOB NOT NULL
    );
    CREATE TABLE files (
        origin BLOB NOT NULL,
        member BLOB NOT NULL DEFAULT x'',
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        stored TEXT NOT NULL DEFAULT '',
        group_uid TEXT NOT NULL DEFAULT '',
        sop_uid TEXT NOT NULL DEFAULT '',
        kind TEXT NOT NULL,
        missing INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (origin, member)
    ) WITHOUT ROWID;
    CREATE INDEX files_group ON files (group_uid, sop_uid);
    CREATE INDEX files_stored ON files (stored) WHERE stored <> '';
    """,
    """
    ALTER TABLE series ADD COLUMN old INTEGER NOT NULL DEFAULT 0;
    UPDATE series SET old = 1;
    """,
)
"""Step n leads from version n to n + 1. Never change a step that was released: add one.

patients.key: hash of ID, name and birth date. series.group_uid: Series Instance UID, which several stacks
of one series share. series.words: what a search looks through. series.old: an earlier version wrote it, which
took patients with one ID for one person and kept plain hashes of IDs; it is judged again (`renewal`).
files.origin, files.member: bytes of the path as added, and of the place inside an archive. files.stored:
SHA-256 of the content in the store, empty for a link. files.kind: image, duplicate, archive (one that was
read to its end; member is empty), or why a file belongs to no series.
"""

VERSION = len(STEPS)


def version_of(db: sqlite3.Connection) -> int:
    """The version of the tables in the file; 0 for a new one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def upgrade(db: sqlite3.Connection) -> None:
    """Bring the tables to `VERSION`, in the transaction that the caller holds."""
    for n in range(version_of(db), VERSION):
        for statement in STEPS[n].split(";"):
            if statement.strip():
                db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {VERSION}")
