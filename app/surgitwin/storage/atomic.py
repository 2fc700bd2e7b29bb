"""Files that are whole or absent: write beside, flush to disk, rename."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from surgitwin.core.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn operating-system failures into StorageError (storage.full, storage.denied, storage.failed)."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError(
                "storage.full",
                f"The disk is full: {path.name} could not be written. The case on disk is unchanged.",
                hint="Free some space (see `surgitwin doctor`) and run the step again.",
                where=str(path),
            ) from error
        if isinstance(error, PermissionError):
            raise StorageError(
                "storage.denied",
                f"No permission to write {path}.",
                hint="Choose a folder that you may write to.",
                where=str(path),
            ) from error
        raise StorageError(
            "storage.failed",
            f"{path} could not be read or written: {error.strerror or error}.",
            hint="Check the disk and the path.",
            where=str(path),
        ) from error


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it over `path`.

    The suffix is kept, because writers choose their format by it. When anything fails the old file
    stays as it was and the temporary one is removed.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        part = Path(name)
        try:
            write(part)
            with part.open("rb") as stream:
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
