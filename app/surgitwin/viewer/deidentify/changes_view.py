"""What is done to each attribute, as a table: attribute, action, reason, how many images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from surgitwin.exchange.deidentify import Report

HEADINGS = ("Attribute", "Tag", "What is done", "Why", "Images")
WIDTHS = (230, 110, 110, 330)


class ChangesView(QTableWidget):
    """Rows of a report; values of the originals are never shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADINGS), parent)
        self.setObjectName("changes")
        self.setAccessibleName("changes to the images")
        self.setHorizontalHeaderLabels(HEADINGS)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        for column, width in enumerate(WIDTHS):
            self.setColumnWidth(column, width)

    def show_report(self, report: Report) -> None:
        """Fill the table."""
        count: Counter[tuple[str, str, str, str]] = Counter(
            (c.path.rpartition(".")[2], c.name, c.action, c.reason) for f in report.files for c in f.changes
        )
        self.show_changes(count)

    def show_changes(self, count: Mapping[tuple[str, str, str, str], int]) -> None:
        """Fill the table with (tag, attribute, action, reason) -> how many."""
        self.setRowCount(len(count))
        for row, ((tag, name, action, reason), number) in enumerate(sorted(count.items())):
            for column, words in enumerate((name, tag, action, reason, str(number))):
                self.setItem(row, column, QTableWidgetItem(words))
