"""Patients, studies and series of a scan as a tree with small pictures."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QWidget

from surgitwin.imaging.dicom.thumbnail import Picture
from surgitwin.planning.images.series_tree import SeriesRow
from surgitwin.planning.images.source import Found
from surgitwin.viewer.icons import pixmap
from surgitwin.viewer.theme import theme, themes
from surgitwin.viewer.widgets.card_button import grey_pixmap

MARKS = {"ok": ("ok", "ok"), "choice": ("help", "warning"), "refused": ("keep-out", "error")}
"""Icon and colour by status of a series; the words beside say the same."""
ROW = Qt.ItemDataRole.UserRole
PICTURE_PX, MARK_PX = 56, 20


class ImportTree(QTreeWidget):
    """Emits `series_chosen` with the `SeriesRow` that is selected, also a refused one, and `wanted` with one
    that is double-clicked or that Enter is pressed on."""

    series_chosen = Signal(object)
    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importTree")
        self.setAccessibleName("patients, studies and series")
        self.setColumnCount(1)
        self.setHeaderHidden(True)
        self.setIconSize(QSize(PICTURE_PX, PICTURE_PX))
        self.setIndentation(14)
        self.setMinimumWidth(330)
        self.header().setStretchLastSection(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.currentItemChanged.connect(self._current)
        self.itemActivated.connect(self._activated)
        self._found: Found | None = None
        themes().changed.connect(self._recolour)

    def show_found(self, found: Found) -> None:
        """Fill the tree; the best series is selected, else the first one."""
        self._found = found
        self.clear()
        first: QTreeWidgetItem | None = None
        for patient in found.tree:
            top = self._heading(None, f"{patient.title}\n{patient.facts}", "patient")
            for study in patient.studies:
                under = self._heading(top, study.title, "study")
                for row in study.series:
                    item = self._series(under, row, found)
                    if row is found.best or (first is None and found.best is None):
                        first = item
        self.expandAll()
        self._fit()
        if first is not None:
            self.setCurrentItem(first)
            self.scrollToItem(first)

    def _fit(self) -> None:
        """As wide as the view, wider when the text needs it: then it scrolls."""
        self.setColumnWidth(0, max(self.viewport().width(), self.sizeHintForColumn(0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The rows reach the edge."""
        super().resizeEvent(event)
        self._fit()

    def _heading(self, above: QTreeWidgetItem | None, words: str, name: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([words])
        item.setToolTip(0, words)
        font = QFont(self.font())
        font.setBold(above is None)
        item.setFont(0, font)
        item.setData(0, Qt.ItemDataRole.DecorationRole, self._mark(name, "muted"))
        if above is None:
            self.addTopLevelItem(item)
        else:
            above.addChild(item)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return item

    def _series(self, above: QTreeWidgetItem, row: SeriesRow, found: Found) -> QTreeWidgetItem:
        item = QTreeWidgetItem([f"{row.title}\n{row.brief}\n{row.state}"])
        item.setData(0, ROW, row)
        item.setToolTip(0, "\n".join((row.title, row.facts, row.state, *row.advice, *row.notes)))
        item.setIcon(0, self._picture(row, found.thumbnails.get(row.series.uid)))
        if not row.usable:
            item.setForeground(0, QBrush(QColor(theme().disabled)))
        above.addChild(item)
        return item

    def _mark(self, name: str, role: str) -> QPixmap:
        """An icon of the size of text."""
        ratio = self.devicePixelRatioF()
        out = pixmap(name, getattr(theme(), role), round(MARK_PX * ratio))
        out.setDevicePixelRatio(ratio)
        return out

    def _picture(self, row: SeriesRow, thumbnail: Picture | None) -> QIcon:
        """The thumbnail with the mark of the series' state in its corner, alike when selected."""
        ratio = self.devicePixelRatioF()
        edge, mark = round(PICTURE_PX * ratio), round(MARK_PX * ratio)
        whole = QPixmap(edge, edge)
        whole.fill(QColor(theme().view))
        with QPainter(whole) as painter:
            if thumbnail is not None:
                small = grey_pixmap(thumbnail).scaled(
                    edge, edge, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
                painter.drawPixmap((edge - small.width()) // 2, (edge - small.height()) // 2, small)
            name, role = MARKS[row.series.status]
            painter.fillRect(edge - mark, edge - mark, mark, mark, QColor(theme().panel))
            painter.drawPixmap(edge - mark, edge - mark, pixmap(name, getattr(theme(), role), mark))
        whole.setDevicePixelRatio(ratio)
        out = QIcon(whole)
        out.addPixmap(whole, QIcon.Mode.Selected)
        return out

    def chosen_row(self) -> SeriesRow | None:
        """The selected series."""
        item = self.currentItem()
        return None if item is None else item.data(0, ROW)

    def _current(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        row = None if item is None else item.data(0, ROW)
        if row is not None:
            self.series_chosen.emit(row)

    def _activated(self, item: QTreeWidgetItem, _column: int) -> None:
        if item.data(0, ROW) is not None:
            self.wanted.emit(item.data(0, ROW))

    def _recolour(self) -> None:
        """Icons and greys in the colours of now, the selection kept."""
        kept, found = self.chosen_row(), self._found
        if found is None:
            return
        self.blockSignals(True)
        self.show_found(found)
        self.blockSignals(False)
        self.select(kept)

    def select(self, row: SeriesRow | None) -> None:
        """Select a series."""
        for item in self.findItems("*", Qt.MatchFlag.MatchWildcard | Qt.MatchFlag.MatchRecursive):
            if row is not None and item.data(0, ROW) is row:
                self.setCurrentItem(item)
