"""The line at the bottom that says what lies under the mouse, else under the crosshair."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.viewer.desk import Desk


class ProbeLine(QLabel):
    """Patient coordinates, voxel, value, segment."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName("probe")
        self.setAccessibleName("value under the mouse")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._desk: Desk | None = None

    def attach(self, desk: Desk) -> None:
        """Follow the views of the open case."""
        assert desk.model is not None
        assert desk.views is not None
        self._desk = desk
        desk.model.crosshair_changed.connect(self._at_crosshair)
        for view in desk.views.slices.values():
            view.hovered.connect(self._at)
        self._at_crosshair()

    def detach(self) -> None:
        """The case is closed."""
        if self._desk is not None and self._desk.model is not None:
            self._desk.model.crosshair_changed.disconnect(self._at_crosshair)
        self._desk = None
        self.setText("")

    def _at_crosshair(self) -> None:
        if self._desk is not None and self._desk.model is not None:
            self._at(self._desk.model.crosshair_mm)

    def _at(self, point_mm: FloatArray) -> None:
        if self._desk is not None and self._desk.model is not None:
            self.setText(self._desk.model.probe(point_mm).text)
