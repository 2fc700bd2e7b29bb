"""Places the two points that a vessel's preset starts from; they stay marked in the slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.sliceimage import directions
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.tools.base import SCENE, Tool, ViewEvent

NEAR_MM = 3.0
COLOURS = ("#56b4e9", "#e69f00")


class ClickTool(Tool):
    """One click in a slice gives the point."""

    def __init__(self, name: str, words: str, put: Callable[[str, FloatArray], object]) -> None:
        self.name, self.title, self.words = name, f"Place: {name}", words
        self._put = put

    def press(self, event: ViewEvent) -> bool:
        """Taken by a left press in a slice."""
        return event.button == "left" and event.where != SCENE and event.point_mm is not None

    def release(self, event: ViewEvent) -> None:
        """The point is where the button goes up."""
        if event.point_mm is not None:
            self._put(self.name, np.asarray(event.point_mm, float))


class ClickMarks:
    """Rings at the placed points in the slices that hold them."""

    def __init__(self, model: ViewModel) -> None:
        self._model = model
        self.points: dict[str, FloatArray] = {}

    def paint(self, view: Any, painter: QPainter) -> None:
        """Draw on a slice view."""
        normal = directions(view.plane, self._model.axes)[2]
        for n, (name, point) in enumerate(self.points.items()):
            if abs(float((point - self._model.crosshair_mm) @ normal)) > NEAR_MM:
                continue
            at, colour = view.position_of(point), QColor(COLOURS[n % 2])
            for ink, width in ((QColor("#000000"), 4.0), (colour, 2.0)):
                painter.setPen(QPen(ink, width))
                painter.drawEllipse(at, 7, 7)
            for ink, shift in ((QColor("#000000"), 1.0), (colour, 0.0)):
                painter.setPen(ink)
                painter.drawText(at + QPointF(11 + shift, 4 + shift), name)
