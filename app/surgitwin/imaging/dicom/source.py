"""Where the bytes of one file come from: the file system or a member of a zip archive."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from surgitwin.core.errors import InputError
from surgitwin.imaging.dicom.deflated import FREE_BYTES, LARGEST_RATIO, META_BYTES, inflated, is_deflated

log = logging.getLogger(__name__)

ZIP_MEMBER_LIMIT = 2**31
"""Bytes that one zip member may unpack to; a larger one is an archive made to exhaust memory."""


DIRECTORY_CLASS = b"\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10"
"""(0002,0002) of a DICOMDIR as bytes: the group is explicit little endian whatever follows (PS3.10 7.1)."""


@dataclass(frozen=True)
class Source:
    """A file (`member` empty) or a member of the zip archive `path`; `size` in bytes."""

    path: Path
    size: int
    member: str = ""

    @property
    def name(self) -> str:
        """How the source is named to people: the path, or ``archive.zip!member``."""
        return f"{self.path}!{self.member}" if self.member else str(self.path)

    @property
    def folder(self) -> str:
        """Name of the folder that holds the source."""
        return self.name.replace("\\", "/").rpartition("/")[0]

    @property
    def suffix(self) -> str:
        """Lower-case file suffix, with its dot."""
        return Path(self.member or self.path.name).suffix.lower()

    def open(self) -> BinaryIO:
        """Open for reading, seekable; a deflated file comes inflated.

        Raises OSError, ValueError, zlib.error or BadZipFile.
        """
        stream = self._bytes()
        start = stream.read(META_BYTES)
        stream.seek(0)
        if not is_deflated(start):
            return stream
        with stream:
            return inflated(stream)

    def _bytes(self) -> BinaryIO:
        if not self.member:
            return self.path.open("rb")
        with zipfile.ZipFile(self.path) as archive:
            member = archive.getinfo(self.member)
            if member.file_size > max(FREE_BYTES, LARGEST_RATIO * member.compress_size):
                raise ValueError(f"it unpacks to {member.file_size / 2**20:.0f} MiB")
            return io.BytesIO(archive.read(member))


def find_sources(path: Path) -> Iterator[Source]:
    """Every file below a folder in sorted order, a single file, or the members of a zip archive.

    A path to a DICOMDIR, whatever its name, stands for the folder that it indexes. Raises InputError
    ("dicom.path_missing", "dicom.path_unreadable").
    """
    if not path.exists():
        raise InputError(
            "dicom.path_missing",
            f"{path} does not exist.",
            hint="Check the path; name the folder that holds the images.",
            where=str(path),
        )
    try:
        if path.is_dir():
            yield from _folder(path)
        elif is_directory_file(path):
            yield from _folder(path.parent)
        else:
            yield from _file(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(
            "dicom.path_unreadable",
            f"{path} cannot be read: {error}.",
            hint="Check the permissions, or copy the images again.",
            where=str(path),
        ) from None


def is_directory_file(path: Path) -> bool:
    """Whether a file is the index of a disc: called DICOMDIR, or of its storage class (PS3.10 7.1, 8.6)."""
    if path.name.upper() == "DICOMDIR":
        return True
    with path.open("rb") as stream:
        start = stream.read(META_BYTES)
    return start[128:132] == b"DICM" and DIRECTORY_CLASS in start


def _folder(path: Path) -> Iterator[Source]:
    """Folder by folder, so that a scan of a whole disk can be stopped while it is still listing."""

    def refused(error: OSError) -> None:
        if error.filename is None or Path(error.filename) == path:
            raise error
        # Names of folders are often those of patients, and a log goes to others.
        log.warning("a folder below the one that was named cannot be read and is left out")
        log.debug("cannot be read: %s", Path(error.filename).relative_to(path))

    for folder, inner, files in path.walk(on_error=refused):
        inner.sort()
        for name in sorted(files):
            if (folder / name).is_file():
                yield from _file(folder / name)


def _file(file: Path) -> Iterator[Source]:
    if file.suffix.lower() != ".zip" or not zipfile.is_zipfile(file):
        yield Source(file, file.stat().st_size)
        return
    with zipfile.ZipFile(file) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and m.file_size <= ZIP_MEMBER_LIMIT]
    for member in sorted(members, key=lambda m: m.filename):
        yield Source(file, member.file_size, member.filename)
