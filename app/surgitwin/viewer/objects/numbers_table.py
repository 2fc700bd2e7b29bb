"""The numbers of an object against each segment, a row each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from surgitwin.planning.objects.measure import ObjectNumbers, SegmentNumbers
from surgitwin.planning.objects.words import distance_words, overlap_words, short_distance, short_overlap
from surgitwin.segmentation.table import title

COLUMNS = (
    ("Segment", "A segment of the case: the union of its voxels"),
    ("Distance", "Least distance of the two surfaces; where they cross, how deep the object reaches in"),
    ("Overlap", "Volume of the object inside the segment, and its share of the object"),
    ("Axis", "Length of the object's long axis inside the segment; only for long bodies"),
)


class NumbersTable(QTableWidget):
    """Read only; one line of text a cell, the whole in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self.setObjectName("objectNumbers")
        self.setAccessibleName("numbers of the object")
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for n, (words, tip) in enumerate(COLUMNS):
            item = QTableWidgetItem(words)
            item.setToolTip(tip)
            self.setHorizontalHeaderItem(n, item)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.setMinimumHeight(5 * self.fontMetrics().height() + 60)

    def show_numbers(self, found: ObjectNumbers | None) -> None:
        """Show what was measured; None: nothing yet."""
        rows = () if found is None else found.segments
        error = max((r.distance_error_mm for r in rows), default=0.0)
        heading = self.horizontalHeaderItem(1)
        if heading is not None:
            heading.setText(f"Distance \u00b1 {error:.1f} mm" if rows else "Distance")
        self.setRowCount(len(rows))
        for n, row in enumerate(rows):
            for column, (words, tip) in enumerate(_cells(row)):
                item = QTableWidgetItem(words)
                item.setToolTip(f"{COLUMNS[column][1]}.\n{tip}")
                self.setItem(n, column, item)


def _cells(row: SegmentNumbers) -> tuple[tuple[str, str], ...]:
    """Text and whole words of each column."""
    axis = "" if row.axis_mm is None else f"{row.axis_mm:.1f} mm"
    name = title(row.name)
    return (
        (name, name),
        (short_distance(row), f"{name}: {distance_words(row)}"),
        (short_overlap(row), f"{name}: {overlap_words(row)}"),
        (axis, axis),
    )
