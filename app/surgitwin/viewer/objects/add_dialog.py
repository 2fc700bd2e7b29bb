"""What a surface file leaves open, asked before it becomes an object; nothing is assumed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.resources import load_table
from surgitwin.imaging.formats.question import FRAME_CHOICES
from surgitwin.meshing.files.surfaces import LARGEST_MM, MM_PER_UNIT, SMALLEST_MM
from surgitwin.planning.objects.peek import Peek
from surgitwin.planning.objects.pose import size_note
from surgitwin.planning.objects.reading import LONGEST_NAME, Wanted
from surgitwin.planning.objects.record import KINDS, NOT_SIMULATED
from surgitwin.viewer.formats.answer_form import CHOOSE
from surgitwin.viewer.theme import set_role

FRAMES = {"own": "A device by itself: put it at the crosshair", **dict(FRAME_CHOICES)}


class AddDialog(QDialog):
    """Emits `wanted` with what `read_object` takes; `wanted_now` is None while something is open.

    longest_mm: `diagonal_mm` of the image. A size that no implant has, or that is larger than the image, must
    be confirmed before the body is read and drawn.
    """

    wanted = Signal(object)

    def __init__(self, found: Peek, longest_mm: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("addObjectDialog")
        self.setWindowTitle("Own implant from a file")
        self.setMinimumWidth(460)
        self._found, self._longest_mm = found, longest_mm
        self.about = QLabel(f"{found.path.name}\n{found.triangles} triangles", self)
        set_role(self.about, "muted")
        self.kind, self.material, self.unit, self.frame = (QComboBox(self) for _ in range(4))
        self.name = QLineEdit(self)
        self.extent, self.note = QLabel(self), QLabel(NOT_SIMULATED, self)
        self.accept_size = QCheckBox("The size is &right although it is unusual", self)
        for label in (self.about, self.extent, self.note):
            label.setWordWrap(True)
        set_role(self.note, "muted")
        self._fill()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Add")
        column = QVBoxLayout(self)
        for part in (self.about, self._form(), self.extent, self.accept_size, self.note, buttons):
            column.addWidget(part)
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        for box in (self.kind, self.unit, self.frame):
            box.currentIndexChanged.connect(self._judge)
        self.accept_size.toggled.connect(self._judge)
        self._judge()

    def _fill(self) -> None:
        for kind in KINDS:
            self.kind.addItem(kind.capitalize(), kind)
        self.material.addItem("Not said", "")
        for name, row in load_table("materials/implants")["materials"].items():
            self.material.addItem(str(row["title"]), name)
        for box, name in ((self.unit, "unit"), (self.frame, "frame"), (self.kind, "kind")):
            box.setObjectName(f"object_{name}")
        if self._found.unit is None:
            self.unit.addItem(CHOOSE, "")
            for unit in MM_PER_UNIT:
                size = " x ".join(f"{v:.4g}" for v in self._found.size_mm(unit))
                self.unit.addItem(f"{unit}: {size} mm large", unit)
        if self._found.frame is None:
            self.frame.addItem(CHOOSE, "")
            for frame, words in FRAMES.items():
                self.frame.addItem(words, frame)
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText("Implant 1, Implant 2, ...")
        self.name.setObjectName("object_name")

    def _form(self) -> QWidget:
        out = QWidget(self)
        form = QFormLayout(out)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Lengths are in", self.unit)
        form.addRow("&Axes are of", self.frame)
        form.addRow("&Kind", self.kind)
        form.addRow("&Name", self.name)
        form.addRow("&Material", self.material)
        form.setRowVisible(self.unit, self._found.unit is None)
        form.setRowVisible(self.frame, self._found.frame is None)
        return out

    def _judge(self) -> None:
        unit = self._found.unit or self.unit.currentData()
        words, odd = "", self._odd(unit) if unit else ""
        if unit:
            size = " x ".join(f"{v:.4g}" for v in self._found.size_mm(unit))
            words = f"Size: {size} mm. {odd}".strip()
        self.extent.setText(words)
        self.extent.setVisible(bool(words))
        set_role(self.extent, "warning" if odd else "")
        self.accept_size.setVisible(bool(odd))
        self.note.setVisible(self.kind.currentData() == "implant")
        self.ok.setEnabled(self.wanted_now is not None)
        self.ok.setToolTip("" if self.ok.isEnabled() else "Answer what the file leaves open first.")

    def _odd(self, unit: str) -> str:
        """Why the size in this unit is unusual; "" when it is not."""
        if not self._found.plausible(unit):
            return f"A bone or implant is {SMALLEST_MM:g} to {LARGEST_MM:g} mm long: check the unit."
        return size_note(self._found.size_mm(unit), self._longest_mm)

    @property
    def wanted_now(self) -> Wanted | None:
        """The answers, None while something is open."""
        unit, frame = self.unit.currentData(), self.frame.currentData()
        used = self._found.unit or unit
        if not used or not (self._found.frame or frame):
            return None
        odd = bool(self._odd(used))
        if odd and not self.accept_size.isChecked():
            return None
        kind: Any = self.kind.currentData()
        return Wanted(
            self._found.path, kind, self.name.text().strip(), str(self.material.currentData()),
            unit or None, frame or None, odd, self._found,
        )  # fmt: skip

    def _take(self) -> None:
        if self.wanted_now is not None:
            self.wanted.emit(self.wanted_now)
            self.accept()
