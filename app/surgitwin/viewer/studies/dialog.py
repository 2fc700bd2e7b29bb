"""The Studies window: what is on this computer, and what an archive has."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from surgitwin.exchange.catalogue import Catalogue
from surgitwin.viewer.studies.local_tab import LocalTab
from surgitwin.viewer.studies.pacs_tab import PacsTab
from surgitwin.viewer.widgets.error_card import ErrorCard


class StudiesDialog(QDialog):
    """Beside the window, not before it. Emits `paths_wanted` with the files of a series to import, and
    `help_wanted` (F1)."""

    paths_wanted = Signal(list)
    help_wanted = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("studiesDialog")
        self.setWindowTitle("Studies")
        self.resize(1020, 680)
        self.errors = ErrorCard(self)
        self.local, self.pacs = LocalTab(catalogue, self), PacsTab(catalogue, self)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(self.local, "On this computer")
        self.tabs.addTab(self.pacs, "From PACS")
        column = QVBoxLayout(self)
        column.addWidget(self.errors)
        column.addWidget(self.tabs, 1)
        for tab in (self.local, self.pacs):
            tab.failed.connect(self.errors.show_error)
            tab.work.changed.connect(self._work_changed)
        self.local.paths_wanted.connect(self._wanted)
        self.pacs.fetched.connect(self._fetched)
        if parent is not None:
            parent.installEventFilter(self)
        self.local.refresh()
        self.pacs.read()

    def _work_changed(self) -> None:
        if self.local.work.busy or self.pacs.work.busy:
            self.errors.hide()

    def _wanted(self, paths: list[object]) -> None:
        self.paths_wanted.emit(paths)
        self.close()

    def _fetched(self, study_uid: str) -> None:
        self.local.show_words(study_uid)
        self.tabs.setCurrentWidget(self.local)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1, wherever the cursor is: the window's own key does not reach a dialog."""
        if event.matches(QKeySequence.StandardKey.HelpContents):
            self.help_wanted.emit()
            return
        super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Closed: stop what runs; what was done so far is kept."""
        self.release()
        super().done(result)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Goes with the window that it belongs to."""
        if watched is self.parent() and event.type() == QEvent.Type.Hide and not event.spontaneous():
            self.close()
        return super().eventFilter(watched, event)

    def release(self) -> None:
        """Stop all work."""
        self.local.release()
        self.pacs.release()
