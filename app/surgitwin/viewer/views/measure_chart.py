"""Values along a measured line as a small chart, with the value under the mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from surgitwin.imaging.measure import Profile
from surgitwin.viewer.theme import theme

LEFT, RIGHT, TOP, BOTTOM = 46, 10, 18, 24
"""Margins in px."""


class ProfileChart(QWidget):
    """Distance to the right, value upwards. Empty until `show_profile`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("profileChart")
        self.setAccessibleName("values along the measured line")
        self.setFixedHeight(170)
        self.setMouseTracking(True)
        self.profile: Profile | None = None
        self._unit, self._ink = "", QColor("#ffffff")
        self._at: float | None = None

    def show_profile(self, profile: Profile | None, unit: str, rgb: tuple[float, float, float]) -> None:
        """Show values in `unit` in the measurement's colour; None: nothing."""
        self.profile, self._unit, self._ink = profile, unit, QColor.fromRgbF(*rgb)
        self._at = None
        self.setVisible(profile is not None)
        self.update()

    def value_at(self, x_px: float) -> tuple[float, float] | None:
        """Distance (mm) and value at a place of the chart, None beside the line or outside the image."""
        if self.profile is None:
            return None
        share = (x_px - LEFT) / max(self.width() - LEFT - RIGHT, 1)
        if not 0 <= share <= 1:
            return None
        n = round(share * (len(self.profile.distance_mm) - 1))
        value = float(self.profile.value[n])
        return (float(self.profile.distance_mm[n]), value) if np.isfinite(value) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The value under the mouse."""
        self._at = event.position().x()
        self.update()

    def leaveEvent(self, _event: object) -> None:
        """No mouse, no value."""
        self._at = None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Axes with numbers, the curve, the reading."""
        profile = self.profile
        if profile is None:
            return
        roles = theme()
        with QPainter(self) as pen:
            pen.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen.fillRect(self.rect(), QColor(roles.field))
            box = QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)
            good = np.isfinite(profile.value)
            if good.any():
                low, high = float(profile.value[good].min()), float(profile.value[good].max())
                if high - low < 1e-9:
                    low, high = low - 1, high + 1
                self._axes(pen, box, low, high, float(profile.distance_mm[-1]))
                self._curve(pen, box, low, high, profile)
            self._reading(pen, box)

    def _axes(self, pen: QPainter, box: QRectF, low: float, high: float, length: float) -> None:
        pen.setPen(QPen(QColor(theme().border), 1))
        pen.drawRect(box)
        pen.setPen(QColor(theme().muted))
        right, top = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignTop
        for share in (0.0, 0.5, 1.0):
            y = box.bottom() - share * box.height()
            words = f"{low + share * (high - low):.0f}"
            pen.drawText(QRectF(0, y - 8, LEFT - 5, 16), right | Qt.AlignmentFlag.AlignVCenter, words)
            x = box.left() + share * box.width()
            side = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, right)[round(2 * share)]
            words = f"{share * length:.1f}{' mm' if share == 1 else ''}"
            pen.drawText(QRectF(x - 80 * share, box.bottom() + 4, 80, 18), side | top, words)

    def _curve(self, pen: QPainter, box: QRectF, low: float, high: float, profile: Profile) -> None:
        path, down = QPainterPath(), False
        share = profile.distance_mm / max(float(profile.distance_mm[-1]), 1e-9)
        for s, value in zip(share.tolist(), profile.value.tolist(), strict=True):
            if not np.isfinite(value):
                down = False
                continue
            at = QPointF(
                box.left() + s * box.width(), box.bottom() - (value - low) / (high - low) * box.height()
            )
            (path.lineTo if down else path.moveTo)(at)
            down = True
        pen.setPen(QPen(self._ink, 1.6))
        pen.drawPath(path)

    def _reading(self, pen: QPainter, box: QRectF) -> None:
        found = None if self._at is None else self.value_at(self._at)
        words = f"[{self._unit}]" if self._unit else ""
        if found is not None and self._at is not None:
            pen.setPen(QPen(QColor(theme().accent), 1, Qt.PenStyle.DashLine))
            pen.drawLine(QPointF(self._at, box.top()), QPointF(self._at, box.bottom()))
            words = f"{found[0]:.1f} mm: {found[1]:.0f} {self._unit}"
        pen.setPen(QColor(theme().text))
        pen.drawText(QRectF(LEFT, 1, box.width(), TOP - 2), Qt.AlignmentFlag.AlignLeft, words)
