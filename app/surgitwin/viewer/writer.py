"""Small files written in a worker, one after the other: a slow disk must not hold up the window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.progress import Progress
from surgitwin.viewer.worker import Worker

Done = Callable[[Any], object]
Failed = Callable[[SurgiTwinError], object]


def _nothing(_result: object) -> None:
    """Nobody waits for it."""


class Writer(QObject):
    """`ask(task, done, failed)`: every task runs, in the order of asking; then one of the two is called here.

    failed: what a known error is given to when `ask` names nothing else.
    """

    def __init__(self, failed: Failed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._failed = failed
        self._waiting: deque[tuple[Callable[[], Any], Done, Failed]] = deque()
        self._worker: Worker | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being written or waits."""
        return self._worker is not None or bool(self._waiting)

    def ask(self, task: Callable[[], Any], done: Done = _nothing, failed: Failed | None = None) -> None:
        """Run `task()` in the worker when it is its turn."""
        self._waiting.append((task, done, failed or self._failed))
        if self._worker is None:
            self._start()

    def _start(self) -> None:
        if not self._waiting:
            return
        task, done, failed = self._waiting.popleft()

        def run(_progress: Progress) -> Any:
            return task()

        self._worker = Worker(run, self)
        self._worker.finished_with.connect(done)
        self._worker.failed.connect(failed)
        self._worker.finished.connect(self._ended)
        self._worker.start()

    def _ended(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.deleteLater()
        self._start()

    def finish(self) -> None:
        """Write what waits, now; nobody is told any more. For the end of the program."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.blockSignals(True)
            worker.wait(30000)
            worker.deleteLater()
        while self._waiting:
            task, _done, failed = self._waiting.popleft()
            try:
                task()
            except SurgiTwinError as error:
                failed(error)
