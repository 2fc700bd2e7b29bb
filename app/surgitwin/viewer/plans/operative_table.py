"""What the theatre lays out for the plan in hand, in the order of use; copied or saved as CSV."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.plan import Plan
from surgitwin.planning.plans.rows import operative_rows, operative_text
from surgitwin.storage.atomic import write_atomically
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.theme import set_role

MOST_PX = 320
"""Highest list, px: more scrolls."""
SHOWN = ("No.", "Implant and place", "mm")
"""Columns of the panel; the file has all of them."""


class OperativeTable(QWidget):
    """The list of the plan in hand."""

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.table = QTableWidget(0, len(SHOWN), self)
        self.table.setObjectName("operativeTable")
        self.table.setHorizontalHeaderLabels(list(SHOWN))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setWordWrap(True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        self.copy, self.save = QPushButton("Copy", self), QPushButton("Save as CSV ...", self)
        for button, mark, name, tip in (
            (self.copy, "duplicate", "operative_copy", "Copy the list as a table to paste"),
            (self.save, "export", "operative_save", "Save the list as a file that spreadsheets open"),
        ):
            button.setObjectName(name)
            button.setToolTip(tip)
            set_icon(button, mark)
        self.copy.clicked.connect(self.copy_text)
        self.save.clicked.connect(self.ask_where)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addWidget(self.save)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(self.table)
        column.addLayout(row)
        bench.plan_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Lines of the plan in hand."""
        plan = self._plan
        rows = () if plan is None else operative_rows(plan)
        self.words.setText("Nothing to lay out: the plan has no implant." if not rows else "")
        self.words.setVisible(not rows)
        self.table.setVisible(bool(rows))
        for button in (self.copy, self.save):
            button.setEnabled(bool(rows))
        self.table.setRowCount(len(rows))
        for n, row in enumerate(rows):
            place = f", {row[2]}" if row[2] else ""
            for column, text in enumerate((row[0], f"{row[1]}{place}", row[3])):
                cell = QTableWidgetItem(text)
                cell.setToolTip(f"{row[1]}\n{row[4]}; data verified: {row[5]}")
                self.table.setItem(n, column, cell)
        self._fit_height()

    def _fit_height(self) -> None:
        """As high as its lines, within limits: the width decides how they wrap."""
        height = self.table.verticalHeader().length() + self.table.horizontalHeader().height() + 6
        self.table.setFixedHeight(min(height, MOST_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines wrap anew."""
        super().resizeEvent(event)
        self._fit_height()

    @property
    def _plan(self) -> Plan | None:
        plan = self._bench.plan
        return plan if plan is not None and plan.implants else None

    def copy_text(self) -> None:
        """The list on the clipboard, columns apart by tabs."""
        if self._plan is not None:
            QGuiApplication.clipboard().setText(operative_text(self._plan))
            self._bench.desk.say("The operative list is on the clipboard.")

    def ask_where(self) -> None:
        """Choose a file and write the list."""
        plan = self._plan
        if plan is None:
            return
        start = str(Path.home() / f"{plan.name} operative list.csv")
        name, _ = QFileDialog.getSaveFileName(self, "Save the operative list", start, "CSV (*.csv)")
        if name:
            self.write(Path(name))

    def write(self, path: Path) -> None:
        """The list as CSV; an error of the disk is shown."""
        plan = self._plan
        if plan is None:
            return
        text = operative_text(plan, ",")
        done = self._bench.desk.attempt(
            lambda: write_atomically(path, lambda p: p.write_text(text, encoding="utf-8-sig"))
        )
        if done:
            self._bench.desk.say(f"The operative list was saved as {path.name}.")
