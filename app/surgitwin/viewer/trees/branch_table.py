"""The table of branches: sizes, narrowings, notes; a row chooses its branch, its name can be typed."""

from __future__ import annotations

from collections.abc import Sequence

from psygnal import Signal as Event
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.segments.tree_table import BranchRow, narrowest_words
from surgitwin.scene.tree_layers import colour_of
from surgitwin.viewer.theme import set_role

COLUMNS = (
    ("Name", "Double-click to give a name"),
    ("Narrowest place", "Narrowing of the diameter against the healthy one there, or why it is not judged"),
    ("Length\nmm", "Along the centreline, from bifurcation to bifurcation"),
    ("Mean\nØ mm", "Mean diameter of a circle of the section's area ± the error of both walls on phantoms"),
    ("Least\nØ mm", "Smallest such diameter"),
    ("Tortu-\nosity", "Length over the distance of its ends, minus 1"),
    ("From", "The branch that it leaves"),
    ("Notes", "What must be known of it"),
)
STALE = "Out of date: the segment was changed since. Measure the tree again."
WIDEST = 260
"""px of a column: longer words are cut there and whole in their tip (handling only)."""
NUMBER = Qt.ItemDataRole.UserRole
SORT = Qt.ItemDataRole.UserRole + 1


class BranchTable(QWidget):
    """chosen: id of the branch of the row that was pressed. renamed: id and name that was typed."""

    chosen = Event(int)
    renamed = Event(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("treeTable")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.stale = QLabel(STALE, self)
        self.stale.setObjectName("treeTableStale")
        self.stale.setWordWrap(True)
        set_role(self.stale, "warning")
        self.table = QTableWidget(0, len(COLUMNS), self)
        self.table.setObjectName("treeBranches")
        self.table.setAccessibleName("Branches of the vessel tree")
        self._build()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.stale)
        column.addWidget(self.table, 1)
        self.rows: tuple[BranchRow, ...] = ()
        self._filling = False
        self.table.itemSelectionChanged.connect(self._selected)
        self.table.itemChanged.connect(self._typed)

    def _build(self) -> None:
        t = self.table
        for n, (words, tip) in enumerate(COLUMNS):
            head = QTableWidgetItem(words)
            head.setToolTip(tip)
            t.setHorizontalHeaderItem(n, head)
        t.verticalHeader().hide()
        t.verticalHeader().setDefaultSectionSize(t.fontMetrics().height() + 8)
        t.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        t.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        t.setWordWrap(False)
        t.setMinimumSize(160, 110)
        header = t.horizontalHeader()
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMaximumSectionSize(WIDEST)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    # ---- what is shown ------------------------------------------------------------------------------

    def show_rows(
        self, rows: Sequence[BranchRow], chosen: int | None, *, current: bool, editable: bool
    ) -> None:
        """The branches in place of the former ones. current: they belong to the segment of now."""
        self.stale.setVisible(not current)
        if tuple(rows) != self.rows:
            self.rows = tuple(rows)
            self._filling = True
            self.table.setSortingEnabled(False)
            self.table.setRowCount(len(self.rows))
            for n, row in enumerate(self.rows):
                for column, item in enumerate(_items(row, editable)):
                    self.table.setItem(n, column, item)
            self.table.setSortingEnabled(True)
            self._filling = False
        self.show_chosen(chosen)

    def show_chosen(self, number: int | None) -> None:
        """Mark the row of a branch."""
        self._filling = True
        for n in range(self.table.rowCount()):
            item = self.table.item(n, 0)
            if item is not None and item.data(NUMBER) == number:
                if n not in {i.row() for i in self.table.selectedIndexes()}:
                    self.table.selectRow(n)
                    self.table.scrollToItem(item)
                break
        else:
            self.table.clearSelection()
        self._filling = False

    # ---- hands --------------------------------------------------------------------------------------

    def _selected(self) -> None:
        found = self.table.selectedItems()
        if not self._filling and found:
            first = self.table.item(found[0].row(), 0)
            if first is not None:
                self.chosen.emit(int(first.data(NUMBER)))

    def _typed(self, item: QTableWidgetItem) -> None:
        if not self._filling and item.column() == 0:
            self.rows = ()  # whatever becomes of the name, the table is filled anew
            self.renamed.emit(int(item.data(NUMBER)), item.text())


class _Item(QTableWidgetItem):
    """Sorted by its number, not by its letters."""

    def __lt__(self, other: QTableWidgetItem) -> bool:
        return bool(self.data(SORT) < other.data(SORT))


def _items(row: BranchRow, editable: bool) -> list[QTableWidgetItem]:
    q = row.narrowest
    error = "" if row.uncertainty_mm is None else f" ± {row.uncertainty_mm:.1f}"
    cells: list[tuple[str, float]] = [
        (row.name, row.id),
        (narrowest_words(row), 0.0 if q is None else -1.0 if q.doubt else q.percent),
        *((_said(v, n) + plus, -1.0 if v is None else v) for v, n, plus in (
            (row.length_mm, 1, ""), (row.mean_mm, 1, error), (row.least_mm, 1, error), (row.tortuosity, 2, "")
        )),
        (row.parent_name or "–", -1 if row.parent is None else row.parent),
        ("; ".join(row.flags), len(row.flags)),
    ]  # fmt: skip
    out: list[QTableWidgetItem] = []
    for column, (words, value) in enumerate(cells):
        item = _Item(words)
        item.setData(NUMBER, row.id)
        item.setData(SORT, value)
        item.setToolTip(words if column in (0, 1, 7) else COLUMNS[column][1])
        flags = item.flags()
        if column or not editable:
            flags &= ~Qt.ItemFlag.ItemIsEditable
        item.setFlags(flags)
        out.append(item)
    out[0].setData(Qt.ItemDataRole.DecorationRole, QColor.fromRgbF(*colour_of(row.id)))
    return out


def _said(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
