"""A number with its unit that tells apart typing from finishing, and says why it is disabled."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget


class NumberBox(QDoubleSpinBox):
    """`edited` when the user changed the value (not when the program did); `ended` when it is left.

    The wheel scrolls the panel unless the box has the focus.
    """

    edited = Signal(float)
    ended = Signal()

    def __init__(
        self,
        name: str,
        unit: str,
        low: float,
        high: float,
        step: float,
        parent: QWidget | None = None,
        *,
        tip: str = "",
        decimals: int = 1,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSuffix(unit if unit == "°" else f" {unit}")
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("-000.0 mm") + 34)
        self._tip = tip or name
        self.setToolTip(self._tip)
        self._shown = self.value()
        self.valueChanged.connect(self._changed)
        self.editingFinished.connect(self.ended)

    def show_value(self, value: float) -> None:
        """Show a value of the program, without `edited`."""
        self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(False)
        self._shown = self.value()

    def allow(self, why_not: str) -> None:
        """Enable the box, or disable it with the reason as its tooltip."""
        self.setEnabled(not why_not)
        self.setToolTip(why_not or self._tip)

    def _changed(self, value: float) -> None:
        if value != self._shown:
            self._shown = value
            self.edited.emit(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only a box in use turns with the wheel: scrolling over it changes nothing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
