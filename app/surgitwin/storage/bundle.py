"""A case folder: ``case.json`` plus write-once blobs named by the hash of their bytes."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from surgitwin import NOTICE, __version__
from surgitwin.core.errors import InputError, StorageError
from surgitwin.storage.atomic import storage_errors, write_atomically
from surgitwin.storage.migrations import migrate

SCHEMA = 1
"""Version of case.json that this program writes."""


class CaseFolder:
    """One case on disk.

    Layout: ``case.json`` (state), ``blobs/`` (images, labels, meshes; write-once, named by SHA-256),
    ``plans/`` (one TOML file a plan, meant to be read and edited), ``results/<input hash>/``.

    workspace: another place for the state and the plans (unsaved work, a step in a process of its own);
    blobs and results, which are never overwritten, are shared with the case at `path`.
    """

    def __init__(self, path: Path, workspace: Path | None = None) -> None:
        self.path = path
        self.workspace = path if workspace is None else workspace

    @classmethod
    def create(cls, path: Path, state: dict[str, Any]) -> CaseFolder:
        """New case with `state`. Raises StorageError "storage.exists" when the folder holds something."""
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise StorageError(
                "storage.exists",
                f"{path} already exists and is not empty.",
                hint="Choose another name for the new case, or delete the old one first.",
                where=str(path),
            )
        case = cls(path)
        case.commit(state)
        return case

    @classmethod
    def open(cls, path: Path) -> CaseFolder:
        """Existing case. Raises InputError "case.missing" when there is none."""
        if not (path / "case.json").is_file():
            raise InputError(
                "case.missing",
                f"{path} is not a SurgiTwin case (it holds no case.json).",
                hint="Make one with `surgitwin new CASE.twin --dicom FOLDER`.",
                where=str(path),
            )
        return cls(path)

    def state(self) -> dict[str, Any]:
        """The state, migrated to the present schema; newer or damaged files are refused."""
        file = self.workspace / "case.json"
        with storage_errors(file):
            text = file.read_text(encoding="utf-8")
        try:
            document = json.loads(text)
            schema = int(document["schema"])
            if not isinstance(document["state"], dict):
                raise TypeError("its state is not an object")
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(
                "storage.damaged",
                f"{file} is damaged: {error}.",
                hint="Restore the case from a copy; its blobs are untouched.",
                where=str(file),
            ) from error
        if schema > SCHEMA:
            raise StorageError(
                "storage.newer_version",
                f"{file} was written by a newer SurgiTwin (schema {schema}; this program knows {SCHEMA}).",
                hint="Update SurgiTwin to open this case. Nothing was changed.",
                where=str(file),
            )
        out: dict[str, Any] = migrate(document, schema, SCHEMA)["state"]
        return out

    def commit(self, state: dict[str, Any]) -> None:
        """Replace the state atomically."""
        document = {
            "schema": SCHEMA,
            "program": f"SurgiTwin {__version__}",
            "notice": NOTICE,
            "frame": "LPS",
            "units": "mm, N, MPa, s",
            "state": state,
        }
        text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False)
        write_atomically(self.workspace / "case.json", lambda p: _write_text(p, text))

    def put(self, suffix: str, write: Callable[[Path], None]) -> str:
        """Store what `write` puts into a file ending in `suffix`; returns its blob name."""
        folder = self.path / "blobs"
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".part-", suffix=suffix, dir=folder)
            os.close(handle)
            part = Path(name)
            try:
                write(part)
                with part.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                target = folder / f"{digest}{suffix}"
                if not target.exists():
                    part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        return target.name

    def blob(self, name: str) -> Path:
        """Path of a blob. Raises StorageError "storage.blob_missing" when it is gone."""
        path = self.path / "blobs" / name
        if Path(name).name != name or not path.is_file():
            raise StorageError(
                "storage.blob_missing",
                f"The case lacks its file blobs/{name}.",
                hint="Restore the case from a copy, or run the step that makes it again.",
                where=str(path),
            )
        return path

    def verify_blobs(self) -> list[str]:
        """Names of blobs whose bytes no longer match their name."""
        bad = []
        for path in sorted((self.path / "blobs").glob("[!.]*")):
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != path.name.split(".")[0]:
                    bad.append(path.name)
        return bad

    @property
    def plans_dir(self) -> Path:
        """Folder of the plan files."""
        return self.workspace / "plans"

    def result_dir(self, input_hash: str) -> Path:
        """Folder of the result with this input hash."""
        return self.path / "results" / input_hash[:24]

    def disk_use_by_folder(self) -> dict[str, float]:
        """MB (1e6 bytes) of every folder in the case; ``cache`` may be deleted at any time."""
        return {
            folder.name: sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
            for folder in sorted(self.path.iterdir())
            if folder.is_dir()
        }

    def disk_use_bytes(self) -> int:
        """Bytes of all files in the case."""
        return sum(p.stat().st_size for p in self.path.rglob("*") if p.is_file())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the case for writing. Raises StorageError "storage.locked" naming the other process."""
        self.lock()
        try:
            yield
        finally:
            self.unlock()

    def lock(self) -> None:
        """Hold the case for writing until `unlock` ("storage.locked")."""
        lock = self.path / ".lock"
        with storage_errors(lock):
            _acquire(lock)

    def unlock(self) -> None:
        """Let others write; a lock that another process holds stays."""
        lock = self.path / ".lock"
        if _holder(lock) in (None, os.getpid()):
            lock.unlink(missing_ok=True)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _acquire(lock: Path) -> None:
    for _ in range(2):
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            if _stale(lock):
                lock.unlink(missing_ok=True)
                continue
            break
        with os.fdopen(handle, "w") as stream:
            json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}, stream)
        return
    raise StorageError(
        "storage.locked",
        f"Another SurgiTwin is working on {lock.parent.name}.",
        hint=f"Wait until it is done or close it. If none runs, delete {lock}.",
        where=str(lock),
    )


def _holder(lock: Path) -> int | None:
    """Process that holds the lock; None when the file does not say."""
    try:
        return int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stale(lock: Path) -> bool:
    """Whether the process that holds the lock is gone (only provable on this computer)."""
    try:
        owner = json.loads(lock.read_text(encoding="utf-8"))
        return owner["host"] == socket.gethostname() and not psutil.pid_exists(int(owner["pid"]))
    except (ValueError, KeyError, FileNotFoundError):
        return False
