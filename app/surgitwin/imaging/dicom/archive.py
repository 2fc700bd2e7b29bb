"""Zip archives of images, unpacked safely: nothing outside the target, nothing that fills the disk."""

from __future__ import annotations

import lzma
import shutil
import stat
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from surgitwin.core.errors import InputError, storage_error
from surgitwin.core.progress import SILENT, Progress

CHUNK_BYTES = 2**20
"""Unpacked between two cancel points."""

IGNORED = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers add beside the images."""

FORBIDDEN = '<>:"|?*'
"""Characters that Windows refuses in a file name."""


DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, ValueError)
"""What zipfile raises on archives it cannot read."""


@dataclass(frozen=True)
class Limits:
    """What an archive may unpack to (numerical settings: far above any study, far below a full disk).

    members: files. file_bytes: of one file. total_bytes: of all. ratio: of unpacked to packed bytes once
    ratio_from_bytes were unpacked; images shrink some 2 to 10 times, empty ones some 100 times.
    nested: archives inside archives. free_bytes: left on the disk.
    """

    members: int = 200_000
    file_bytes: int = 2 * 2**30
    total_bytes: int = 32 * 2**30
    ratio: float = 400.0
    ratio_from_bytes: int = 256 * 2**20
    nested: int = 2
    free_bytes: int = 2**30


LIMITS = Limits()


def is_archive(path: Path) -> bool:
    """Whether `path` is a zip archive by its name or its content."""
    return path.is_file() and (path.suffix.lower() == ".zip" or zipfile.is_zipfile(path))


def unpack(path: Path, into: Path, progress: Progress = SILENT, limits: Limits = LIMITS) -> int:
    """Unpack the zip archive `path`, and archives in it, below the empty folder `into`; how many files.

    A cancel point per MiB. On any failure and on cancel what was unpacked is removed. Raises InputError
    ("archive.damaged", "archive.encrypted", "archive.unsafe", "archive.too_large", "archive.empty") and
    StorageError when the disk refuses.
    """
    try:
        count = _Unpacker(path, into, progress, limits).run()
        if not count:
            raise _error("archive.empty", path, f"{path.name} holds no files.", "Choose another archive.")
        return count
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise


@dataclass
class _Spent:
    """Over all archives of one call: how much was unpacked."""

    members: int = 0
    bytes: int = 0


class _Unpacker:
    """One archive; those inside it share its account."""

    def __init__(
        self, path: Path, into: Path, progress: Progress, limits: Limits, spent: _Spent | None = None,
        depth: int = 0,
    ) -> None:  # fmt: skip
        self._path, self._into, self._progress, self._limits = path, into, progress, limits
        self._spent = spent or _Spent()
        self._depth = depth

    def run(self) -> int:
        """Unpack; how many files were written, nested ones included."""
        try:
            with zipfile.ZipFile(self._path) as archive:
                members = [m for m in archive.infolist() if self._wanted(m)]
                self._check(members)
                files = [self._write(archive, m, members) for m in members]
        except DAMAGED as error:
            raise self._damaged(error) from error
        except OSError as error:
            if error.errno is None:  # bz2 says so of damaged data
                raise self._damaged(error) from error
            raise storage_error(error, error.filename or str(self._into)) from error
        return sum(self._nested(f) if f.suffix.lower() == ".zip" else 1 for f in files)

    def _damaged(self, error: Exception) -> InputError:
        return _error(
            "archive.damaged",
            self._path,
            f"{self._path.name} is damaged or no zip archive: {error}.",
            "Copy or export the archive again, or unpack it yourself and drop the folder.",
        )

    def _wanted(self, member: zipfile.ZipInfo) -> bool:
        parts = PurePosixPath(member.filename).parts
        return not member.is_dir() and bool(parts) and not any(p in IGNORED for p in parts)

    def _check(self, members: Sequence[zipfile.ZipInfo]) -> None:
        """What the table of contents promises, before anything is written."""
        limits = self._limits
        for member in members:
            if member.flag_bits & 0x1:
                raise _error(
                    "archive.encrypted",
                    self._path,
                    f"{self._path.name} is protected by a password.",
                    "Unpack it with its password and drop the folder.",
                    member.filename,
                )
            _safe_parts(self._path, member)
        self._spent.members += len(members)
        total = self._spent.bytes + sum(m.file_size for m in members)
        largest = max((m.file_size for m in members), default=0)
        room = self._room()
        if self._spent.members > limits.members:
            raise self._too_large(f"more than {limits.members} files")
        if largest > limits.file_bytes:
            raise self._too_large(f"a file of {largest / 2**30:.1f} GiB")
        if total > limits.total_bytes:
            raise self._too_large(f"{total / 2**30:.1f} GiB, more than {limits.total_bytes / 2**30:.0f} GiB")
        if total - self._spent.bytes > room:
            raise self._too_large(f"{total / 2**30:.1f} GiB, more than the disk has room for")

    def _room(self) -> int:
        self._into.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._into).free - self._limits.free_bytes

    def _too_large(self, what: str) -> InputError:
        return _error(
            "archive.too_large",
            self._path,
            f"{self._path.name} would unpack to {what}.",
            "Unpack only the study you need and drop its folder.",
        )

    def _write(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, members: Sequence[zipfile.ZipInfo]
    ) -> Path:
        target = _free(self._into.joinpath(*_safe_parts(self._path, member)))
        target.parent.mkdir(parents=True, exist_ok=True)
        promised = max(1, sum(m.file_size for m in members))
        written = 0
        with archive.open(member) as source, target.open("xb") as sink:
            while chunk := source.read(CHUNK_BYTES):
                written += len(chunk)
                self._spent.bytes += len(chunk)
                if written > member.file_size:
                    raise self._too_large("more than its table of contents says")
                self._check_ratio()
                sink.write(chunk)
                self._progress("Unpacking the archive", min(1.0, self._spent.bytes / promised))
        return target

    def _check_ratio(self) -> None:
        spent, packed = self._spent.bytes, max(1, self._path.stat().st_size)
        if spent > self._limits.ratio_from_bytes and spent / packed > self._limits.ratio:
            raise self._too_large(f"more than {self._limits.ratio:.0f} times its size")

    def _nested(self, file: Path) -> int:
        """An archive inside the archive: unpacked beside it and removed."""
        if self._depth + 1 > self._limits.nested:
            raise self._too_large(f"archives nested deeper than {self._limits.nested}")
        into = _free(file.with_name(f"{file.stem}_unpacked"))
        count = _Unpacker(file, into, self._progress, self._limits, self._spent, self._depth + 1).run()
        file.unlink()
        return count


def _safe_parts(path: Path, member: zipfile.ZipInfo) -> tuple[str, ...]:
    """Parts of the member's place below the target; "archive.unsafe" when it leads out of it."""
    name = member.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    link = stat.S_ISLNK(member.external_attr >> 16)
    if link or name.startswith("/") or ".." in parts or (len(name) > 1 and name[1] == ":") or "\0" in name:
        raise _error(
            "archive.unsafe",
            path,
            f"{path.name} holds a file that leads out of the archive ({name[:80]}).",
            "Do not use this archive; ask for a new export of the study.",
            name,
        )
    return tuple("".join("_" if c in FORBIDDEN or ord(c) < 32 else c for c in p) for p in parts)


def _free(target: Path) -> Path:
    """`target`, or the same name with a number when an earlier member has it already."""
    found, n = target, 1
    while found.exists():
        n += 1
        found = target.with_name(f"{target.stem}~{n}{target.suffix}")
    return found


def _error(code: str, path: Path, message: str, hint: str, member: str = "") -> InputError:
    return InputError(code, message, hint=hint, where=f"{path}!{member}" if member else str(path))
