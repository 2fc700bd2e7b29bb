"""A number with its unit: words, slider and field that follow each other."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QWidget

STEPS = 400
"""Positions of the slider."""


class Number(QWidget):
    """words: what it is. low, high: limits. even: equal steps of the slider; False: equal factors.

    `changed` when the user moved the slider or typed a value.
    """

    changed = Signal(float)

    def __init__(
        self,
        words: str,
        unit: str,
        low: float,
        high: float,
        value: float,
        parent: QWidget | None = None,
        *,
        decimals: int = 0,
        even: bool = True,
        tip: str = "",
    ) -> None:
        super().__init__(parent)
        self._low, self._high, self._even = low, high, even
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, STEPS)
        self.slider.setMinimumWidth(40)
        self.field = QDoubleSpinBox(self)
        self.field.setDecimals(decimals)
        self.field.setRange(low, high)
        self.field.setSingleStep(10.0**-decimals if decimals else max(1.0, round((high - low) / 200)))
        self.field.setSuffix(f" {unit}" if unit else "")
        self.field.setKeyboardTracking(False)
        label = QLabel(words, self)
        label.setFixedWidth(98)
        label.setWordWrap(True)
        self.field.setFixedWidth(96)
        for widget in (self.slider, self.field):
            widget.setAccessibleName(f"{words} {unit}".strip())
            widget.setToolTip(tip or words)
        label.setToolTip(tip or words)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        self.set_value(value)
        self.slider.valueChanged.connect(self._slid)
        self.field.valueChanged.connect(self._typed)

    @property
    def value(self) -> float:
        """The number."""
        return float(self.field.value())

    def set_value(self, value: float) -> None:
        """Show another number without telling."""
        for widget in (self.slider, self.field):
            widget.blockSignals(True)
        self.field.setValue(value)
        self.slider.setValue(self._place(value))
        for widget in (self.slider, self.field):
            widget.blockSignals(False)

    def _place(self, value: float) -> int:
        if self._even:
            share = (value - self._low) / (self._high - self._low)
        else:
            share = np.log(max(value, self._low) / self._low) / np.log(self._high / self._low)
        return round(STEPS * min(max(float(share), 0.0), 1.0))

    def _slid(self, place: int) -> None:
        share = place / STEPS
        if self._even:
            value = self._low + share * (self._high - self._low)
        else:
            value = self._low * (self._high / self._low) ** share
        self.field.blockSignals(True)
        self.field.setValue(value)
        self.field.blockSignals(False)
        self.changed.emit(self.value)

    def _typed(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self._place(value))
        self.slider.blockSignals(False)
        self.changed.emit(value)
