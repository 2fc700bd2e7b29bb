"""Left-overs of killed compilations in the form cache.

FFCx marks a form that is being compiled by an empty C file, and every process that wants the same form waits
for it. When the compiling process is killed, the file stays and all later ones wait for nothing, then fail.
So each of our processes says that it compiles (a file with its number), and one that finds an unfinished
form while nobody compiles removes it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

MARK = "surgitwin-compiles-"
CLOCK_S = 2.0
"""Slack between a process's start and the time stamp of its mark."""


@contextlib.contextmanager
def compiling(cache_dir: Path) -> Iterator[None]:
    """Clear what killed processes left in `cache_dir`, and mark this process as compiling meanwhile."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    mark = cache_dir / f"{MARK}{os.getpid()}"
    mark.touch()
    try:
        clear_unfinished(cache_dir)
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
        number = int(mark.name.removeprefix(MARK))
        if number == os.getpid():
            continue
        if _alive(number, mark):
            return True
        mark.unlink(missing_ok=True)
    return False


def _alive(number: int, mark: Path) -> bool:
    """Whether the process that made the mark still runs (a later one may have got its number)."""
    try:
        started: float = psutil.Process(number).create_time()
        return started <= mark.stat().st_mtime + CLOCK_S
    except (psutil.Error, FileNotFoundError):
        return False
