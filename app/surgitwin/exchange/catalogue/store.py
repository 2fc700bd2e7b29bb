"""Copied images: named by their content, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from surgitwin.core.errors import storage_error
from surgitwin.exchange.catalogue.database import Catalogue
from surgitwin.exchange.catalogue.records import FileRow

CHUNK_BYTES = 2**20
NAME = re.compile(r"[0-9a-f]{64}")


def stored_path(store: Path, digest: str) -> Path:
    """Where the content with this SHA-256 lies. ValueError for anything that is none."""
    if not NAME.fullmatch(digest):
        raise ValueError(f"{digest!r} is no SHA-256")
    return store / digest[:2] / f"{digest}.dcm"


def readable_path(catalogue: Catalogue, row: FileRow) -> Path:
    """Where the bytes of a file of the table are now."""
    if row.stored:
        return stored_path(catalogue.store, row.stored)
    return Path(os.fsdecode(row.origin))


def put(store: Path, source: Path, *, take: bool = False) -> str:
    """Copy a file into the store; returns its SHA-256. The same content is kept once.

    take: the source is ours and may be moved. Raises StorageError ("storage.full", "storage.denied",
    "storage.failed"); then nothing is left of it in the store.
    """
    try:
        if take:
            return _moved(store, source)
        return _copied(store, source)
    except OSError as error:
        raise storage_error(error, str(error.filename or store)) from error


def _copied(store: Path, source: Path) -> str:
    """Hash and copy in one pass, then give it its name."""
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=".part-", dir=store)  # made with mode 0600
    part = Path(name)
    digest = hashlib.sha256()
    try:
        with os.fdopen(handle, "wb") as sink, source.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
                sink.write(chunk)
            sink.flush()
            os.fsync(sink.fileno())
        return _named(store, part, digest.hexdigest())
    finally:
        part.unlink(missing_ok=True)


def _moved(store: Path, source: Path) -> str:
    """As `_copied`, without a second set of bytes."""
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    source.chmod(0o600)
    return _named(store, source, digest)


def _named(store: Path, part: Path, digest: str) -> str:
    target = stored_path(store, digest)
    if not target.exists():
        for folder in (store, target.parent):  # mkdir gives its mode to the last folder only
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.replace(target)
    return digest


def stray(store: Path, wanted: set[str]) -> list[Path]:
    """Files of the store that no row speaks of: left by an import that was killed."""
    if not store.is_dir():
        return []
    return [f for f in store.rglob("*") if f.is_file() and f.name.removesuffix(".dcm") not in wanted]
