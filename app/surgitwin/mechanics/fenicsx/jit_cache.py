"""Left-overs of killed compilations in the form cache.

FFCx marks a form that is being compiled by an empty C file, and every process that wants the same form waits
for it. When the compiling process is killed, the file stays and all later ones wait for nothing, then fail.
So each of our processes holds the lock of a file of its own while it compiles (the system lets go of it when
the process dies), and one that finds an unfinished form while nobody compiles removes it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ModuleNotFoundError:  # Windows: nothing is cleared there, FFCx then says what to delete
    fcntl = None  # type: ignore[assignment]

MARK = "surgitwin-compiles-"


@contextlib.contextmanager
def compiling(cache_dir: Path) -> Iterator[None]:
    """Clear what killed processes left in `cache_dir`, and mark this process as compiling meanwhile."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    mark = cache_dir / f"{MARK}{os.getpid()}"
    with mark.open("w") as stream:
        if fcntl is not None:
            fcntl.flock(stream, fcntl.LOCK_EX)
            clear_unfinished(cache_dir)
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)


def clear_unfinished(cache_dir: Path) -> list[str]:
    """Remove forms that are half there when no other live process is compiling; their names.

    Half there: a C file without its mark of completion, or that mark without its C file (FFCx fails on it).
    """
    # First the list, then the look for others: a form begun in between is not on the list.
    names = {entry.name for entry in os.scandir(cache_dir) if entry.name.startswith("libffcx_")}
    begun = {n.removesuffix(".c") for n in names if n.endswith(".c")}
    done = {n.removesuffix(".c.cached") for n in names if n.endswith(".c.cached")}
    if begun == done or _others_compile(cache_dir):
        return []
    removed = []
    for name in sorted(begun ^ done):
        source, ready = cache_dir / f"{name}.c", cache_dir / f"{name}.c.cached"
        if source.exists() and ready.exists():  # finished since the list was made
            continue
        source.unlink(missing_ok=True)
        ready.unlink(missing_ok=True)
        removed.append(name)
    return removed


def _others_compile(cache_dir: Path) -> bool:
    for mark in cache_dir.glob(f"{MARK}*"):
        if mark.name == f"{MARK}{os.getpid()}":
            continue
        try:
            stream = mark.open("r+")
        except FileNotFoundError:
            continue
        with stream:
            if _locked(stream):
                return True
            mark.unlink(missing_ok=True)
    return False


def _locked(stream: IO[str]) -> bool:
    """Whether another process holds the lock of an open mark."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
