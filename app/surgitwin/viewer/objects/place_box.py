"""Where an object lies, typed: its middle and its turns, LPS."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from surgitwin.planning.objects.pose import angles_deg, put, with_angles
from surgitwin.planning.objects.record import OwnObject
from surgitwin.viewer.widgets.number_box import NumberBox

ROWS = (
    ("Left (x)", "patient's left is positive"),
    ("Back (y)", "patient's back is positive"),
    ("Head (z)", "patient's head is positive"),
)
FAR_MM = 5000.0


class PlaceBox(QWidget):
    """`placed` gives the object as typed; `ended` when a field is left."""

    placed = Signal(object)
    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own: OwnObject | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        self.mm: list[NumberBox] = []
        self.degrees: list[NumberBox] = []
        for n, heading in enumerate(("Middle, LPS", "Turned about it")):
            grid.addWidget(QLabel(heading, self), 0, n + 1)
        for n, (words, tip) in enumerate(ROWS, 1):
            grid.addWidget(QLabel(words, self), n, 0)
            place = NumberBox(f"{words} of the middle", "mm", -FAR_MM, FAR_MM, 1.0, self, tip=f"mm, {tip}")
            turn = NumberBox(
                f"turned about {words}", "°", -180, 180, 1.0, self,
                tip="Right hand; turns about x, then y, then z of the patient make up the pose",
            )  # fmt: skip
            for column, (box, boxes, edited) in enumerate(
                ((place, self.mm, self._moved), (turn, self.degrees, self._turned)), 1
            ):
                boxes.append(box)
                grid.addWidget(box, n, column)
                box.edited.connect(edited)
                box.ended.connect(self.ended)

    def show_object(self, own: OwnObject | None, why_not: str) -> None:
        """Show where it lies; why_not: why nothing can be typed."""
        self._own = own
        for box in (*self.mm, *self.degrees):
            box.allow(why_not)
        middle = (0.0, 0.0, 0.0) if own is None else own.middle_mm
        angles = (0.0, 0.0, 0.0) if own is None else angles_deg(own)
        for box, value in zip((*self.mm, *self.degrees), (*middle, *angles), strict=True):
            box.show_value(float(value))

    def _moved(self, _value: float) -> None:
        if self._own is not None:
            middle = [
                box.value() if abs(box.value() - now) > 0.05 else float(now)
                for box, now in zip(self.mm, self._own.middle_mm, strict=True)
            ]  # what was not typed keeps the digits that the box does not show
            self.placed.emit(put(self._own, middle))

    def _turned(self, _value: float) -> None:
        if self._own is not None:
            angles = [
                box.value() if abs(box.value() - now) > 0.05 else now
                for box, now in zip(self.degrees, angles_deg(self._own), strict=True)
            ]
            self.placed.emit(with_angles(self._own, angles))
