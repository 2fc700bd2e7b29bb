"""Studies in the Compare page: one table each, with what must be known of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.report.data import StudyTable
from surgitwin.viewer.theme import set_role

NOTHING = (
    "No study of these plans yet. On the Simulate page: uncertain inputs drawn together, other boundary "
    "conditions, three meshes."
)


class StudyTables(QScrollArea):
    """Filled by `show_tables`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("studyTables")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.tables: list[QTableWidget] = []
        self.show_tables(())

    def show_tables(self, tables: Sequence[StudyTable]) -> None:
        """All tables below each other, or that there is none."""
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        self.tables = []
        if not tables:
            column.addWidget(_label(inner, NOTHING, "muted"))
        for one in tables:
            column.addWidget(_label(inner, one.title, "heading"))
            made = _table(inner, one)
            self.tables.append(made)
            column.addWidget(made)
            for note in one.notes:
                column.addWidget(_label(inner, note, "small"))
        column.addStretch(1)
        self.setWidget(inner)


def _label(parent: QWidget, text: str, role: str) -> QLabel:
    out = QLabel(text, parent)
    out.setTextFormat(Qt.TextFormat.PlainText)
    out.setWordWrap(True)
    set_role(out, role)
    return out


def _table(parent: QWidget, one: StudyTable) -> QTableWidget:
    out = QTableWidget(len(one.rows), len(one.head), parent)
    out.setAccessibleName(one.title)
    out.setHorizontalHeaderLabels(list(one.head))
    out.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    out.verticalHeader().hide()
    for r, row in enumerate(one.rows):
        for c, text in enumerate(row):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            out.setItem(r, c, item)
    out.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    out.resizeRowsToContents()
    height = out.horizontalHeader().sizeHint().height() + out.verticalHeader().length() + 24
    out.setFixedHeight(height)
    return out
