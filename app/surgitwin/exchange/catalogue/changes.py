"""What is new, changed or missing below some folders since the catalogue saw them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from surgitwin.exchange.catalogue.records import count_missing
from surgitwin.exchange.catalogue.walk import Entry

Key = tuple[bytes, bytes]


@dataclass(frozen=True)
class Changes:
    """new, changed: to be read. missing: keys of files that are gone. back: keys of files that were missing
    and are there again as they were. unchanged: how many need not be read."""

    new: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    missing: tuple[Key, ...]
    back: tuple[Key, ...]
    unchanged: int


def changes(
    db: sqlite3.Connection, roots: Sequence[Path], entries: Iterable[Entry], *, copied: bool = False
) -> Changes:
    """Compare a listing with the table by path, size and time.

    copied: a file that is only linked so far counts as changed, so that it gets copied.
    """
    known = {(row[0], row[1]): row[2:] for root in roots for row in _known(db, root)}
    new: list[Entry] = []
    changed: list[Entry] = []
    back: list[Key] = []
    unchanged = 0
    for entry in entries:
        row = known.pop(entry.key, None)
        if row is None:
            new.append(entry)
            continue
        size, mtime_ns, missing, stored, kind = row
        same = size == entry.size and mtime_ns == entry.mtime_ns
        if not same or (copied and kind == "image" and not stored):
            changed.append(entry)
            continue
        unchanged += 1
        if missing:
            back.append(entry.key)
    named = {os.fsencode(root) for root in roots}
    gone = tuple(
        key
        for key, (_, _, missing, stored, _) in known.items()
        if not missing and not stored and bool(key[1]) == (key[0] in named)
    )
    return Changes(tuple(new), tuple(changed), gone, tuple(back), unchanged)


def _known(db: sqlite3.Connection, root: Path) -> list[tuple[bytes, bytes, int, int, int, str, str]]:
    """Files in the table that were added from `root` or below it."""
    whole = os.fsencode(root)
    low, high = below(root)
    return db.execute(
        "SELECT origin, member, size, mtime_ns, missing, stored, kind FROM files "
        "WHERE origin = ? OR (origin >= ? AND origin < ?)",
        (whole, low, high),
    ).fetchall()


def below(root: Path) -> tuple[bytes, bytes]:
    """The range of stored paths below a folder: from `folder/` up to, not including, what comes next."""
    separator = os.fsencode(os.sep)
    low = os.fsencode(root).rstrip(separator) + separator
    return low, low[:-1] + bytes([low[-1] + 1])


def mark(db: sqlite3.Connection, found: Changes) -> None:
    """Note which files are gone and which are back, and how many each series lacks."""
    touched: set[str] = set()
    for keys, missing in ((found.missing, 1), (found.back, 0)):
        for key in keys:
            row = db.execute("SELECT group_uid FROM files WHERE origin = ? AND member = ?", key).fetchone()
            if row is None:
                continue
            if row[0]:
                touched.add(row[0])
                db.execute("UPDATE files SET missing = ? WHERE origin = ? AND member = ?", (missing, *key))
            elif missing:  # no image: nothing is lost
                db.execute("DELETE FROM files WHERE origin = ? AND member = ?", key)
    count_missing(db, touched)
