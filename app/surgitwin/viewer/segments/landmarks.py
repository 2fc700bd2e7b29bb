"""Landmarks: jump to one, move it by hand, put it back; and their marks in the slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.segments import landmarks as landmark_edit
from surgitwin.scene.sliceimage import directions
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import theme
from surgitwin.viewer.tools.landmark_tool import LandmarkTool

NEAR_MM = 4.0
"""A landmark is marked in slices no farther away than this (display only)."""
COLOURS = {"automatic": "#56b4e9", "estimated": "#e69f00", "by hand": "#009e73"}
"""Of the rings on the dark slices."""
ROLES = {"automatic": "text", "estimated": "warning", "by hand": "ok"}
"""Of the words in the list."""


class LandmarkMarks:
    """Rings in the slices at landmarks that lie in them; where a moved one was, a small grey ring."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def paint(self, view: Any, painter: QPainter) -> None:
        """Draw on a slice view."""
        session, model = self._desk.session, self._desk.model
        if session is None or model is None or not session.case.state.get("anatomy"):
            return
        normal = directions(view.plane, model.axes)[2]
        for name, row in session.case.state["anatomy"]["landmarks"].items():
            point = np.array(row["point_mm"])
            if row.get("automatic"):
                self._ring(view, painter, np.array(row["automatic"]["point_mm"]), normal, "#9aa4b0", 3.5, "")
            self._ring(view, painter, point, normal, COLOURS[kind(row)], 6, landmark_edit.title(name))

    def _ring(
        self, view: Any, painter: QPainter, point: Any, normal: Any, colour: str, radius: float, words: str
    ) -> None:
        model = self._desk.model
        if model is None or abs(float((point - model.crosshair_mm) @ normal)) > NEAR_MM:
            return
        at = view.position_of(point)
        for ink, width in (("#000000", 3.5), (colour, 1.8)):
            painter.setPen(QPen(QColor(ink), width))
            painter.drawEllipse(at, radius, radius)
        if words:
            where = at + QPointF(radius + 4, 4)
            painter.setPen(QColor("#000000"))
            painter.drawText(where + QPointF(1, 1), words)
            painter.setPen(QColor(colour))
            painter.drawText(where, words)


def kind(row: Mapping[str, Any]) -> str:
    """ "by hand", "estimated" or "automatic"."""
    return "by hand" if row.get("by_hand") else "estimated" if row["estimated"] else "automatic"


class LandmarkPanel(QWidget):
    """Call `refresh` after the anatomy changed, `show_marks` with the page."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._marks = LandmarkMarks(desk)
        self._marks_on = False
        self._tool: LandmarkTool | None = None
        self.list = QListWidget(self)
        self.list.setObjectName("landmarks")
        self.list.setAccessibleName("landmarks")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.move_button, self.reset = QPushButton("Move by hand", self), QPushButton("Reset", self)
        self.move_button.setCheckable(True)
        self.move_button.setObjectName("moveLandmark")
        self.reset.setObjectName("resetLandmark")
        set_icon(self.move_button, "move")
        set_icon(self.reset, "reset")
        row = QHBoxLayout()
        row.addWidget(self.move_button)
        row.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addLayout(row)
        self.list.itemClicked.connect(lambda _: self._jump())
        self.list.itemActivated.connect(lambda _: self._jump())
        self.list.currentItemChanged.connect(lambda *_: self._show_buttons())
        self.move_button.clicked.connect(self._toggle)
        self.reset.clicked.connect(lambda _: self._put_back())

    @property
    def chosen(self) -> str:
        """Name of the chosen landmark, "" without one."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def refresh(self, anatomy: Mapping[str, Any] | None) -> None:
        """The landmarks of the case state's anatomy."""
        chosen = self.chosen
        self.list.blockSignals(True)
        self.list.clear()
        for name, row in ((anatomy or {}).get("landmarks") or {}).items():
            assert anatomy is not None
            away = landmark_edit.moved_mm(anatomy, name)
            state = f"by hand, {away:.1f} mm away" if away is not None else kind(row)
            item = QListWidgetItem(f"{landmark_edit.title(name)}: {state}")
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setForeground(QColor(getattr(theme(), ROLES[kind(row)])))
            item.setToolTip(f"{row['rule'][:1].upper()}{row['rule'][1:]}. Click to go there.")
            self.list.addItem(item)
            if name == chosen:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        rows = max(self.list.count(), 1)
        height = self.list.sizeHintForRow(0) if self.list.count() else 24
        self.list.setFixedHeight(rows * height + 6)
        self._show_buttons()

    def _row(self) -> Mapping[str, Any] | None:
        session = self._desk.session
        if session is None or not self.chosen or not session.case.state.get("anatomy"):
            return None
        row: Mapping[str, Any] | None = session.case.state["anatomy"]["landmarks"].get(self.chosen)
        return row

    def _show_buttons(self) -> None:
        row, session = self._row(), self._desk.session
        free = session is not None and not session.read_only
        self.move_button.setEnabled(row is not None and free)
        self.reset.setEnabled(row is not None and free and bool(row.get("by_hand")))
        words = landmark_edit.title(self.chosen).lower() if row else ""
        self.move_button.setToolTip(
            f"Place the {words} by hand in a slice or on the bone" if row else "Choose a landmark first"
        )
        self.reset.setToolTip(
            f"Back to the automatic place of the {words}" if row else "Choose a landmark first"
        )
        if self._tool is not None and self._tool.name != self.chosen:
            self._toggle(self.move_button.isChecked() and row is not None)

    def _jump(self) -> None:
        row, model = self._row(), self._desk.model
        if row is not None and model is not None:
            model.set_crosshair(np.array(row["point_mm"]))

    def _toggle(self, on: bool) -> None:
        model = self._desk.model
        if model is None:
            return
        former, self._tool = self._tool, None
        if on and self.chosen:
            self._jump()
            self._tool = LandmarkTool(self._desk, self.chosen)
            model.set_tool(self._tool)
            self._desk.say(self._tool.words)
        elif former is not None and model.tool is former:
            model.set_tool(None)

    def _tool_changed(self) -> None:
        model = self._desk.model
        if self._tool is not None and model is not None and model.tool is not self._tool:
            self._tool = None
        self.move_button.setChecked(self._tool is not None)

    def _put_back(self) -> None:
        session, name = self._desk.session, self.chosen
        if session is not None and name:
            anatomy = landmark_edit.reset(session.case.state["anatomy"], name)
            words = f"Reset {landmark_edit.title(name).lower()}"
            self._desk.attempt(lambda: session.edit(words, state={"anatomy": anatomy}))

    def show_marks(self, on: bool) -> None:
        """Marks in the slices, while the page is shown."""
        model = self._desk.model
        if model is None or on == self._marks_on:
            return
        self._marks_on = on
        if on:
            model.add_overlay(self._marks)
            model.tool_changed.connect(self._tool_changed)
        else:
            self._toggle(False)
            model.tool_changed.disconnect(self._tool_changed)
            self.move_button.setChecked(False)
            model.remove_overlay(self._marks)
