"""Work in a thread where only the newest request counts: previews, checks, pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.progress import Progress
from surgitwin.viewer.worker import FAULT, Worker


@dataclass(frozen=True, eq=False)
class _Box:
    """What a task gave: Qt would try to turn a bare dict into one of its own types on the way."""

    value: Any


class Latest(QObject):
    """Runs one task at a time; of those asked for meanwhile only the last is run. Results come in order.

    `ask(task, done)`: `task()` in a worker thread, then `done(result)` in this thread. failed: what a
    known error of the task is given to. With the desk as parent it ends when the case is closed.
    """

    def __init__(
        self, parent: QObject | None = None, failed: Callable[[SurgiTwinError], object] | None = None
    ) -> None:
        super().__init__(parent)
        self._failed = failed
        self._worker: Worker | None = None
        self._next: tuple[Callable[[], Any], Callable[[Any], object]] | None = None
        self._over = False
        closing = getattr(parent, "closing", None)
        if closing is not None:
            closing.connect(self._end)

    @property
    def busy(self) -> bool:
        """Whether something is computed."""
        return self._worker is not None

    def ask(self, task: Callable[[], Any], done: Callable[[Any], object]) -> None:
        """Compute `task` as soon as the one under way is over, unless a newer one comes."""
        if self._over:
            return
        self._next = (task, done)
        if self._worker is None:
            self._start()

    def _start(self) -> None:
        if self._next is None or self._over:
            return
        (task, done), self._next = self._next, None

        def run(progress: Progress) -> _Box:
            progress("", None)
            return _Box(task())

        self._worker = Worker(run, self)
        self._worker.finished_with.connect(lambda box: None if self._over else done(box.value))
        self._worker.failed.connect(self._refused)
        self._worker.crashed.connect(self._crashed)
        self._worker.finished.connect(self._ended)
        self._worker.start()

    def _refused(self, error: SurgiTwinError) -> None:
        if self._failed is not None and not self._over:
            self._failed(error)

    def _crashed(self) -> None:
        self._refused(FAULT)

    def _ended(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.deleteLater()
        self._start()

    def stop(self) -> None:
        """Drop what waits and wait for what runs; nothing is delivered any more."""
        self._over, self._next = True, None
        if self._worker is not None:
            self._worker.stop_and_wait(30000)

    def release(self) -> None:
        """Nothing more is given, as what asked is gone; what runs ends by itself and is not waited for."""
        self._over, self._next = True, None

    def _end(self) -> None:
        """The case is closed: a thread that still runs must not be deleted with the window."""
        self.stop()
        self.deleteLater()
