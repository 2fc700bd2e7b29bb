"""One line on the numerical checks of the results, with a table of them on demand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.solving.numerics_table import NOTE, Checked, head, rows, words
from surgitwin.viewer.theme import set_role


class NumericsBox(QWidget):
    """Hidden without a result. What is not met stands in the line itself; tips explain each row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("numericsBox")
        self.words = QLabel("", self)
        self.words.setObjectName("numericsWords")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.more = QToolButton(self)
        self.more.setObjectName("numericsDetails")
        self.more.setText("Details")
        self.more.setAccessibleName("details of the numerical checks")
        self.more.setCheckable(True)
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.toggled.connect(self._toggled)
        self.table = QTableWidget(self)
        self.table.setObjectName("numericsTable")
        self.table.setAccessibleName("numerical checks of every plan")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.setToolTip(NOTE)
        self.table.hide()
        line = QHBoxLayout()
        line.addWidget(self.words, 1)
        line.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.table)
        self.hide()

    def show_checks(self, found: Sequence[Checked]) -> None:
        """Bring line and table up to date."""
        self.setVisible(bool(found))
        if not found:
            return
        self.words.setText(words(found))
        set_role(self.words, "warning" if any(c.not_met for c in found) else "muted")
        titles, cells = head(found), rows(found)
        self.table.setColumnCount(len(titles))
        self.table.setHorizontalHeaderLabels(list(titles))
        self.table.setRowCount(len(cells))
        for r, row in enumerate(cells):
            columns = [None, None, *(c.worst[r] for c in found)]
            for n, (text, check) in enumerate(zip(row, columns, strict=True)):
                item = QTableWidgetItem(text)
                item.setToolTip(found[0].worst[r].words if check is None else check.words)
                self.table.setItem(r, n, item)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.resizeRowsToContents()
        heights = sum(self.table.rowHeight(r) for r in range(len(cells)))
        self.table.setFixedHeight(heights + self.table.horizontalHeader().sizeHint().height() + 6)

    def _toggled(self, on: bool) -> None:
        self.table.setVisible(on)
        self.more.setText("Hide" if on else "Details")
