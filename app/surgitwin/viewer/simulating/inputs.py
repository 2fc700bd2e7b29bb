"""Body weight, bone stiffness and calibration of the next simulation, each with its mark, editable."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGroupBox,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.mechanics.density_laws import density_laws
from surgitwin.mechanics.femur_loads import BODY_WEIGHT_RANGE_KG
from surgitwin.planning.solving.inputs import SolveOptions
from surgitwin.planning.solving.simulation_inputs import InputWords
from surgitwin.viewer.theme import set_role

UNKNOWN_KG = 0.0


class SimulationInputs(QGroupBox):
    """Emits `changed` with the `SolveOptions` that the user set and words for the undo list."""

    changed = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Taken for all plans", parent)
        self.weight = QDoubleSpinBox(self)
        self.weight.setObjectName("bodyWeightKg")
        self.weight.setAccessibleName("body weight in kg")
        self.weight.setRange(UNKNOWN_KG, BODY_WEIGHT_RANGE_KG[1])
        self.weight.setSpecialValueText("not known")
        self.weight.setSuffix(" kg")
        self.weight.setDecimals(1)
        self.weight.setKeyboardTracking(False)
        self.weight.setToolTip("The hip force and the pull of the abductors are multiples of the body weight")
        self.weight.valueChanged.connect(self._weight_set)
        self.law = QComboBox(self)
        self.law.setObjectName("densityLaw")
        self.law.setAccessibleName("how bone stiffness follows from density")
        for name, law in density_laws().items():
            self.law.addItem(law.title, name)
            self.law.setItemData(self.law.count() - 1, law.source, Qt.ItemDataRole.ToolTipRole)
        self.law.activated.connect(self._law_set)
        self.phantom = QPushButton("Phantom values from a file ...", self)
        self.phantom.setObjectName("phantomFile")
        self.phantom.setToolTip("A TOML file with a, b, phantom and source, from a phantom in the scan")
        self.phantom.clicked.connect(self._ask_phantom)
        self.weight_mark, self.law_mark, self.scan, self.scan_mark, self.note = (
            QLabel("", self) for _ in range(5)
        )
        for label in (self.weight_mark, self.law_mark, self.scan, self.scan_mark, self.note):
            label.setWordWrap(True)
        for label, role in (
            (self.weight_mark, "small"), (self.law_mark, "warning"), (self.scan_mark, "warning"),
            (self.note, "warning"),
        ):  # fmt: skip
            set_role(label, role)
        column = QVBoxLayout(self)
        for widget in (
            QLabel("Body weight", self), self.weight, self.weight_mark,
            QLabel("Bone stiffness from density", self), self.law, self.law_mark,
            QLabel("Density from the scan", self), self.scan, self.scan_mark, self.phantom, self.note,
        ):  # fmt: skip
            column.addWidget(widget)

    def show_inputs(self, words: InputWords, *, can_edit: str) -> None:
        """Values and marks as they are now. can_edit: why they cannot be changed, ""."""
        with QSignalBlocker(self.weight), QSignalBlocker(self.law):
            self.weight.setValue(UNKNOWN_KG if words.body_weight_kg is None else words.body_weight_kg)
            self.law.setCurrentIndex(self.law.findData(words.law))
        known = words.body_weight_kg is not None
        self.weight_mark.setText(words.weight_words)
        set_role(self.weight_mark, "small" if known else "error")
        for label, marks in ((self.law_mark, words.law_marks), (self.scan_mark, words.calibration_marks)):
            label.setText(", ".join(marks).capitalize())
            label.setVisible(bool(marks))
        self.law.setToolTip(str(self.law.currentData(Qt.ItemDataRole.ToolTipRole)))
        self.scan.setText(words.calibration_words)
        self.note.setText("\n".join(words.warnings))
        self.note.setVisible(bool(words.warnings))
        self.weight.setEnabled(not can_edit)
        for widget in (self.law, self.phantom):
            widget.setEnabled(known and not can_edit)

    def _weight_set(self, kg: float) -> None:
        if kg > UNKNOWN_KG:
            self.changed.emit(SolveOptions(body_weight=kg), f"Body weight {kg:g} kg")

    def _law_set(self, index: int) -> None:
        words = f"Bone stiffness after {self.law.itemText(index)}"
        self.changed.emit(SolveOptions(law=str(self.law.itemData(index))), words)

    def _ask_phantom(self) -> None:
        dialog = QFileDialog(self, "Phantom values", "", "Phantom values (*.toml)")
        dialog.setObjectName("phantomDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.take_phantom)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_phantom(self, path: str) -> None:
        """Use the calibration in a TOML file."""
        self.changed.emit(SolveOptions(calibration=path), f"Phantom values of {Path(path).name}")
