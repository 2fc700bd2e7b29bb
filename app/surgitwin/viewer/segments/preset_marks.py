"""How the clicks and strokes of a preset look in the slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.sliceimage import directions
from surgitwin.viewer.model import ViewModel

NEAR_MM = 3.0
"""Marks this near to a slice are drawn on it."""

COLOURS = ("#56b4e9", "#009e73", "#e69f00", "#cc79a7")
"""One for each name, told apart by colour-blind eyes (Okabe and Ito)."""

Strokes = Mapping[str, Sequence[FloatArray]]
"""Clicks (1, 3) and strokes (n, 3) by name, LPS mm."""


class StrokeMarks:
    """Rings at clicks and lines along strokes, in the slices that hold them."""

    def __init__(self, model: ViewModel) -> None:
        self._model = model
        self.strokes: Strokes = {}

    def paint(self, view: Any, painter: QPainter) -> None:
        """Draw on a slice view."""
        normal = directions(view.plane, self._model.axes)[2]
        for n, (name, strokes) in enumerate(self.strokes.items()):
            colour = QColor(COLOURS[n % len(COLOURS)])
            for number, stroke in enumerate(strokes, 1):
                near = np.abs((stroke - self._model.crosshair_mm) @ normal) <= NEAR_MM
                if near.any():
                    words = name if len(strokes) == 1 else f"{name} {number}"
                    _mark(view, painter, stroke[near], colour, words)


def _mark(view: Any, painter: QPainter, points: FloatArray, colour: QColor, words: str) -> None:
    if len(points) > 1:
        draw_line(view, painter, points, colour)
    else:
        at = view.position_of(points[0])
        for ink, width in ((QColor("#000000"), 4.0), (colour, 2.0)):
            painter.setPen(QPen(ink, width))
            painter.drawEllipse(at, 7, 7)
    at = view.position_of(points[-1])
    for ink, shift in ((QColor("#000000"), 1.0), (colour, 0.0)):
        painter.setPen(ink)
        painter.drawText(int(at.x() + 11 + shift), int(at.y() + 4 + shift), words)


def draw_line(view: Any, painter: QPainter, points: FloatArray, colour: QColor) -> None:
    """A line through (n, 3) LPS mm with a dark edge."""
    line = QPolygonF([view.position_of(p) for p in points])
    for ink, width in ((QColor("#000000"), 6.0), (colour, 4.0)):
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(line)
        painter.drawPoints(line)  # across the slice the line has no length
