"""How measurements look on a slice: lines with a dark edge, points to grab, the value beside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from surgitwin.core.arrays import FloatArray
from surgitwin.planning.measurements import Measurement, strokes

POINT_PX = 4.0
"""Radius of a point that can be grabbed."""


def paint_measurement(
    view: Any, pen: QPainter, measurement: Measurement, chosen: bool = False, faint: bool = False
) -> None:
    """One measurement on the slice view `view`. faint: it only crosses the slice: no points, no value."""
    path = _path(view, measurement)
    if path.isEmpty():
        return
    colour = QColor.fromRgbF(*measurement.rgb)
    pen.save()
    pen.setBrush(Qt.BrushStyle.NoBrush)
    if faint:
        colour.setAlphaF(0.5)
        pen.setPen(QPen(colour, 1.2, Qt.PenStyle.DashLine))
        pen.drawPath(path)
        pen.restore()
        return
    for ink, width in ((QColor(0, 0, 0, 200), 4.0), (colour, 2.4 if chosen else 1.6)):
        pen.setPen(QPen(ink, width))
        pen.drawPath(path)
    places = [view.position_of(np.asarray(p)) for p in measurement.points_mm]
    for at in places:
        _point(pen, at, colour, chosen)
    _label(view, pen, _anchor(path, places), measurement, colour)
    pen.restore()


def paint_pending(view: Any, pen: QPainter, points: Sequence[FloatArray], kind: str) -> None:
    """Points placed so far, joined as they will be."""
    places = [view.position_of(p) for p in points]
    pen.save()
    pen.setPen(QPen(QColor("#ffffff"), 1.4, Qt.PenStyle.DashLine))
    joined = zip(places[::2], places[1::2], strict=False) if kind == "lines" else pairwise(places)
    for a, b in joined:
        pen.drawLine(a, b)
    for at in places:
        _point(pen, at, QColor("#ffffff"), False)
    pen.restore()


def _path(view: Any, m: Measurement) -> QPainterPath:
    path = QPainterPath()
    if m.kind == "sphere":
        p = np.asarray(m.points_mm, float)
        away = float((p[0] - view.model.crosshair_mm) @ view.normal())
        radius = float(np.sqrt(max(np.sum((p[1] - p[0]) ** 2) - away**2, 0.0))) / view.mm_per_px()
        if radius > 0.5:
            path.addEllipse(view.position_of(p[0]), radius, radius)
    for stroke in strokes(m):
        path.moveTo(view.position_of(stroke[0]))
        for point in stroke[1:]:
            path.lineTo(view.position_of(point))
    return path


def _anchor(path: QPainterPath, places: list[QPointF]) -> QPointF:
    """Where the value stands: right of the rightmost point."""
    right = max([*places, path.pointAtPercent(0.0)], key=lambda q: q.x())
    box = path.boundingRect()
    return QPointF(max(right.x(), box.right()) + 8, right.y() if len(places) > 1 else box.center().y())


def _point(pen: QPainter, at: QPointF, colour: QColor, chosen: bool) -> None:
    pen.setPen(QPen(QColor(0, 0, 0, 220), 1))
    pen.setBrush(QColor("#ffffff") if chosen else colour)
    pen.drawEllipse(at, POINT_PX, POINT_PX)
    pen.setBrush(Qt.BrushStyle.NoBrush)


def _label(view: Any, pen: QPainter, at: QPointF, m: Measurement, colour: QColor) -> None:
    """Value on a dark plate, kept inside the view."""
    font = QFont(pen.font())
    font.setPointSizeF(9.5)
    font.setBold(True)
    pen.setFont(font)
    lines = lines_of(m)
    metrics = QFontMetricsF(font)
    width = max(metrics.horizontalAdvance(line) for line in lines) + 10
    height = metrics.lineSpacing() * len(lines) + 4
    x = min(max(at.x(), 2.0), view.width() - width - 2)
    y = min(max(at.y() - height / 2, 2.0), view.height() - height - 2)
    pen.fillRect(QRectF(x, y, width, height), QColor(10, 12, 14, 190))
    pen.setPen(colour.lighter(120))
    for n, line in enumerate(lines):
        pen.drawText(QPointF(x + 5, y + 2 + metrics.ascent() + n * metrics.lineSpacing()), line)


def lines_of(m: Measurement) -> list[str]:
    """What stands beside a measurement."""
    found = {v.name: v.text for v in m.values}
    if m.problem:
        return [m.problem]
    if m.kind in ("ellipse", "rectangle", "sphere"):
        size = f"area {found['area']}" if "area" in found else f"diameter {found['diameter']}"
        return [f"{found['mean']} ± {found['SD'].split(' ')[0]}", size]
    if m.kind == "profile":
        return [found["length"], f"mean {found['mean']}"]
    if m.kind == "area":
        return [found["area"], f"round {found['perimeter']}"]
    return [m.text]
