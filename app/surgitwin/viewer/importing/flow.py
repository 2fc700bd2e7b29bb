"""Looking at what was dropped, in a worker, with a workplace for archives that is always removed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from surgitwin.core.errors import SolverError
from surgitwin.planning.images.source import look
from surgitwin.viewer.worker import Worker

_FAULT = SolverError(
    "window.fault",
    "The images could not be looked at: the program has a fault.",
    hint="Start the program from a terminal to see its log, and report it.",
)


class ImportFlow(QObject):
    """`look` starts; then exactly one of `found`, `failed` or `cancelled` comes."""

    started = Signal(str)
    progressed = Signal(str, float)
    found = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._workplace: Path | None = None
        self._clear_after = False

    @property
    def busy(self) -> bool:
        """Whether something is being looked at."""
        return self._worker is not None

    def look(self, paths: Sequence[Path]) -> None:
        """Look at folders, files and archives; what was looked at before is given up."""
        self._end()
        self._workplace = Path(tempfile.mkdtemp(prefix="surgitwin-import-"))
        names = ", ".join(p.name or str(p) for p in paths[:3]) + (" and more" if len(paths) > 3 else "")
        self.started.emit(f"Looking for images in {names} ...")
        self._worker = Worker(partial(look, tuple(paths), self._workplace), self)
        self._worker.progressed.connect(self.progressed)
        self._worker.finished_with.connect(self.found)
        self._worker.failed.connect(self.failed)
        self._worker.was_cancelled.connect(self.cancelled)
        self._worker.crashed.connect(lambda: self.failed.emit(_FAULT))
        self._worker.finished.connect(self._finished)
        self._worker.start()

    def cancel(self) -> None:
        """Stop at the next chance."""
        if self._worker is not None:
            self._worker.cancel()

    def clear(self) -> None:
        """The images are not needed any more: remove what was unpacked (once nobody reads it)."""
        self._clear_after = self._worker is not None
        if self._worker is None and self._workplace is not None:
            shutil.rmtree(self._workplace, ignore_errors=True)
            self._workplace = None

    def release(self) -> None:
        """Stop and tidy up."""
        self._end()

    def _finished(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.deleteLater()
        if self._clear_after:
            self.clear()

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.blockSignals(True)
            worker.stop_and_wait(30000)
            worker.deleteLater()
        self.clear()
