"""Work off the window's thread, with progress and cancel."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from surgitwin.core.errors import Cancelled, SolverError, SurgiTwinError
from surgitwin.core.progress import Event, Progress

log = logging.getLogger(__name__)

FAULT = SolverError(
    "window.fault",
    "Something went wrong in the program itself.",
    hint="Start the program from a terminal to see its log, and report it. The case is kept as a draft.",
)
"""What is told when a worker ends with an error that nobody foresaw."""


class Worker(QThread):
    """Runs `task(progress)`; emits exactly one of the outcome signals (`crashed`: a fault of the program)."""

    progressed = Signal(str, float)
    finished_with = Signal(object)
    failed = Signal(object)
    was_cancelled = Signal()
    crashed = Signal()

    def __init__(self, task: Callable[[Progress], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task = task
        self._stop = threading.Event()
        self._done = False
        self.finished.connect(self._check_outcome)

    def run(self) -> None:
        """In the thread: the task, then one signal."""
        try:
            result = self._task(Progress(self._report, self._stop.is_set))
            self._done = True
        except Cancelled:
            self._done = True
            self.was_cancelled.emit()
        except SurgiTwinError as error:
            self._done = True
            log.warning("%s: %s", error.code, error.message)
            self.failed.emit(error)
        else:
            self.finished_with.emit(result)

    def _check_outcome(self) -> None:
        if not self._done:
            self.crashed.emit()

    def _report(self, event: Event) -> None:
        self.progressed.emit(event.message, -1.0 if event.fraction is None else event.fraction)

    def cancel(self) -> None:
        """Ask the task to stop at its next progress call."""
        self._stop.set()

    def stop_and_wait(self, milliseconds: int = 5000) -> bool:
        """Cancel and wait; whether the thread ended."""
        self.cancel()
        return bool(self.wait(milliseconds))
