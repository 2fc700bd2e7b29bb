"""The catalogue's file: where it is, how it is opened, and its transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from surgitwin.core.errors import StorageError, storage_error
from surgitwin.exchange.catalogue.schema import APPLICATION_ID, VERSION, upgrade, version_of

VARIABLE = "SURGITWIN_CATALOGUE"
"""Environment variable that names another folder for the catalogue."""

STATE_VARIABLE = "SURGITWIN_STATE"
"""Folder of what the program remembers; the catalogue goes below it when `VARIABLE` is not set."""

BUSY_MS = 15_000
"""Wait for another process that writes (numerical setting: one batch is written in well under a second)."""


def catalogue_folder() -> Path:
    """The folder of the user's catalogue."""
    named, state = os.environ.get(VARIABLE), os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named)
    return Path(state or platformdirs.user_data_dir("surgitwin")) / "catalogue"


@dataclass(frozen=True)
class Catalogue:
    """The list of studies in `folder`. Every call opens and closes the file: use it from any thread.

    It holds names, IDs and birth dates of patients so that they can be found. They stay on this computer:
    the folder and the file can be read by its owner only.
    """

    folder: Path

    @classmethod
    def open(cls, folder: Path | None = None) -> Catalogue:
        """The catalogue in `folder` (default: the user's), made or brought to this version when needed.

        Raises StorageError ("catalogue.damaged", "catalogue.newer", "catalogue.busy", "storage.*").
        """
        made = cls(catalogue_folder() if folder is None else folder)
        made._prepare()
        return made

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return self.folder / "catalogue.sqlite"

    @property
    def store(self) -> Path:
        """The folder of copied images."""
        return self.folder / "images"

    @property
    def workplace(self) -> Path:
        """The folder for what is unpacked or received, before it is in the store."""
        return self.folder / "work"

    def _prepare(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise storage_error(error, str(self.file)) from error
        with self._connected() as db:
            found = version_of(db)
            mark = int(db.execute("PRAGMA application_id").fetchone()[0])
            if found > VERSION:
                raise StorageError(
                    "catalogue.newer",
                    f"The catalogue {self.file} was written by a newer SurgiTwin (version {found}).",
                    hint="Update SurgiTwin, or name another folder with SURGITWIN_CATALOGUE.",
                    where=str(self.file),
                )
            if found and mark != APPLICATION_ID:
                raise _damaged(self.file, "it is another program's database")
            if found < VERSION:
                db.execute("PRAGMA journal_mode = WAL")
                with _transaction(db):
                    upgrade(db)  # reads the version again: another process may have been first

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the catalogue; writers do not hinder it."""
        with self._connected() as db:
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing. Others may read meanwhile, none may write."""
        with self._connected() as db, _transaction(db):
            yield db

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Raises StorageError ("catalogue.busy", "catalogue.damaged", "storage.full", "storage.denied")."""
        db: sqlite3.Connection | None = None
        try:
            db = sqlite3.connect(self.file, timeout=BUSY_MS / 1000, autocommit=True)
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
            yield db
        except sqlite3.DatabaseError as error:
            raise _named(error, self.file) from error
        finally:
            if db is not None:
                db.close()

    def purge(self) -> None:
        """Write the log of changes back and empty it, so that what was forgotten is in no file."""
        with self._connected() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _named(error: sqlite3.DatabaseError, file: Path) -> StorageError:
    """What SQLite says, as one of our errors."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StorageError(
            "catalogue.busy",
            f"Another program has been writing to the catalogue {file} for more than {BUSY_MS // 1000} s.",
            hint="Wait until its import is done, then try again.",
            where=str(file),
        )
    if name.startswith("SQLITE_FULL"):
        return StorageError(
            "storage.full",
            f"The disk is full: {file} could not be written. The catalogue is unchanged.",
            hint="Free some space and try again.",
            where=str(file),
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StorageError(
            "storage.denied",
            f"No permission to write {file}.",
            hint="Choose a folder that you may write to with SURGITWIN_CATALOGUE.",
            where=str(file),
        )
    return _damaged(file, str(error))


def _damaged(file: Path, reason: str) -> StorageError:
    return StorageError(
        "catalogue.damaged",
        f"The catalogue {file} cannot be used: {reason}.",
        hint="Move it away and add the folders again: linked images are where they were, copied ones are "
        f"in {file.parent / 'images'}.",
        where=str(file),
    )
