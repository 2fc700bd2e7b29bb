"""Mmg puts its own handlers on signals and leaves the system's default behind: Ctrl-C would then end the
program at once, with its lock and its worker processes left over."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupt_kept() -> Iterator[None]:
    """Put Python's handlers of SIGINT and SIGTERM back after a call of Mmg (only the main thread may)."""
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                handler = signal.getsignal(number)
                if handler is not None:
                    signal.signal(number, handler)
