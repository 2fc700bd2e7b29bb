"""Forgetting: a series, a study or a patient leaves the catalogue, and its copies leave the store."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError
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
    "catalogue.unknown", StorageError.
    """
    with catalogue.writing() as db:
        groups = [
            r[0]
            for r in db.execute(
                "SELECT DISTINCT group_uid FROM series s JOIN studies t ON t.id = s.study "
                "JOIN patients p ON p.id = t.patient WHERE s.uid = ? OR s.group_uid = ? OR t.uid = ? "
                "OR (p.code = ? AND p.code <> '')",
                (uid,) * 4,
            )
        ]
        if not groups:
            raise InputError(
                "catalogue.unknown",
                f"The catalogue holds no series, study or patient {uid}.",
                hint="Give a UID or a patient code of `surgitwin catalogue list`.",
                where=uid,
            )
        count, links, stored = 0, 0, set()
        for group in groups:
            count += db.execute("DELETE FROM series WHERE group_uid = ?", (group,)).rowcount
            rows = db.execute("SELECT stored FROM files WHERE group_uid = ?", (group,)).fetchall()
            links += sum(not r[0] for r in rows)
            stored |= {r[0] for r in rows if r[0]}
            db.execute("DELETE FROM files WHERE group_uid = ?", (group,))
        drop_empty(db)
        kept = {d for d in stored if db.execute("SELECT 1 FROM files WHERE stored = ?", (d,)).fetchone()}
        copies = _unlink(catalogue, [stored_path(catalogue.store, d) for d in stored - kept])
    catalogue.purge()
    return Removed(count, copies, links)


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
