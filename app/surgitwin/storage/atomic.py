"""Files that are whole or absent: write beside, flush to disk, rename."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from surgitwin.core.errors import SurgiTwinError, storage_error


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn operating-system failures into StorageError (storage.full, storage.denied, storage.failed)."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, str(path)) from error


@contextmanager
def _named_as(path: Path, part: Path) -> Iterator[None]:
    """Let errors of a writer name the file that was wanted, not the temporary one."""
    try:
        yield
    except SurgiTwinError as error:
        fields = {k: v.replace(part.name, path.name) for k, v in error.as_dict().items()}
        if fields == error.as_dict():
            raise
        code, message = fields["code"], fields["message"]
        raise type(error)(code, message, hint=fields["hint"], where=fields["where"]) from error
    except OSError as error:
        if error.errno is None:  # a library's words, which may hold the name
            raise OSError(str(error).replace(part.name, path.name)) from error
        raise


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
            with _named_as(path, part):
                write(part)
            with part.open("rb") as stream:
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
