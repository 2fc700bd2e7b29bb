"""The clicks of a preset: one row a point; placed in a slice, shown there, taken back or away again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QToolButton, QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.presets import AskedPoint, Preset
from surgitwin.segmentation.vertebra.strokes import strokes_of
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.segments.preset_marks import StrokeMarks
from surgitwin.viewer.segments.preset_stroke import StrokeTool
from surgitwin.viewer.theme import set_role

HOW_TO_STROKE = "Click, or drag to draw a stroke. Backspace takes the last one back. Then press Segment."


class PresetPoints(QWidget):
    """`clicks`: what was placed, by name, as lists of LPS mm. A point may be clicked several times.

    What was placed for a preset stays while another one is chosen.
    """

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.model is not None
        self._desk, self._model = desk, desk.model
        self.marks = StrokeMarks(self._model)
        self._asked: dict[str, AskedPoint] = {}
        self._of: dict[str, dict[str, list[FloatArray]]] = {}
        self._placed: dict[str, list[FloatArray]] = {}
        self._tool: StrokeTool | None = None
        self._shown = False
        self.buttons: dict[str, QPushButton] = {}
        self.places: dict[str, QLabel] = {}
        self._takers: dict[str, tuple[QToolButton, QToolButton]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)

    def show_preset(self, preset: Preset, known: Mapping[str, FloatArray]) -> None:
        """Rows for the points that `preset` asks for, with what was placed for it here, or else with `known`:
        the clicks by name, (n, 3) LPS mm, that the case keeps of its last run.
        """
        self.stop()
        for widget in self.findChildren(QWidget):
            widget.setParent(None)
            widget.deleteLater()
        self._asked = {p.name: p for p in preset.points}
        if preset.name not in self._of:
            self._of[preset.name] = {p.name: _known(p, known) for p in preset.points}
        self._placed = self._of[preset.name]
        self.buttons, self.places, self._takers = {}, {}, {}
        for row, point in enumerate(self._asked.values()):
            self._row(row, point)
        if any(p.stroke for p in self._asked.values()):
            words = QLabel(HOW_TO_STROKE, self)
            words.setWordWrap(True)
            set_role(words, "small")
            self._grid.addWidget(words, len(self._asked), 0, 1, 5)
        self.setVisible(bool(self._asked))
        self._follow()

    def _row(self, row: int, point: AskedPoint) -> None:
        need = "" if point.needed else " (optional)"
        label, place = QLabel(point.title + need, self), QLabel("", self)
        label.setToolTip(point.hint)
        set_role(place, "figures")
        button = QPushButton("Click", self)
        button.setObjectName(f"click_{point.name}")
        button.setCheckable(True)
        more = "Another click takes its place" if point.single else "Each click adds one"
        button.setToolTip(f"{_plain(point.hint)}. {more}.")
        set_icon(button, "crosshair")
        button.clicked.connect(lambda on, p=point: self._toggle(p, on))
        back = self._taker("back", "undo", f"Take the last one back: {point.title.lower()}", point)
        back.clicked.connect(lambda _on, p=point: self.take_back(p.name))
        clear = self._taker("clear", "remove", f"Take all away: {point.title.lower()}", point)
        clear.clicked.connect(lambda _on, p=point: self._drop(p.name))
        for column, widget in enumerate((label, place, button, back, clear)):
            self._grid.addWidget(widget, row, column)
        back.setVisible(not point.single)
        self.buttons[point.name], self.places[point.name] = button, place
        self._takers[point.name] = back, clear

    def _taker(self, kind: str, icon: str, tip: str, point: AskedPoint) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{kind}_{point.name}")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        set_icon(button, icon)
        return button

    @property
    def clicks(self) -> dict[str, list[list[float]]]:
        """Placed points by name, LPS mm, without those that have none."""
        return {name: np.concatenate(found).tolist() for name, found in self._placed.items() if found}

    @property
    def missing(self) -> str:
        """Title of the first needed point that was not placed; "" when all are."""
        return next((p.title for p in self._asked.values() if p.needed and not self._placed[p.name]), "")

    def put(self, name: str, points_mm: FloatArray) -> None:
        """A point (3,) was clicked, or a stroke (n, 3) drawn, LPS mm."""
        stroke = np.asarray(points_mm, float).reshape(-1, 3)
        if self._asked[name].single:
            self._placed[name].clear()
        self._placed[name].append(stroke)
        self._model.set_crosshair(stroke[-1])
        self._follow()

    def take_back(self, name: str) -> None:
        """The last click or stroke goes."""
        if self._placed[name]:
            self._placed[name].pop()
            self._follow()

    def show_marks(self, on: bool) -> None:
        """Rings and lines in the slices while the page is shown."""
        if on == self._shown:
            return
        self._shown = on
        if on:
            self._model.add_overlay(self.marks)
            self._model.tool_changed.connect(self._tool_changed)
        else:
            self.stop()
            self._model.tool_changed.disconnect(self._tool_changed)
            self._model.remove_overlay(self.marks)

    def stop(self) -> None:
        """Put the click tool away."""
        if self._tool is not None and self._model.tool is self._tool:
            self._model.set_tool(None)
        self._tool = None

    def _toggle(self, point: AskedPoint, on: bool) -> None:
        self.stop()
        if not on:
            return
        self._tool = StrokeTool(point.name, point.hint, point.stroke, self.put, self.take_back)
        if self._desk.views is not None and self._desk.views.layout_name not in ("four", "wide"):
            self._desk.views.set_layout("four")
        self._model.set_tool(self._tool)
        self._desk.say(f"{_plain(point.hint)}.")

    def _drop(self, name: str) -> None:
        self._placed[name].clear()
        self._follow()

    def _tool_changed(self) -> None:
        for name, button in self.buttons.items():
            tool = self._tool
            button.setChecked(tool is not None and self._model.tool is tool and tool.name == name)

    def _follow(self) -> None:
        for name, found in self._placed.items():
            self.places[name].setText(_words(found))
            for button in self._takers[name]:
                button.setEnabled(bool(found))
        self.marks.strokes = self._placed
        self._tool_changed()
        self._model.overlays_changed.emit()
        self.changed.emit()


def _known(point: AskedPoint, known: Mapping[str, FloatArray]) -> list[FloatArray]:
    clicks = np.asarray(known.get(point.name, np.empty((0, 3))), float)
    return strokes_of(clicks) if point.stroke else [c[None] for c in clicks]


def _words(found: list[FloatArray]) -> str:
    """Where the only click is, or how many clicks and strokes there are."""
    strokes = sum(len(f) > 1 for f in found)
    clicks = len(found) - strokes
    if (clicks, strokes) == (1, 0):
        return "({:.0f}, {:.0f}, {:.0f}) mm".format(*found[0][0])
    counts = ((clicks, "click"), (strokes, "stroke"))
    return ", ".join(f"{n} {what}{'s' * (n > 1)}" for n, what in counts if n) or "not placed"


def _plain(hint: str) -> str:
    return hint.rstrip(".")
