"""Background jobs (placeholder of the skeleton: its helper replaces this file)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


class JobCenter(QObject):
    """Placeholder: signals carry the job."""

    queued = Signal(object)
    started = Signal(object)
    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return False

    def start(self, kind: str, arguments: dict[str, Any], title: str) -> object:
        """Queue a step of `planning.step_task.STEPS`."""
        raise NotImplementedError

    def stop(self) -> None:
        """Cancel everything and wait."""
