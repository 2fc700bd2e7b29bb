"""The running job in the status bar (placeholder of the skeleton: its helper replaces this file)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from surgitwin.viewer.job_center import JobCenter


class JobBar(QWidget):
    """Placeholder."""

    def __init__(self, jobs: JobCenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
