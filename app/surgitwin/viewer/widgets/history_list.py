"""The steps of this session by name; a click goes back to, or forward to, the state after that step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDockWidget, QListWidget, QListWidgetItem, QWidget

from surgitwin.viewer.theme import theme

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

START = "As opened"


class HistoryDock(QDockWidget):
    """Hidden until asked for; call `refresh` when the history changed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("History", parent)
        self.setObjectName("historyDock")
        self._desk = desk
        self.list = QListWidget(self)
        self.list.setObjectName("historyList")
        self.list.setAccessibleName("steps of this session")
        self.list.itemActivated.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self.setWidget(self.list)
        self.hide()
        self.visibilityChanged.connect(lambda shown: self.refresh() if shown else None)

    def refresh(self) -> None:
        """Done steps, then undone ones in grey; the present state is marked."""
        if not self.isVisible():
            return
        self.list.clear()
        session = self._desk.session
        if session is None:
            return
        history = session.history
        names = [START, *(e.name for e in history.done), *(e.name for e in reversed(history.undone))]
        for n, name in enumerate(names):
            item = QListWidgetItem(name)
            item.setData(Qt.ItemDataRole.UserRole, n)
            if n > len(history.done):
                item.setForeground(QColor(theme().muted))
                item.setToolTip("Taken back; click to do it again.")
            self.list.addItem(item)
        self.list.setCurrentRow(len(history.done))

    def _go(self, item: QListWidgetItem) -> None:
        """Undo or redo until the state after this step."""
        session = self._desk.session
        if session is None or session.read_only:
            return
        wanted = int(item.data(Qt.ItemDataRole.UserRole))
        while len(session.history.done) > wanted:
            session.undo()
        while len(session.history.done) < wanted:
            session.redo()
