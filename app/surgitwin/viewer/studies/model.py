"""The catalogue's tree for Qt: lines come from plain lists, pictures when they are looked at."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QBrush, QColor, QFont, QPixmap

from surgitwin.exchange.catalogue import Catalogue, Listed
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.studies.pictures import PICTURE_PX, Seen, blank, pixmap, seen_pictures
from surgitwin.viewer.studies.tree import ROOT, Node, Shown
from surgitwin.viewer.theme import theme

COLUMNS = ("Patient, study, series", "Kind", "Date", "Slices", "State")
MOST_PICTURES = 400
"""Pictures that are held; those looked at longest ago go first."""

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class StudiesModel(QAbstractItemModel):
    """Read-only. `show_found` replaces everything at once."""

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._nodes: tuple[Node, ...] = (Node("root", -1, 0, ()),)
        self._pictures: OrderedDict[int, QPixmap | None] = OrderedDict()
        self._wanted: dict[int, int] = {}
        self._latest = Latest(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(30)
        self._soon.timeout.connect(self._fetch)

    def show_found(self, found: Shown) -> None:
        """Other lines."""
        self.beginResetModel()
        self._nodes = found.nodes
        self._wanted.clear()
        self.endResetModel()

    def listed(self, index: Index) -> tuple[str, Listed | None]:
        """Kind of line and the series that it stands for (the first one of a study or patient)."""
        node = self._nodes[self._number(index)]
        return node.kind, node.listed

    def first_series(self) -> QModelIndex:
        """The first series, if there is one."""
        number = next((n for n, node in enumerate(self._nodes) if node.kind == "series"), None)
        return QModelIndex() if number is None else self._index_of(number)

    # ---- Qt -----------------------------------------------------------------------------------------

    def _number(self, index: Index) -> int:
        return int(index.internalId()) if index.isValid() else ROOT

    def _index_of(self, number: int) -> QModelIndex:
        return QModelIndex() if number == ROOT else self.createIndex(self._nodes[number].row, 0, number)

    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        """Of a line below `parent`."""
        below = self._nodes[self._number(parent)].below
        if not 0 <= row < len(below) or not 0 <= column < len(COLUMNS):
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: Index = NOWHERE) -> Any:
        """Of the line above."""
        number = self._number(index)
        return QModelIndex() if number == ROOT else self._index_of(self._nodes[number].above)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Lines below."""
        return 0 if parent.column() > 0 else len(self._nodes[self._number(parent)].below)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Always the same."""
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Words, picture, weight of letters, colour, tip."""
        number = self._number(index)
        node = self._nodes[number]
        if role == Qt.ItemDataRole.DisplayRole:
            return node.cells[index.column()] if node.cells else None
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0 and node.listed is not None:
            return self._picture(number, node) if node.kind == "series" else None
        if role == Qt.ItemDataRole.FontRole and node.kind == "patient":
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole and node.kind == "series" and node.listed is not None:
            unusable = node.listed.status == "refused" or node.listed.missing
            return QBrush(QColor(theme().disabled)) if unusable else None
        if role == Qt.ItemDataRole.ToolTipRole and node.listed is not None and node.kind == "series":
            return "\n".join(x for x in (node.cells[0], node.listed.size, node.listed.reason) if x)
        if role == Qt.ItemDataRole.SizeHintRole and index.column() == 0 and node.kind == "series":
            return QSize(0, PICTURE_PX + 4)
        return None

    # ---- pictures -----------------------------------------------------------------------------------

    def _picture(self, number: int, node: Node) -> QPixmap:
        key = node.listed.id if node.listed is not None else 0
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key] or blank()
        self._wanted[key] = number
        self._soon.start()
        return blank()

    def _fetch(self) -> None:
        if self._latest.busy:
            self._soon.start()
            return
        wanted, self._wanted = dict(list(self._wanted.items())[-60:]), {}
        nodes = self._nodes
        self._latest.ask(
            lambda: seen_pictures(self._catalogue, list(wanted)),
            lambda found: self._show(nodes, wanted, found),
        )

    def _show(self, nodes: tuple[Node, ...], wanted: dict[int, int], found: dict[int, Seen]) -> None:
        for key, number in wanted.items():
            self._pictures[key] = pixmap(found[key]) if key in found else None
            if nodes is self._nodes:
                at = self._index_of(number)
                self.dataChanged.emit(at, at, [Qt.ItemDataRole.DecorationRole])
        while len(self._pictures) > MOST_PICTURES:
            self._pictures.popitem(last=False)

    def release(self) -> None:
        """Stop reading."""
        self._soon.stop()
        self._latest.stop()
