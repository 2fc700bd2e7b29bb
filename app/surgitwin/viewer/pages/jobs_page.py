"""A page that shows what jobs do: it is made again soon after a change or a job's progress, never at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from surgitwin.viewer.job_center import Job
from surgitwin.viewer.pages.base import Page

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

REFRESH_MS = 60
"""Changes that follow each other closely (a drag) are shown together."""


class JobsPage(Page):
    """Calls `refresh` after changes of `topics` and after what jobs tell, while it is visible.

    run: what "simulate" does from everywhere in the window while this case is open.
    """

    topics: frozenset[str] = frozenset()

    def __init__(self, desk: Desk, run: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        assert desk.session is not None
        assert desk.jobs is not None
        self._session, self._jobs = desk.session, desk.jobs
        self._touched = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REFRESH_MS)
        self._later.timeout.connect(self.refresh)
        self._session.changed.connect(self._changed)
        self._signals = (
            self._jobs.queued, self._jobs.started, self._jobs.finished, self._jobs.failed,
            self._jobs.cancelled, self._jobs.progressed,
        )  # fmt: skip
        for signal in self._signals:
            signal.connect(self._job_changed)
        desk.simulate = run

    def refresh(self) -> None:
        """Everything from the case and the jobs as they are now."""

    def release(self) -> None:
        """Stop listening."""
        self._later.stop()
        self.desk.simulate = None
        self._session.changed.disconnect(self._changed)
        for signal in self._signals:
            signal.disconnect(self._job_changed)

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & self.topics:
            self._refresh_soon()

    def _job_changed(self, job: Job) -> None:
        if self.isVisible() and (job.state != "running" or job.kind == "solve"):
            self._refresh_soon()

    def _refresh_soon(self) -> None:
        if self.isVisible() and not self._later.isActive():
            self._later.start()
