"""Forgetting: a series, a study or a patient leaves the catalogue, and its copies leave the store."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError, UsageError
from surgitwin.exchange.catalogue.changes import below
from surgitwin.exchange.catalogue.database import Catalogue
from surgitwin.exchange.catalogue.records import drop_empty
from surgitwin.exchange.catalogue.store import stored_path, stray

STRAY_AGE_S = 24 * 3600
"""A file of the store that belongs to nothing is removed when it is older: a newer one may be an import
under way in another process (numerical setting)."""

KEPT = "kept-"
"""Beginning of folders of the workplace that hold the only copy of something: never removed by us."""


@dataclass(frozen=True)
class Removed:
    """series: how many. copies: files removed from the store. links: linked files, which stay on the disk."""

    series: int
    copies: int
    links: int

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {"series": self.series, "copies_deleted": self.copies, "linked_files_kept": self.links}


def forget(catalogue: Catalogue, uid: str) -> Removed:
    """Remove a series (its UID), a study (its UID) or a patient (code): rows, pictures and copies.

    Linked files stay where they are. The freed parts of the file are overwritten. Raises InputError
    "catalogue.unknown", UsageError "catalogue.several_patients" (one ID, several names), StorageError.
    """
    with catalogue.writing() as db:
        groups = _groups(
            db, "s.uid = ?1 OR s.group_uid = ?1 OR t.uid = ?1 OR (p.code = ?1 AND p.code <> '')", uid
        )
        count = db.execute("SELECT count(*) FROM patients WHERE code = ? AND code <> ''", (uid,)).fetchone()[
            0
        ]
        if count > 1:
            raise UsageError(
                "catalogue.several_patients",
                f"{count} patients with different names or birth dates have the ID behind {uid}.",
                hint="Forget them study by study, or choose the patient in the Studies window.",
                where=uid,
            )
        out = _forgotten(catalogue, db, groups, uid)
    catalogue.purge()
    return out


def forget_patient(catalogue: Catalogue, patient: int) -> Removed:
    """Remove all of one patient, given by `Listed.patient`, also one without an ID. Otherwise as `forget`."""
    with catalogue.writing() as db:
        out = _forgotten(catalogue, db, _groups(db, "p.id = ?1", patient), f"number {patient}")
    catalogue.purge()
    return out


def _groups(db: sqlite3.Connection, condition: str, value: str | int) -> list[str]:
    """Series Instance UIDs by a condition on series s, studies t and patients p."""
    rows = db.execute(
        "SELECT DISTINCT group_uid FROM series s JOIN studies t ON t.id = s.study "
        f"JOIN patients p ON p.id = t.patient WHERE {condition}",
        (value,),
    )
    return [str(r[0]) for r in rows]


def _forgotten(catalogue: Catalogue, db: sqlite3.Connection, groups: Sequence[str], what: str) -> Removed:
    if not groups:
        raise InputError(
            "catalogue.unknown",
            f"The catalogue holds no series, study or patient {what}.",
            hint="Give a UID or a patient code of `surgitwin catalogue list`.",
            where=what,
        )
    count, links, stored, origins = 0, 0, set(), set()
    for group in groups:
        count += db.execute("DELETE FROM series WHERE group_uid = ?", (group,)).rowcount
        rows = db.execute("SELECT stored, origin FROM files WHERE group_uid = ?", (group,)).fetchall()
        links += sum(not r[0] for r in rows)
        stored |= {r[0] for r in rows if r[0]}
        origins |= {r[1] for r in rows}
        db.execute("DELETE FROM files WHERE group_uid = ?", (group,))
    _forget_places(db, origins)
    drop_empty(db)
    kept = {d for d in stored if db.execute("SELECT 1 FROM files WHERE stored = ?", (d,)).fetchone()}
    copies = _unlink(catalogue, [stored_path(catalogue.store, d) for d in stored - kept])
    return Removed(count, copies, links)


def _forget_places(db: sqlite3.Connection, origins: set[bytes]) -> None:
    """Forget the paths of what lay beside the images (notes, DICOMDIR): folders often have patients' names.

    In every folder above `origins` that holds no image any more. Such files are read again with the next
    adding, and so is an archive that a series was forgotten of.
    """
    db.executemany("DELETE FROM files WHERE origin = ? AND group_uid = ''", [(o,) for o in origins])
    waiting = {Path(os.fsdecode(o)).parent for o in origins}
    while waiting:
        folder = waiting.pop()
        within = "origin >= ? AND origin < ?"
        if db.execute(f"SELECT 1 FROM files WHERE {within} AND group_uid <> ''", below(folder)).fetchone():
            continue
        db.execute(f"DELETE FROM files WHERE {within}", below(folder))
        if folder.parent != folder:
            waiting.add(folder.parent)


def tidy(catalogue: Catalogue) -> int:
    """Remove what killed imports left in the store and the workplace; how many files."""
    before = time.time() - STRAY_AGE_S
    with catalogue.writing() as db:
        wanted = {r[0] for r in db.execute("SELECT stored FROM files WHERE stored <> ''")}
        count = _unlink(catalogue, [f for f in stray(catalogue.store, wanted) if f.stat().st_mtime < before])
    if catalogue.workplace.is_dir():
        for left in catalogue.workplace.iterdir():
            if left.stat().st_mtime < before and not left.name.startswith(KEPT):
                shutil.rmtree(left, ignore_errors=True)
                count += 1
    return count


def _unlink(catalogue: Catalogue, files: Sequence[Path]) -> int:
    count = 0
    for file in files:
        if file.is_relative_to(catalogue.store) and file.is_file():
            file.unlink()
            count += 1
    return count
