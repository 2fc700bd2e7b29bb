"""What lies below the folders to add: every file with its size and time, without opening one."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress

log = logging.getLogger(__name__)

REPORT_EVERY = 512
"""Files between two progress events."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as it was added: path, place inside an archive (else ""), bytes and time of last change.

    read_from: where its bytes are now, which differs from `origin` for what was unpacked.
    """

    origin: str
    member: str
    size: int
    mtime_ns: int
    read_from: str

    @property
    def key(self) -> tuple[bytes, bytes]:
        """Its key in the table."""
        return os.fsencode(self.origin), os.fsencode(self.member)

    @property
    def folder(self) -> str:
        """Folder that holds the bytes."""
        return os.path.dirname(self.read_from)  # noqa: PTH120 - called for each of many files


def roots_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Absolute paths; a DICOMDIR stands for its folder. InputError "catalogue.path_missing"."""
    out = []
    for path in paths:
        whole = path.expanduser().absolute()
        if not whole.exists():
            raise InputError(
                "catalogue.path_missing",
                f"{whole} does not exist.",
                hint="Check the path; connect the drive that holds the images.",
                where=str(whole),
            )
        out.append(whole.parent if whole.name.upper() == "DICOMDIR" else whole)
    return tuple(dict.fromkeys(out))


def files_below(roots: Sequence[Path], progress: Progress = SILENT) -> list[Entry]:
    """Every file, folder by folder in sorted order, links to folders not followed."""
    found: dict[str, Entry] = {}
    for root in roots:
        for entry in _walk(str(root)):
            if len(found) % REPORT_EVERY == 0:
                progress(f"Looking for files ({len(found)} found)", None)
            found[entry.origin] = entry
    return list(found.values())


def _walk(path: str) -> Iterator[Entry]:
    if not os.path.isdir(path):  # noqa: PTH112
        yield _entry(path, os.stat(path))  # noqa: PTH116
        return
    waiting, unread = [path], 0
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                inside = sorted(listing, key=lambda e: e.name)
        except OSError as error:
            if folder == path:
                raise InputError(
                    "catalogue.path_unreadable",
                    f"{path} cannot be read: {error.strerror or error}.",
                    hint="Check the permissions and the drive.",
                    where=path,
                ) from None
            unread += 1
            log.debug("cannot be read: %s", os.path.relpath(folder, path))
            continue
        waiting += [e.path for e in reversed(inside) if e.is_dir(follow_symlinks=False)]
        for e in inside:
            if not e.is_dir(follow_symlinks=False) and e.is_file():
                yield _entry(e.path, e.stat())
    if unread:  # names of folders are often those of patients, and a log goes to others
        log.warning("%d folders cannot be read and are left out", unread)


def _entry(path: str, stat: os.stat_result) -> Entry:
    return Entry(path, "", stat.st_size, stat.st_mtime_ns, path)
