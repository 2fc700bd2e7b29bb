"""Keeps the open case safe: a draft soon after every change, the save that the user asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from surgitwin.core.progress import Progress
from surgitwin.planning.case import Case
from surgitwin.planning.session import Session
from surgitwin.planning.session.draft import Snapshot, write_draft, write_saved
from surgitwin.viewer.worker import FAULT, Worker

DRAFT_AFTER_MS = 8000
"""A draft is written so long after the first change that none holds: well within the 30 s promised."""


class Keeper(QObject):
    """Writes drafts and saves of one session in a worker, one after the other."""

    saved = Signal()
    drafted = Signal()
    failed = Signal(object)

    def __init__(
        self, session: Session, parent: QObject | None = None, draft_after_ms: int = DRAFT_AFTER_MS
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._worker: Worker | None = None
        self._save_next = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(draft_after_ms)
        self._timer.timeout.connect(self.draft)
        session.changed.connect(self._changed)

    def _changed(self, _topics: frozenset[str]) -> None:
        self._follow()

    def _follow(self) -> None:
        """A draft for what is not saved; none when everything was taken back to what is saved."""
        if self._session.needs_draft and not self._timer.isActive():
            self._timer.start()
        elif not self._session.dirty and self._worker is None:
            self._session.discard_draft()

    def draft(self) -> None:
        """Write the draft now, or as soon as a stroke or another write is over."""
        if not self._session.needs_draft:
            return
        if self._worker is not None or self._session.drawing:
            self._timer.start()
            return
        self._write(write_draft, saved=False)

    def save(self) -> None:
        """Save now, or after the draft that is being written; emits `saved` or `failed`."""
        if self._worker is not None:
            self._save_next = True
            return
        self._timer.stop()
        self._write(write_saved, saved=True)

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return self._worker is not None

    def _write(self, write: Callable[[Snapshot], str | None], *, saved: bool) -> None:
        case, snapshot = self._session.case, self._session.snapshot()

        def run(_progress: Progress) -> str | None:
            return write(snapshot)

        self._worker = Worker(run, self)
        self._worker.finished_with.connect(partial(self._written, case, snapshot, saved))
        self._worker.failed.connect(self.failed)
        self._worker.crashed.connect(self._crashed)
        self._worker.finished.connect(self._ended)
        self._worker.start()

    def _crashed(self) -> None:
        self.failed.emit(FAULT)

    def _written(self, case: Case, snapshot: Snapshot, saved: bool, blob: str | None) -> None:
        self._session.kept(case, snapshot, blob, saved=saved)
        (self.saved if saved else self.drafted).emit()

    def _ended(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.deleteLater()
        if self._save_next:
            self._save_next = False
            self.save()
        else:
            self._follow()

    def stop(self) -> None:
        """Wait for what is being written and write no more."""
        self._timer.stop()
        self._save_next = False
        self._session.changed.disconnect(self._changed)
        if self._worker is not None:
            self._worker.stop_and_wait(60000)
