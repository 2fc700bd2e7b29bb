"""The diameter along a branch under its reformat: healthy diameter, narrowings, and the cursor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from psygnal import Signal as Event
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from surgitwin.anatomy.artery.types import Lesion
from surgitwin.core.arrays import FloatArray
from surgitwin.viewer.theme import theme
from surgitwin.viewer.vessel.course_view import CURSOR

LEFT, RIGHT, TOP, BOTTOM = 40, 12, 26, 34
"""Margins in px: numbers at the left, title above, arc lengths below."""
NICE = (0.5, 1, 2, 5, 10, 20, 50, 100)
LINE, HEALTHY, NARROW = "#62aeea", "#9aa4b0", "#ffb454"


class DiameterCurve(QWidget):
    """Call `show_curve` and `show_cursor`. scrubbed: arc length under the mouse while it is pressed."""

    scrubbed = Event(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("treeCurve")
        self.setAccessibleName("Diameter along the branch")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.s_mm: FloatArray = np.zeros(0)
        self.diameter_mm: FloatArray = np.zeros(0)
        self.reference_mm: FloatArray | None = None
        self.lesions: tuple[Lesion, ...] = ()
        self.cursor_mm = 0.0
        self.empty = ""

    def show_curve(
        self,
        s_mm: FloatArray,
        diameter_mm: FloatArray,
        reference_mm: FloatArray | None = None,
        lesions: tuple[Lesion, ...] = (),
        empty: str = "",
    ) -> None:
        """Diameters (n,) at arc lengths (n,); reference_mm (n,): healthy ones. empty: words for n = 0."""
        self.s_mm, self.diameter_mm = np.asarray(s_mm, float), np.asarray(diameter_mm, float)
        self.reference_mm, self.lesions, self.empty = reference_mm, lesions, empty
        self.update()

    def show_cursor(self, s_mm: float) -> None:
        """The cursor at an arc length."""
        self.cursor_mm = s_mm
        self.update()

    # ---- places -------------------------------------------------------------------------------------

    @property
    def _box(self) -> QRectF:
        return QRectF(LEFT, TOP, max(self.width() - LEFT - RIGHT, 1), max(self.height() - TOP - BOTTOM, 1))

    @property
    def _top_mm(self) -> float:
        highest = float(self.diameter_mm.max())
        if self.reference_mm is not None:
            highest = max(highest, float(np.max(self.reference_mm)))
        return 1.15 * highest

    def x_of(self, s_mm: float) -> float:
        """Place of an arc length in px."""
        box, low = self._box, float(self.s_mm[0])
        return box.left() + box.width() * (s_mm - low) / (float(self.s_mm[-1]) - low)

    def _at(self, s_mm: float, diameter_mm: float) -> QPointF:
        return QPointF(self.x_of(s_mm), self._box.bottom() - self._box.height() * diameter_mm / self._top_mm)

    def _s_at(self, x: float) -> float:
        share = (x - self._box.left()) / self._box.width()
        low, high = float(self.s_mm[0]), float(self.s_mm[-1])
        return low + min(max(share, 0.0), 1.0) * (high - low)

    # ---- hands --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The cursor comes to the mouse."""
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The cursor follows while the button is down."""
        if event.buttons() & Qt.MouseButton.LeftButton and len(self.s_mm) > 1:
            self.scrubbed.emit(self._s_at(event.position().x()))

    # ---- painting -----------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Axes, narrowings, healthy diameter, diameter, cursor."""
        with QPainter(self) as pen:
            pen.fillRect(self.rect(), QColor(theme().view))
            pen.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = QFont(pen.font())
            font.setPointSizeF(9)
            pen.setFont(font)
            if len(self.s_mm) < 2:
                pen.setPen(QColor(theme().view_text))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                pen.drawText(QRectF(self.rect()).adjusted(12, 8, -12, -8), flags, self.empty)
                return
            self._paint_narrowings(pen)
            self._paint_axes(pen)
            if self.reference_mm is not None:
                pen.setPen(QPen(QColor(HEALTHY), 1.4, Qt.PenStyle.DashLine))
                self._paint_line(pen, self.reference_mm)
            pen.setPen(QPen(QColor(LINE), 2.0))
            self._paint_line(pen, self.diameter_mm)
            self._paint_cursor(pen)

    def _paint_line(self, pen: QPainter, values: FloatArray) -> None:
        rows = zip(self.s_mm.tolist(), np.asarray(values, float).tolist(), strict=True)
        pen.drawPolyline([self._at(s, d) for s, d in rows])

    def _paint_narrowings(self, pen: QPainter) -> None:
        low, high = float(self.s_mm[0]), float(self.s_mm[-1])
        for q in self.lesions:
            shade = QColor(HEALTHY if q.doubt else NARROW)  # grey: not judged
            shade.setAlphaF(0.22)
            left, right = self.x_of(max(q.start_mm, low)), self.x_of(min(q.end_mm, high))
            pen.fillRect(QRectF(left, self._box.top(), max(right - left, 2), self._box.height()), shade)

    def _paint_axes(self, pen: QPainter) -> None:
        box, ink = self._box, QColor(theme().view_text)
        faint = QColor(ink)
        faint.setAlphaF(0.18)
        step = next((n for n in NICE if self._top_mm / n <= 5), NICE[-1])
        for value in np.arange(0, self._top_mm, step):
            y = self._at(float(self.s_mm[0]), float(value)).y()
            pen.setPen(faint)
            pen.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            pen.setPen(ink)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            pen.drawText(QRectF(0, y - 9, LEFT - 5, 18), flags, f"{value:g}")
        low, high = float(self.s_mm[0]), float(self.s_mm[-1])
        step = next((n for n in NICE if (high - low) / n <= max(box.width() / 55, 1)), NICE[-1])
        for value in np.arange(np.ceil(low / step) * step, high + 1e-6, step):
            x = self.x_of(float(value))
            pen.drawText(
                QRectF(x - 25, box.bottom() + 1, 50, 15), Qt.AlignmentFlag.AlignHCenter, f"{value:g}"
            )
        where = QRectF(box.left(), box.bottom() + 15, box.width(), 17)
        words = ("mm from the start of the branch", "mm from the start")
        pen.drawText(where, Qt.AlignmentFlag.AlignHCenter, _fitting(pen, words, box.width()))

    def _paint_cursor(self, pen: QPainter) -> None:
        x = self.x_of(min(max(self.cursor_mm, float(self.s_mm[0])), float(self.s_mm[-1])))
        here = float(np.interp(self.cursor_mm, self.s_mm, self.diameter_mm))
        pen.setPen(QPen(QColor(CURSOR), 1.6))
        pen.drawLine(QPointF(x, self._box.top()), QPointF(x, self._box.bottom()))
        pen.setBrush(QColor(CURSOR))
        pen.drawEllipse(self._at(self.cursor_mm, here), 3.5, 3.5)
        pen.setPen(QColor(theme().view_text))
        words = [f"Diameter {here:.1f} mm"]
        if self.reference_mm is not None:
            healthy = float(np.interp(self.cursor_mm, self.s_mm, self.reference_mm))
            words = [f"Diameter {here:.1f} mm, healthy {healthy:.1f} mm (dashed)"]
            words.append(f"Ø {here:.1f} mm, dashed: healthy {healthy:.1f}")
            words.append(f"Ø {here:.1f} of {healthy:.1f} mm")
        said = _fitting(pen, words, self.width() - 16)
        pen.drawText(QRectF(8, 4, self.width() - 16, 18), Qt.AlignmentFlag.AlignLeft, said)


def _fitting(pen: QPainter, words: Sequence[str], room: float) -> str:
    """The first of some words that is not wider than the room; the last when none is."""
    size = QFontMetricsF(pen.font())
    return next((w for w in words if size.horizontalAdvance(w) <= room), words[-1])
