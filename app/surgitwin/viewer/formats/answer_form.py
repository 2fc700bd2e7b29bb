"""The questions that an image file leaves open, as fields without any answer chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QHBoxLayout, QLabel, QWidget

from surgitwin.imaging.formats.question import Answers, Question
from surgitwin.viewer.theme import set_role

CHOOSE = "Choose ..."
TITLES = {
    "frame": "&Axes point",
    "unit": "&Lengths are in",
    "values": "&Values are",
    "transform": "&Transform",
    "volume": "V&olume",
}
VOXEL, NOBODY = "voxel", "nobody"
"""Answers on lengths that are no unit: a voxel size typed in, and that nobody knows."""

MORE_UNITS = (
    (VOXEL, "I know the size of a voxel in mm"),
    (NOBODY, "Nobody knows: look only, measure nothing"),
)


class AnswerForm(QWidget):
    """`changed` tells that `answers` may be others now. A size that no person has is asked for by a box."""

    changed = Signal()

    def __init__(
        self, open_: tuple[Question, ...], unit: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QComboBox] = {}
        self.voxel = [QDoubleSpinBox(self) for _ in range(3)]
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        for question in open_:
            if question.id in TITLES:
                self._add(question)
        if unit is not None:
            self._own_unit(unit)
        self.voxel_row = self._voxel_row()
        self._form.addRow("Voxel along i, j, k", self.voxel_row)
        self.accept_words = QLabel(self)
        self.accept_words.setWordWrap(True)
        set_role(self.accept_words, "warning")
        self.accept = QCheckBox("The size is &right although no person has it", self)
        self.accept.setObjectName("acceptSize")
        self._form.addRow(self.accept_words)
        self._form.addRow(self.accept)
        self.accept.toggled.connect(self.changed)
        self._form.setRowVisible(self.voxel_row, False)
        self.show_size("")

    def _add(self, question: Question) -> None:
        box = QComboBox(self)
        box.setObjectName(f"answer_{question.id}")
        box.setAccessibleName(TITLES[question.id].replace("&", "").lower())
        box.setToolTip(question.text)
        box.addItem(CHOOSE, "")
        more = MORE_UNITS if question.id == "unit" else ()
        for value, words in (*question.choices, *more):
            box.addItem(words, value)
        box.currentIndexChanged.connect(self._changed)
        self.boxes[question.id] = box
        self._form.addRow(TITLES[question.id], box)

    def _own_unit(self, unit: str) -> None:
        """The unit that the file says, which a voxel size by hand may replace."""
        box = QComboBox(self)
        box.setObjectName("answer_unit")
        box.setAccessibleName("lengths are in")
        box.addItem(f"{unit}, as the file says", "")
        for value, words in MORE_UNITS:
            box.addItem(words, value)
        box.currentIndexChanged.connect(self._changed)
        self.boxes["unit"] = box
        self._form.addRow(TITLES["unit"], box)

    def _voxel_row(self) -> QWidget:
        row = QWidget(self)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        for axis, spin in zip("ijk", self.voxel, strict=True):
            spin.setObjectName(f"voxel_{axis}")
            spin.setAccessibleName(f"voxel size along {axis} in mm")
            spin.setRange(0.0, 100.0)
            spin.setDecimals(4)
            spin.setSuffix(" mm")
            spin.setSpecialValueText("not given")
            spin.valueChanged.connect(self.changed)
            line.addWidget(spin)
        return row

    def _changed(self) -> None:
        self._form.setRowVisible(self.voxel_row, self._value("unit") == VOXEL)
        self.changed.emit()

    def _value(self, name: str) -> str:
        return str(self.boxes[name].currentData()) if name in self.boxes else ""

    def show_size(self, fault: str) -> None:
        """Ask for (or stop asking for) a size that no person has, in words."""
        self.accept_words.setText(fault)
        asked = bool(fault) or self.accept.isChecked()
        self._form.setRowVisible(self.accept_words, bool(fault))
        self._form.setRowVisible(self.accept, asked)

    @property
    def half_given(self) -> bool:
        """Whether a voxel size is to be typed and is not there yet."""
        return self._value("unit") == VOXEL and min(spin.value() for spin in self.voxel) == 0

    @property
    def answers(self) -> Answers:
        """What was chosen so far; what was not is None."""
        unit, volume = self._value("unit"), self._value("volume")
        chosen: dict[str, Any] = {n: self._value(n) or None for n in ("frame", "values", "transform")}
        given = Answers(**chosen, accept_size=self.accept.isChecked())
        given = replace(given, volume=int(volume) if volume else None, scale_unknown=unit == NOBODY)
        if unit == VOXEL:
            i, j, k = (spin.value() for spin in self.voxel)
            return replace(given, voxel_mm=(i, j, k)) if min(i, j, k) > 0 else given
        known: Any = unit if unit not in ("", NOBODY) else None
        return replace(given, spacing_unit=known)
