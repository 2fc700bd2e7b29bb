"""One line of a dialog for work in the background: words, bar, Cancel; then what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.progress import Progress
from surgitwin.viewer.worker import FAULT, Worker

STEPS = 1000
STOPPED = "Stopped. What was done so far is kept."


class WorkLine(QWidget):
    """Runs one task at a time. Emits `failed` with an error; `changed` when it begins and when it is over."""

    failed = Signal(object)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._done: Callable[[Any], object] = lambda _result: None
        self.words = QLabel("", self)
        self.words.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, STEPS)
        self.bar.setFixedWidth(220)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        self._show_busy(False)

    @property
    def busy(self) -> bool:
        """Whether a task runs."""
        return self._worker is not None

    def run(self, words: str, task: Callable[[Progress], Any], done: Callable[[Any], object]) -> bool:
        """Begin, unless something runs; then `done(result)` in this thread."""
        if self._worker is not None:
            return False
        self._done = done
        self.words.setText(words)
        self.bar.setValue(0)
        self._worker = Worker(lambda progress: (task(progress),), self)  # boxed: Qt leaves a tuple alone
        self._worker.progressed.connect(self._progressed)
        self._worker.finished_with.connect(self._finished_with)
        self._worker.failed.connect(self._failed)
        self._worker.was_cancelled.connect(lambda: self.words.setText(STOPPED))
        self._worker.crashed.connect(lambda: self._failed(FAULT))
        self._worker.finished.connect(self._over)
        self._show_busy(True)
        self._worker.start()
        self.changed.emit()
        return True

    def say(self, words: str) -> None:
        """Words while nothing runs."""
        if self._worker is None:
            self.words.setText(words)

    def _progressed(self, words: str, fraction: float) -> None:
        self.words.setText(words)
        self.bar.setRange(0, STEPS if fraction >= 0 else 0)
        if fraction >= 0:
            self.bar.setValue(round(STEPS * fraction))

    def _finished_with(self, box: tuple[Any]) -> None:
        self.words.setText("")
        self._done(box[0])

    def _failed(self, error: SurgiTwinError) -> None:
        self.words.setText("")
        self.failed.emit(error)

    def _cancel(self) -> None:
        if self._worker is not None:
            self.cancel.setEnabled(False)
            self.words.setText("Stopping ...")
            self._worker.cancel()

    def _over(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.deleteLater()
        self._show_busy(False)
        self.changed.emit()

    def _show_busy(self, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.cancel.setVisible(busy)
        self.cancel.setEnabled(busy)

    def release(self) -> None:
        """Stop what runs and wait for it."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.blockSignals(True)
            worker.stop_and_wait(30000)
            worker.deleteLater()
