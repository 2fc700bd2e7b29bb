"""Files that a user names: one to read must be there, and so must the folder of one to write."""

from __future__ import annotations

from pathlib import Path

from surgitwin.core.errors import InputError, StorageError


def require_file(path: Path, code: str) -> None:
    """InputError `code` when there is no file `path` to read."""
    if not path.is_file():
        raise InputError(code, f"There is no file {path}.", hint="Check the name.", where=str(path))


def require_folder(out: Path) -> None:
    """StorageError "storage.no_folder" when the folder that `out` (file or folder) is to lie in is missing.

    A folder that is made for a mistyped path holds data of a patient where nobody looks for them. Asked
    before the work, so that no work is lost.
    """
    parent = out.absolute().parent
    if parent.is_dir():
        return
    nearest = next(p for p in parent.parents if p.is_dir())
    kind = "is a file, not a folder" if parent.exists() else "does not exist"
    raise StorageError(
        "storage.no_folder",
        f"{out.name} cannot be written: {parent} {kind}. The nearest folder that exists is {nearest}.",
        hint="Correct the path, or make the folder first.",
        where=str(out),
    )
