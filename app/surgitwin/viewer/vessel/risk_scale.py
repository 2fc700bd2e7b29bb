"""One number on a scale beside published groups: bars for groups, a mark for the plan, a dashed cut-off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from surgitwin.report.words import number, unit_text
from surgitwin.viewer.theme import theme

LINE_PX = 16
SIDE_PX = 8
GROUPS = ("#5b8fb9", "#c08a3e", "#7d6fa8")
"""Bars of the groups in their order: other than the colours of good and bad, for no verdict is meant."""


class RiskScale(QWidget):
    """risk: one of the "risks" of a plan in `compare_vessel`."""

    def __init__(self, risk: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._risk = risk
        self._band = risk["band"] or (risk["value"], risk["value"])
        self.low, self.high = limits(risk)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(LINE_PX * (len(risk["groups"]) + 2) + 4)
        self.setAccessibleName(f"{risk['title']}: {number(risk['value'])}{unit_text(risk['unit'])}")

    def x_of(self, value: float) -> float:
        """Where a value stands, px."""
        share = (value - self.low) / (self.high - self.low)
        return SIDE_PX + share * (self.width() - 2 * SIDE_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Groups from above, then the plan, then the ends of the scale."""
        look, risk = theme(), self._risk
        with QPainter(self) as pen:
            pen.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = QFont(self.font())
            font.setPointSizeF(max(font.pointSizeF() - 1.5, 7))
            pen.setFont(font)
            for n, group in enumerate(risk["groups"]):
                self._group(pen, n, group)
            rows = len(risk["groups"])
            if risk["cut"] is not None:
                x = self.x_of(risk["cut"])
                pen.setPen(QPen(QColor(look.muted), 1.2, Qt.PenStyle.DashLine))
                pen.drawLine(int(x), 0, int(x), LINE_PX * (rows + 1))
            y = LINE_PX * (rows + 0.5) + 1
            first, last = self.x_of(self._band[0]), self.x_of(self._band[1])
            pen.setPen(QPen(QColor(look.accent), 3))
            pen.drawLine(int(first), int(y), int(last), int(y))
            pen.setPen(Qt.PenStyle.NoPen)
            pen.setBrush(QColor(look.text))
            pen.drawEllipse(QRectF(self.x_of(risk["value"]) - 4, y - 4, 8, 8))
            self._ends(pen, LINE_PX * (rows + 1) + 2)

    def _group(self, pen: QPainter, n: int, group: Mapping[str, Any]) -> None:
        low, high = self.x_of(group["low"]), self.x_of(group["high"])
        top = n * LINE_PX + 2
        colour = QColor(GROUPS[n % len(GROUPS)])
        colour.setAlpha(130)
        pen.fillRect(QRectF(low, top, max(high - low, 2), LINE_PX - 4), colour)
        x = self.x_of(group["centre"])
        pen.fillRect(QRectF(x - 1, top, 2, LINE_PX - 4), QColor(GROUPS[n % len(GROUPS)]))
        wide = pen.fontMetrics().horizontalAdvance(group["label"])
        at = high + 5 if high + 5 + wide < self.width() else max(min(low + 4, self.width() - wide - 2), 2)
        pen.setPen(QColor(theme().text))
        pen.drawText(QRectF(at, top - 2, wide + 2, LINE_PX), Qt.AlignmentFlag.AlignVCenter, group["label"])

    def _ends(self, pen: QPainter, top: float) -> None:
        pen.setPen(QColor(theme().muted))
        box = QRectF(SIDE_PX, top, self.width() - 2 * SIDE_PX, LINE_PX)
        pen.drawText(box, Qt.AlignmentFlag.AlignLeft, number(self.low))
        words = f"{number(self.high)}{unit_text(self._risk['unit'])}"
        pen.drawText(box, Qt.AlignmentFlag.AlignRight, words)
        if self._risk["cut"] is not None:
            pen.drawText(box, Qt.AlignmentFlag.AlignHCenter, f"dashed: cut-off {number(self._risk['cut'])}")


def limits(risk: Mapping[str, Any]) -> tuple[float, float]:
    """Ends of the scale: from 0 (or below) to a little beyond everything on it."""
    values = [
        risk["value"],
        *(risk["band"] or ()),
        *(v for g in risk["groups"] for v in (g["low"], g["high"])),
    ]
    if risk["cut"] is not None:
        values.append(risk["cut"])
    low, high = min(0.0, *values), max(values)
    return low, high + 0.08 * (high - low) if high > low else low + 1.0
