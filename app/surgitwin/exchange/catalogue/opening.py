"""From a row of the catalogue back to the files: what importing, checking and sending need."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.catalogue.changes import Changes, Key, mark
from surgitwin.exchange.catalogue.database import Catalogue
from surgitwin.exchange.catalogue.queries import one
from surgitwin.exchange.catalogue.records import files_of
from surgitwin.exchange.catalogue.store import readable_path, stored_path, stray
from surgitwin.imaging import Series, scan_all


def paths_of(catalogue: Catalogue, uid: str) -> tuple[Path, ...]:
    """The image files of a series as they lie on the disk, all of them there.

    Raises InputError "catalogue.unknown", "catalogue.files_missing".
    """
    group = _group_of(catalogue, uid)
    with catalogue.reading() as db:
        rows = [r for r in files_of(db, group) if r.kind == "image"]
    paths = [readable_path(catalogue, r) for r in rows]
    if not paths:
        one(catalogue, uid)  # says that it is unknown
    gone = [p for p in paths if not p.is_file()]
    if gone:
        raise InputError(
            "catalogue.files_missing",
            f"{len(gone)} of {len(paths)} files of the series are not there, for example {gone[0]}.",
            hint="Connect the drive or put the files back; or add the folder where they are now.",
            where=str(gone[0].parent),
        )
    return tuple(paths)


def open_series(catalogue: Catalogue, uid: str, progress: Progress = SILENT) -> Series:
    """Read the headers of a series' files again and judge it as it is now.

    Raises InputError ("catalogue.unknown", "catalogue.files_missing", "catalogue.changed", those of
    `imaging.scan`), UsageError "catalogue.several".
    """
    wanted = one(catalogue, uid).uid
    found = scan_all(paths_of(catalogue, wanted), progress).series
    for series in found:
        if series.uid == wanted or (len(found) == 1 and "#" not in wanted):
            return series
    raise InputError(
        "catalogue.changed",
        f"The files of series {uid} hold something else than when they were added.",
        hint="Add the folder again to bring the catalogue up to date.",
        where=uid,
    )


@dataclass(frozen=True)
class Checked:
    """present: files that are as they were. changed, missing: paths. damaged: copied files whose size is
    another one. stray: files of the store that belong to nothing."""

    present: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    stray: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {
            "present": self.present,
            **{k: list(getattr(self, k)) for k in ("changed", "missing", "damaged", "stray")},
        }

    @property
    def sound(self) -> bool:
        """Whether every file is as it was."""
        return not (self.changed or self.missing or self.damaged)


def check(catalogue: Catalogue, progress: Progress = SILENT) -> Checked:
    """Compare every file with its row by path, size and time; marks what is missing. Opens no image."""
    with catalogue.reading() as db:
        rows = db.execute(
            "SELECT origin, member, size, mtime_ns, stored, missing FROM files WHERE kind = 'image' "
            "ORDER BY origin"
        ).fetchall()
    count: Counter[str] = Counter()
    told: dict[str, list[str]] = {"changed": [], "missing": [], "damaged": []}
    gone: list[Key] = []
    back: list[Key] = []
    for n, (origin, member, size, mtime_ns, stored, missing) in enumerate(rows):
        if n % 512 == 0:
            progress("Checking files", n / len(rows))
        path = stored_path(catalogue.store, stored) if stored else Path(os.fsdecode(origin))
        state = _state(path, None if stored else (size, mtime_ns))
        count[state] += 1
        if state != "present":
            told["damaged" if stored else state].append(str(path))
        if not stored and missing != (state == "missing"):
            (back if missing else gone).append((origin, member))
    if gone or back:
        with catalogue.writing() as db:
            mark(db, Changes((), (), tuple(gone), tuple(back), 0))
    left = stray(catalogue.store, {r[4] for r in rows if r[4]})
    return Checked(
        count["present"], tuple(told["changed"]), tuple(told["missing"]), tuple(told["damaged"]),
        tuple(str(p) for p in left),
    )  # fmt: skip


def _state(path: Path, known: tuple[int, int] | None) -> str:
    try:
        stat = path.stat()
    except OSError:
        return "missing"
    if known is not None and (stat.st_size, stat.st_mtime_ns) != known:
        return "changed"
    return "present" if stat.st_size else "changed"


def _group_of(catalogue: Catalogue, uid: str) -> str:
    with catalogue.reading() as db:
        row = db.execute("SELECT group_uid FROM series WHERE uid = ? OR group_uid = ?", (uid, uid)).fetchone()
    return uid if row is None else str(row[0])
