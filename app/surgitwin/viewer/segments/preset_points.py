"""The clicks of a preset: one row a point; placed in a slice, shown as rings, taken away again."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.presets import AskedPoint, Preset
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.click_tool import ClickMarks, ClickTool


class PresetPoints(QWidget):
    """`clicks`: what was placed, by name, as lists of LPS mm. A point may be clicked several times."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.model is not None
        self._desk, self._model = desk, desk.model
        self.marks = ClickMarks(self._model)
        self._asked: tuple[AskedPoint, ...] = ()
        self._placed: dict[str, list[FloatArray]] = {}
        self._tool: ClickTool | None = None
        self._shown = False
        self.buttons: dict[str, QPushButton] = {}
        self.places: dict[str, QLabel] = {}
        self._clear: dict[str, QPushButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)

    def show_preset(self, preset: Preset) -> None:
        """Rows for the points that `preset` asks for; what was placed for another one goes."""
        self.stop()
        for widget in self.findChildren(QWidget):
            widget.setParent(None)
            widget.deleteLater()
        self._asked, self._placed = preset.points, {p.name: [] for p in preset.points}
        self.buttons, self.places, self._clear = {}, {}, {}
        for row, point in enumerate(self._asked):
            self._row(row, point)
        self.setVisible(bool(self._asked))
        self._follow()

    def _row(self, row: int, point: AskedPoint) -> None:
        need = "" if point.needed else " (optional)"
        label, place = QLabel(point.title + need, self), QLabel("", self)
        label.setToolTip(point.hint)
        set_role(place, "figures")
        button, clear = QPushButton("Click", self), QPushButton(self)
        button.setObjectName(f"click_{point.name}")
        button.setCheckable(True)
        button.setToolTip(f"{_plain(point.hint)}. Each click adds one.")
        set_icon(button, "crosshair")
        button.clicked.connect(lambda on, p=point: self._toggle(p, on))
        clear.setObjectName(f"clear_{point.name}")
        clear.setToolTip(f"Take the clicks for {point.title.lower()} away")
        set_icon(clear, "remove")
        clear.clicked.connect(lambda _on, p=point: self._drop(p.name))
        for column, widget in enumerate((label, place, button, clear)):
            self._grid.addWidget(widget, row, column)
        self.buttons[point.name], self.places[point.name] = button, place
        self._clear[point.name] = clear

    @property
    def clicks(self) -> dict[str, list[list[float]]]:
        """Placed points by name, LPS mm, without those that have none."""
        return {name: [p.tolist() for p in found] for name, found in self._placed.items() if found}

    @property
    def missing(self) -> str:
        """Title of the first needed point that was not placed; "" when all are."""
        return next((p.title for p in self._asked if p.needed and not self._placed[p.name]), "")

    def put(self, name: str, point_mm: FloatArray) -> None:
        """A point was clicked."""
        self._placed[name].append(np.asarray(point_mm, float))
        self._model.set_crosshair(point_mm)
        self._follow()

    def show_marks(self, on: bool) -> None:
        """Rings in the slices while the page is shown."""
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
        self._tool = ClickTool(point.name, point.hint, self.put)
        if self._desk.views is not None and self._desk.views.layout_name not in ("four", "wide"):
            self._desk.views.set_layout("four")
        self._model.set_tool(self._tool)
        self._desk.say(f"{_plain(point.hint)}.")

    def _drop(self, name: str) -> None:
        self._placed[name] = []
        self._follow()

    def _tool_changed(self) -> None:
        for name, button in self.buttons.items():
            tool = self._tool
            button.setChecked(tool is not None and self._model.tool is tool and tool.name == name)

    def _follow(self) -> None:
        for name, found in self._placed.items():
            last = "not placed" if not found else "({:.0f}, {:.0f}, {:.0f}) mm".format(*found[-1])
            self.places[name].setText(last if len(found) < 2 else f"{len(found)} clicks")
            self._clear[name].setEnabled(bool(found))
        self.marks.points = {
            name if n == 0 else f"{name} {n + 1}": p
            for name, found in self._placed.items()
            for n, p in enumerate(found)
        }
        self._tool_changed()
        self._model.overlays_changed.emit()
        self.changed.emit()


def _plain(hint: str) -> str:
    return hint.rstrip(".")
