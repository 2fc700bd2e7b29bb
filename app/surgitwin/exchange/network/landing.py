"""Where received objects are written: a folder of ours, names of ours, and only while there is room."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.catalogue import KEPT, Added, Catalogue, add

UID = re.compile(r"(?=.{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*")
"""PS3.5 9.1."""

log = logging.getLogger(__name__)

SUCCESS, NO_ROOM, MISMATCH, NOT_UNDERSTOOD = 0x0000, 0xA700, 0xA900, 0xC000
"""Answers to C-STORE (PS3.4 table B.2-1)."""


@dataclass(frozen=True)
class Limits:
    """object_bytes: of one object. free_bytes: left on the disk. objects: in one landing (numerical settings:
    above any examination, below a full disk)."""

    object_bytes: int = 2 * 2**30
    free_bytes: int = 2**30
    objects: int = 200_000


@dataclass
class Landing:
    """A folder that fills with received objects. names: a hash of each UID, so that no name from outside
    becomes a path. refused: how many were not taken, by reason."""

    folder: Path
    limits: Limits = Limits()
    count: int = 0
    size: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def store(self, event: Any) -> int:
        """Handler of C-STORE: keep the bytes as they came, undecoded; returns the status to answer."""
        uid = str(event.request.AffectedSOPInstanceUID or "")
        return self.put(uid, event.encoded_dataset())

    def put(self, sop_uid: str, content: bytes) -> int:
        """Write one object; returns the status of C-STORE."""
        reason, status = self._judge(sop_uid, len(content))
        if not reason:
            try:
                self._write(hashlib.sha256(sop_uid.encode()).hexdigest()[:40], content)
            except OSError:
                reason, status = "the disk is full or cannot be written", NO_ROOM
        with self._lock:
            if reason:
                self.refused[reason] = self.refused.get(reason, 0) + 1
            else:
                self.count += 1
                self.size += len(content)
        return status

    def _judge(self, sop_uid: str, size: int) -> tuple[str, int]:
        if not UID.fullmatch(sop_uid):
            return "no valid instance UID", MISMATCH
        if size > self.limits.object_bytes:
            return "larger than an object may be", NO_ROOM
        if self.count >= self.limits.objects:
            return "too many objects", NO_ROOM
        if self.room() < size:
            return "too little room on the disk", NO_ROOM
        return "", SUCCESS

    def room(self) -> int:
        """Bytes that may still be written."""
        return shutil.disk_usage(self.folder).free - self.limits.free_bytes

    def _write(self, name: str, content: bytes) -> None:
        """Beside, then renamed: a killed receiver leaves no half object."""
        handle, part = tempfile.mkstemp(prefix=".part-", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(part).replace(self.folder / f"{name}.dcm")
        finally:
            Path(part).unlink(missing_ok=True)


@contextmanager
def landing(catalogue: Catalogue, limits: Limits | None = None, *, keep: bool = False) -> Iterator[Landing]:
    """A landing in the catalogue's workplace, removed at the end.

    keep: when the block fails, what has landed stays there under `KEPT`: its sender was told that we have it.
    """
    catalogue.workplace.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="received-", dir=catalogue.workplace))
    made = Landing(folder, limits or Limits())
    try:
        yield made
    except BaseException:
        if keep and made.count:
            kept = folder.rename(folder.with_name(f"{KEPT}{folder.name}"))
            log.error("%d objects could not be added; kept in the catalogue: %s", made.count, kept.name)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_in(catalogue: Catalogue, received: Landing, progress: Progress = SILENT) -> Added:
    """Put what has landed into the catalogue's store. Nothing landed: nothing happens."""
    if not received.count:
        return Added()
    return add(catalogue, [received.folder], "copy", progress, take=True)
