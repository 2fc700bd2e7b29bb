"""Asks for the body weight when neither the image nor the user gave it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QDoubleSpinBox, QLabel, QVBoxLayout, QWidget

RANGE_KG = (10.0, 300.0)
"""What can be typed; `planning` judges the value."""


class BodyWeightDialog(QDialog):
    """Emits `given` with the weight in kg; nothing is assumed when it is left without an answer."""

    given = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bodyWeight")
        self.setWindowTitle("Body weight")
        layout = QVBoxLayout(self)
        text = QLabel(
            "The image does not say the body weight. The loads depend on it.\nBody weight in kg:", self
        )
        layout.addWidget(text)
        self.value = QDoubleSpinBox(self)
        self.value.setAccessibleName("body weight in kg")
        self.value.setRange(0.0, RANGE_KG[1])
        self.value.setSpecialValueText("not given")
        self.value.setSuffix(" kg")
        self.value.setDecimals(1)
        layout.addWidget(self.value)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setEnabled(False)
        self.value.valueChanged.connect(lambda v: self.ok.setEnabled(v >= RANGE_KG[0]))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.given.emit(self.value.value()))
        layout.addWidget(self.buttons)
