"""What differs between two plans, as a table in words and numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.case import Case
from surgitwin.planning.plans.difference import Difference, plan_difference
from surgitwin.viewer.theme import set_role


class PlanDifferenceDialog(QDialog):
    """Choose two plans; the table says what changes from the first to the second."""

    def __init__(self, case: Case, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planDifference")
        self.setWindowTitle("Difference of two plans")
        self._case, self._plans = case, case.plans()
        names = list(self._plans)
        self.one, self.other = QComboBox(self), QComboBox(self)
        for box, label in ((self.one, "From plan"), (self.other, "To plan")):
            box.addItems(names)
            box.setAccessibleName(label)
        self.one.setCurrentText(name)
        self.other.setCurrentText(next((n for n in names if n != self.one.currentText()), name))
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.table = QTableWidget(0, 5, self)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setWordWrap(True)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        for part in (QLabel("From", self), self.one, QLabel("to", self), self.other):
            row.addWidget(part)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(self.table, 1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close.rejected.connect(self.reject)
        column.addWidget(close)
        for box in (self.one, self.other):
            box.currentTextChanged.connect(lambda _name: self.refresh())
        self.resize(860, 460)
        self.refresh()

    def refresh(self) -> None:
        """The table of the two chosen plans."""
        one, other = self.one.currentText(), self.other.currentText()
        rows: tuple[Difference, ...] = ()
        if one in self._plans and other in self._plans:
            rows = plan_difference(self._case.anatomy, self._plans[one], self._plans[other])
        self.table.setHorizontalHeaderLabels(["", "What", one, other, "Change"])
        self.table.setRowCount(len(rows))
        for n, found in enumerate(rows):
            cells = (found.topic, found.what, found.one, found.other, found.change)
            for column, text in enumerate(cells):
                cell = QTableWidgetItem(text)
                cell.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
                self.table.setItem(n, column, cell)
        text = f"{len(rows)} difference{'' if len(rows) == 1 else 's'}. Places and turns are along the bone."
        if not rows:
            text = "The two plans are the same operation." if one != other else "Choose two different plans."
        self.words.setText(text)
        set_role(self.words, "muted")
