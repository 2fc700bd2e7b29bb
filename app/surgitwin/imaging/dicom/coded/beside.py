"""JPEG 2000 decoded by several processes side by side: OpenJPEG's binding holds Python's lock in threads."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from surgitwin.imaging.dicom.coded.jpeg_2000_process import LENGTH

MOST = 8
"""Numerical setting: processes at most; reading and rescaling in this process keep no more of them busy."""
PROGRAM = Path(__file__).with_name("jpeg_2000_process.py")


def processors() -> int:
    """How many processes decode at once; 1 where this program cannot start Python again."""
    if getattr(sys, "frozen", False) or not sys.executable:
        return 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST)


class Beside:
    """`put` a codestream, take its samples from the future: bytes, or RuntimeError when it is damaged.

    The processes end with the `with` block, also those in the middle of a picture.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="jpeg2000")

    def __enter__(self) -> Self:
        try:
            for _ in range(self.count):
                process = _start()
                self._all.append(process)
                self._idle.put(process)
        except OSError:
            self.__exit__(None, None, None)  # those that have started
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._all:
            process.kill()
        self._threads.shutdown()  # a thread that waited for an answer sees the end of it
        for process in self._all:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was still to be sent to an ended process
                        pipe.close()

    def put(self, stream: bytes) -> Future[bytes]:
        """Begin to decode as soon as a process is free."""
        return self._threads.submit(self._decode, stream)

    def _decode(self, stream: bytes) -> bytes:
        process = self._idle.get()
        try:
            return _ask(process, stream)
        finally:
            self._idle.put(process)


def _start() -> subprocess.Popen[bytes]:
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would show a console
    return subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=hidden,
        bufsize=-1,
    )


def _ask(process: subprocess.Popen[bytes], stream: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(LENGTH.pack(len(stream)))
        process.stdin.write(stream)
        process.stdin.flush()
        head = process.stdout.read(LENGTH.size)
        length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else 0
        data = process.stdout.read(abs(length))
    except OSError as error:
        raise RuntimeError("its decoder ended") from error
    if not length or len(data) < abs(length):
        raise RuntimeError("its decoder ended")
    if length < 0:
        raise RuntimeError(data.decode(errors="replace"))
    return data
