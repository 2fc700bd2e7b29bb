"""Landmark pairs by clicks: the first image in the main window, the second one in the slices here."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.imaging.registration import Kind
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.registration.pairs_list import Fit, PairList
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.click_tool import ClickMarks, ClickTool
from surgitwin.viewer.views.slice_view import SliceView

COLUMNS = ("First image", "Second image", "Apart after the fit")
WHERE = "Click a place in the slices of the main window, and the same place in the slices here."


class PairsDialog(QDialog):
    """`used` carries the `PairList` when the user takes it. kind: of the transform that is fitted."""

    used = Signal(object)

    def __init__(
        self, desk: Desk, volume: Volume, pairs: PairList, kind: Kind, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        assert desk.model is not None
        self.setObjectName("pairsDialog")
        self.setWindowTitle("Landmark pairs")
        self.resize(480, 700)
        self._desk, self._first, self.list, self._kind = desk, desk.model, pairs, kind
        self.second = ViewModel(volume)
        self.tools = (ClickTool("first", WHERE, self._put), ClickTool("second", WHERE, self._put))
        self.marks = (ClickMarks(self._first), ClickMarks(self.second))
        self.views = [SliceView(self.second, plane, self) for plane in ("axial", "sagittal", "coronal")]
        self.words, self.verdict = QLabel(WHERE, self), QLabel(self)
        set_role(self.words, "muted")
        self.verdict.setObjectName("pairsVerdict")
        self.table = QTableWidget(0, len(COLUMNS), self)
        self.table.setObjectName("pairsTable")
        self.click = QPushButton("Click pairs", self)
        self.delete, self.use = QPushButton("Delete", self), QPushButton("Use the pairs", self)
        self._lay_out()
        for model, marks in zip((self._first, self.second), self.marks, strict=True):
            model.add_overlay(marks)
        self._first.tool_changed.connect(self._follow_tool)
        self.click.toggled.connect(self._toggle)
        self.table.currentCellChanged.connect(lambda row, *_: self._select(row))
        self.delete.clicked.connect(lambda _: self._delete())
        self.use.clicked.connect(lambda _: self._use())
        desk.closing.connect(self.close)
        self.click.setChecked(True)
        self._refresh()

    def _lay_out(self) -> None:
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setMinimumHeight(150)
        for label in (self.words, self.verdict):
            label.setWordWrap(True)
        column, slices, row = QVBoxLayout(self), QGridLayout(), QHBoxLayout()
        for n, view in enumerate(self.views):  # narrow: the slices of the main window must stay in sight
            slices.addWidget(view, *divmod(n, 2))
        buttons = ((self.click, "pairsClick"), (self.delete, "pairsDelete"), (self.use, "pairsUse"))
        for button, name in buttons:
            button.setObjectName(name)
            button.setAutoDefault(False)
            row.addWidget(button)
        self.click.setCheckable(True)
        set_icon(self.click, "crosshair")
        set_icon(self.delete, "remove")
        set_role(self.use, "primary")
        row.insertStretch(2)
        column.addWidget(self.words)
        column.addLayout(slices, 1)
        column.addWidget(self.table)
        column.addWidget(self.verdict)
        column.addLayout(row)

    # ---- clicking -----------------------------------------------------------------------------------

    def _toggle(self, on: bool) -> None:
        first, second = self.tools
        if on and self._desk.views is not None and self._desk.views.layout_name not in ("four", "wide"):
            self._desk.views.set_layout("four")
        if on:
            self._first.set_tool(first)
        elif self._first.tool is first:
            self._first.set_tool(None)
        self.second.set_tool(second if on else None)

    def _follow_tool(self) -> None:
        """Another tool took the mouse in the main window, or Escape ended this one."""
        if self._first.tool is not self.tools[0]:
            self.click.setChecked(False)

    def _put(self, name: str, point_mm: FloatArray) -> None:
        self.list.put(name == "second", point_mm)
        (self.second if name == "second" else self._first).set_crosshair(point_mm)
        self._refresh()

    def _select(self, row: int) -> None:
        """Go to a pair in both images."""
        if not 0 <= row < len(self.list.rows):
            return
        self.list.current = row
        one = self.list.rows[row]
        for model, point in ((self._first, one.fixed), (self.second, one.moving)):
            if point is not None:
                model.set_crosshair(point)

    def _delete(self) -> None:
        at = self.table.currentRow()
        if 0 <= at < len(self.list.rows):
            self.list.delete(at)
            self._refresh()

    # ---- what is shown ------------------------------------------------------------------------------

    @property
    def fit(self) -> Fit:
        """Of the pairs of now."""
        return self.list.fit(self._kind)

    def _refresh(self) -> None:
        fit, rows = self.fit, self.list.rows
        errors = iter(fit.errors_mm)
        self.table.blockSignals(True)
        self.table.setRowCount(len(rows))
        for n, row in enumerate(rows):
            apart = f"{next(errors):.1f} mm" if row.whole and fit.matrix is not None else ""
            for column, text in enumerate((_place(row.fixed), _place(row.moving), apart)):
                self.table.setItem(n, column, QTableWidgetItem(text))
        self.table.setCurrentCell(self.list.current, 0)
        self.table.blockSignals(False)
        for marks, name in zip(self.marks, ("fixed", "moving"), strict=True):
            places = {str(n): getattr(row, name) for n, row in enumerate(rows, 1)}
            marks.points = {n: p for n, p in places.items() if p is not None}
        for model in (self._first, self.second):
            model.overlays_changed.emit()
        self.verdict.setText(fit.words)
        set_role(self.verdict, "" if fit.matrix is not None else "warning")
        self.use.setEnabled(fit.matrix is not None)
        self.use.setToolTip(fit.fault or "Begin the registration at these pairs")

    def _use(self) -> None:
        self.used.emit(self.list)
        self.close()

    def done(self, result: int) -> None:
        """Give the mouse and the slices back."""
        self.click.setChecked(False)
        self._first.tool_changed.disconnect(self._follow_tool)
        self._first.remove_overlay(self.marks[0])
        for view in self.views:
            view.release()
        super().done(result)


def _place(point: FloatArray | None) -> str:
    return "click" if point is None else ", ".join(f"{v:.1f}" for v in np.asarray(point))


def open_pairs(desk: Desk, volume: Volume, pairs: PairList, kind: Kind, parent: QWidget) -> PairsDialog:
    """The dialog, shown beside the work."""
    dialog = PairsDialog(desk, volume, pairs, kind, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    window = parent.parentWidget()
    if window is not None:  # over the panel at the left
        dialog.move(window.mapToGlobal(window.rect().topLeft()))
    return dialog
