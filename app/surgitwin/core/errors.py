"""The one family of errors: a code, the fact, the next step, and where it happened.

The command line maps the family to exit codes and the window to one dialog. Every code stands in
``resources/error_codes.toml``; a test holds the table and the source together.
"""

from __future__ import annotations

import errno
from typing import ClassVar

DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
"""Numbers of operating-system errors that mean: no room left (disk, quota, largest file)."""


class SurgiTwinError(Exception):
    """A failure that a person can act on.

    Parameters
    ----------
    code: short stable identifier, for example ``"dicom.missing_slices"``.
    message: the fact, in plain words, naming the file or field.
    hint: the next step for the user.
    where: file, field or place in the anatomy.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.where = where

    def as_dict(self) -> dict[str, str]:
        """The error as the command line prints it."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "where": self.where}

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.as_dict()))


def _rebuild(kind: type[SurgiTwinError], fields: dict[str, str]) -> SurgiTwinError:
    return kind(fields["code"], fields["message"], hint=fields["hint"], where=fields["where"])


class UsageError(SurgiTwinError):
    """The request itself is incomplete or contradictory."""

    exit_code = 2


class InputError(SurgiTwinError):
    """The data given cannot be used."""

    exit_code = 3


class GeometryError(SurgiTwinError):
    """A shape cannot be made, meshed or placed."""

    exit_code = 4


class SolverError(SurgiTwinError):
    """The equations were not solved."""

    exit_code = 5


class StorageError(SurgiTwinError):
    """A case could not be read or written."""

    exit_code = 6


class PluginError(SurgiTwinError):
    """A procedure or extension is broken."""

    exit_code = 7


class Cancelled(SurgiTwinError):  # noqa: N818 - an outcome that the user asked for, not a fault
    """The user asked to stop."""

    exit_code = 130

    def __init__(
        self, code: str = "cancelled", message: str = "Cancelled.", *, hint: str = "", where: str = ""
    ) -> None:
        super().__init__(code, message, hint=hint, where=where)


FAMILY: tuple[type[SurgiTwinError], ...] = (
    UsageError,
    InputError,
    GeometryError,
    SolverError,
    StorageError,
    PluginError,
    Cancelled,
)


def from_dict(fields: dict[str, str], exit_code: int) -> SurgiTwinError:
    """Rebuild an error that a worker process reported as plain data."""
    kind = next((k for k in FAMILY if k.exit_code == exit_code), SolverError)
    return _rebuild(kind, {k: str(fields.get(k, "")) for k in ("code", "message", "hint", "where")})


def storage_error(error: OSError, path: str) -> StorageError:
    """The failure of the operating system at `path` as storage.full, storage.denied or storage.failed."""
    if error.errno in DISK_FULL:
        return StorageError(
            "storage.full",
            f"The disk is full: {path} could not be written. The case on disk is unchanged.",
            hint="Free some space (see `surgitwin doctor`) and run the step again.",
            where=path,
        )
    if isinstance(error, PermissionError):
        return StorageError(
            "storage.denied",
            f"No permission to write {path}.",
            hint="Choose a folder that you may write to.",
            where=path,
        )
    return StorageError(
        "storage.failed",
        f"{path} could not be read or written: {error.strerror or error}.",
        hint="Check the disk and the path.",
        where=path,
    )
