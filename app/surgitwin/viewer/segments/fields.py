"""Fields for the parameters of an effect, built from its description in the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.segmentation.edit.parameter import Parameter
from surgitwin.viewer.segments.brush import HU
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.widgets.number import Number

LABEL_PX = 98
"""Width of the words before a field, as in `Number`."""


class Choice(QWidget):
    """Words and a list to choose from."""

    changed = Signal()

    def __init__(self, one: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QComboBox(self)
        self.box.setAccessibleName(one.title)
        self.box.setToolTip(one.tip)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(10)
        for key, words in (one.choices or {}).items():
            self.box.addItem(words, key)
        self.set_value(one.default)
        row = labelled_row(one, self)
        row.addWidget(self.box, 1)
        self.box.currentIndexChanged.connect(lambda _: self.changed.emit())

    @property
    def value(self) -> Any:
        """Key of the chosen words."""
        return self.box.currentData()

    def set_value(self, value: Any) -> None:
        """Choose another."""
        self.box.setCurrentIndex(max(self.box.findData(value), 0))


class SegmentChoice(Choice):
    """One of the other segments, or none."""

    def follow(self, editor: LabelEditor) -> None:
        """The table or the chosen segment changed."""
        kept = self.value
        self.box.blockSignals(True)
        self.box.clear()
        self.box.addItem("None", None)
        for segment in editor.segments:
            if segment.label != editor.chosen:
                self.box.addItem(editor.title(segment.label).capitalize(), segment.label)
        self.set_value(kept)
        self.box.blockSignals(False)


class Places(QWidget):
    """Points that are taken from the crosshair: one, or several for kind "points"."""

    changed = Signal()

    def __init__(self, one: Parameter, crosshair: Callable[[], Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._single, self._crosshair = one.kind == "point", crosshair
        self._points: list[tuple[float, float, float]] = []
        self.words = QLabel(self)
        self.take, self.clear = QPushButton("Take", self), QPushButton("Clear", self)
        self.take.setToolTip(f"{one.tip}: takes the place of the crosshair")
        self.clear.setToolTip("Forget these places")
        row = labelled_row(one, self)
        row.addWidget(self.words, 1)
        row.addWidget(self.take)
        row.addWidget(self.clear)
        self.take.clicked.connect(lambda _: self._take())
        self.clear.clicked.connect(lambda _: self.set_value(()))
        self.set_value(())

    @property
    def value(self) -> Any:
        """The point or None, or the points."""
        if self._single:
            return self._points[0] if self._points else None
        return tuple(self._points)

    def set_value(self, value: Any) -> None:
        """Other places."""
        given = [value] if self._single and value else list(value or ())
        self._points = [tuple(float(v) for v in p) for p in given]  # type: ignore[misc]
        self._show()
        self.changed.emit()

    def _take(self) -> None:
        x, y, z = (float(v) for v in np.asarray(self._crosshair(), float))
        self.set_value((x, y, z) if self._single else [*self._points, (x, y, z)])

    def _show(self) -> None:
        if self._single and self._points:
            self.words.setText(", ".join(f"{v:.0f}" for v in self._points[0]))
            self.words.setToolTip("LPS mm")
        else:
            count = len(self._points)
            self.words.setText("not set" if not count else f"{count} set")
        self.clear.setEnabled(bool(self._points))


def labelled_row(one: Parameter, parent: QWidget) -> QHBoxLayout:
    """A row that begins with the parameter's words."""
    row = QHBoxLayout(parent)
    row.setContentsMargins(0, 0, 0, 0)
    label = QLabel(one.title, parent)
    label.setFixedWidth(LABEL_PX)
    label.setToolTip(one.tip)
    row.addWidget(label)
    return row


class Fields(QWidget):
    """One field a parameter; those that do not count beside the others are hidden. `changed` by the user."""

    changed = Signal()

    def __init__(
        self, parameters: Iterable[Parameter], editor: LabelEditor, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._parameters, self._editor = tuple(parameters), editor
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._fields: dict[str, Any] = {}
        for one in self._parameters:
            made: Any = self._field(one)
            self._fields[one.name] = made
            made.setObjectName(f"field_{one.name}")
            made.changed.connect(lambda *_: self._changed())
            column.addWidget(made)
        self._sort_out()

    def __getitem__(self, name: str) -> Any:
        """The field of a parameter, with `value` and `set_value`."""
        return self._fields[name]

    def values(self) -> dict[str, Any]:
        """All values by name, of those that count."""
        found = {name: field.value for name, field in self._fields.items()}
        return {p.name: found[p.name] for p in self._parameters if p.applies(found)}

    def follow(self) -> None:
        """Segments or the chosen one changed."""
        for field in self._fields.values():
            if isinstance(field, SegmentChoice):
                field.follow(self._editor)

    def _field(self, one: Parameter) -> QWidget:
        if one.kind in ("number", "whole"):
            unit = self._editor.model.volume.unit_text if one.unit == "HU" else one.unit
            low, high = self._limits(one)
            even = not (low > 0 and high / low > 1000)
            return Number(
                one.title, unit, low, high, float(one.default), self,
                decimals=one.decimals, even=even, tip=one.tip,
            )  # fmt: skip
        if one.kind == "choice":
            return Choice(one, self)
        if one.kind == "segment":
            return SegmentChoice(one, self)
        return Places(one, lambda: self._editor.model.crosshair_mm, self)

    def _limits(self, one: Parameter) -> tuple[float, float]:
        """Of a slider: for values of the image those that it can have."""
        volume = self._editor.model.volume
        if one.unit != "HU" or one.high < HU[1]:
            return float(one.low), float(one.high)
        return HU if volume.unit == "HU" else (float(volume.array.min()), float(volume.array.max()))

    def _changed(self) -> None:
        self._sort_out()
        self.changed.emit()

    def _sort_out(self) -> None:
        found = {name: field.value for name, field in self._fields.items()}
        for one in self._parameters:
            self._fields[one.name].setVisible(one.applies(found))
