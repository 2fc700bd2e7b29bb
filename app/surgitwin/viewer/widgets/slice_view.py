"""One slice of the image with crosshair, letters, ruler and mouse and keys; state is in the model."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.page import NOTICE
from surgitwin.scene.sliceimage import PLANES
from surgitwin.viewer.model import ViewModel

FRAME_COLOURS = {"axial": "#e05252", "sagittal": "#e0c04a", "coronal": "#4fb06d"}
"""Red, yellow, green as in 3D Slicer."""
ZOOM_PER_NOTCH = 1.15
_REDRAWN_BY = (
    "crosshair_changed",
    "window_changed",
    "axes_changed",
    "segments_changed",
    "outlines_changed",
)
_NICE_MM = (1, 2, 5, 10, 20, 50, 100, 200)


class SliceView(QWidget):
    """Shows `plane` of `model`; listens to its events until `release` is called."""

    maximise_asked = Signal(str)
    hovered = Signal(object)

    def __init__(self, model: ViewModel, plane: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model, self.plane = model, plane
        self.setObjectName(f"slice_{plane}")
        self.setAccessibleName(f"{plane} slice")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 120))
        self._image: QImage | None = None
        self._last: QPoint | None = None
        self._drag = ""
        for signal in _REDRAWN_BY:
            getattr(model, signal).connect(self._stale)
        model.plane_changed.connect(self._plane_changed)

    def release(self) -> None:
        """Stop listening to the model."""
        for signal in _REDRAWN_BY:
            getattr(self.model, signal).disconnect(self._stale)
        self.model.plane_changed.disconnect(self._plane_changed)

    def _stale(self) -> None:
        self._image = None
        self.update()

    def _plane_changed(self, plane: str) -> None:
        if plane == self.plane:
            self._stale()

    def pixel_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    def point_at(self, where: QPointF) -> FloatArray:
        """LPS point (3,) under a widget position."""
        ratio = self.devicePixelRatioF()
        corner, right, down, mm = self.model.geometry(self.plane, self.pixel_size())
        out: FloatArray = corner + (where.x() * ratio * right + where.y() * ratio * down) * mm
        return out

    def position_of(self, point_mm: FloatArray) -> QPointF:
        """Widget position of an LPS point's projection on the slice."""
        ratio = self.devicePixelRatioF()
        corner, right, down, mm = self.model.geometry(self.plane, self.pixel_size())
        d = (np.asarray(point_mm) - corner) / (mm * ratio)
        return QPointF(float(d @ right), float(d @ down))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Slice, crosshair, letters, ruler, notice, coloured frame."""
        if self._image is None:
            pixels = self.model.pixels(self.plane, self.pixel_size())
            h, w, _ = pixels.shape
            self._image = QImage(
                np.ascontiguousarray(pixels).data, w, h, 3 * w, QImage.Format.Format_RGB888
            ).copy()
        pen = QPainter(self)
        pen.drawImage(QRectF(self.rect()), self._image)
        self._outlines(pen)
        self._crosshair(pen)
        self._words(pen)
        pen.setPen(QPen(QColor(FRAME_COLOURS[self.plane]), 4 if self.hasFocus() else 2))
        pen.drawRect(self.rect().adjusted(1, 1, -1, -1))
        pen.end()

    def _outlines(self, pen: QPainter) -> None:
        """Implants and the gap where the slice cuts them."""
        ratio = self.devicePixelRatioF()
        corner, right, down, mm = self.model.geometry(self.plane, self.pixel_size())
        for rgb, lines in self.model.outlines(self.plane):
            places = (lines - corner) @ np.stack([right, down], axis=1) / (mm * ratio)
            pen.setPen(QPen(QColor.fromRgbF(*rgb).lighter(150), 1.5))
            pen.drawLines([QLineF(*line.reshape(4).tolist()) for line in places])

    def _crosshair(self, pen: QPainter) -> None:
        at = self.position_of(self.model.crosshair_mm)
        column, row, _, _ = PLANES[self.plane]
        of_normal = {axes[3]: name for name, axes in PLANES.items()}
        gap = 9.0
        for axis, ends in (
            (column, ((at.x(), 0, at.x(), at.y() - gap), (at.x(), at.y() + gap, at.x(), self.height()))),
            (row, ((0, at.y(), at.x() - gap, at.y()), (at.x() + gap, at.y(), self.width(), at.y()))),
        ):
            colour = QColor(FRAME_COLOURS[of_normal[axis]])
            colour.setAlpha(190)
            pen.setPen(QPen(colour, 1))
            for x0, y0, x1, y1 in ends:
                pen.drawLine(QPointF(x0, y0), QPointF(x1, y1))

    def _words(self, pen: QPainter) -> None:
        letters = self.model.letters(self.plane)
        w, h = self.width(), self.height()
        boxes = {
            "left": (QRectF(8, h / 2 - 14, 60, 28), Qt.AlignmentFlag.AlignLeft),
            "right": (QRectF(w - 68, h / 2 - 14, 60, 28), Qt.AlignmentFlag.AlignRight),
            "top": (QRectF(w / 2 - 40, 6, 80, 24), Qt.AlignmentFlag.AlignHCenter),
            "bottom": (QRectF(w / 2 - 40, h - 48, 80, 24), Qt.AlignmentFlag.AlignHCenter),
        }
        for where, (box, side) in boxes.items():
            self._text(pen, box, side, letters[where], 13, True, "#ffe15a")
        name = f"{self.plane.capitalize()}{' (bone)' if self.model.axes_name == 'bone' else ''}"
        top = QRectF(10, 6, w * 0.42, 40)
        self._text(
            pen, top, Qt.AlignmentFlag.AlignLeft, f"{name}\n{self.model.slice_text(self.plane)}", 9, False
        )
        window = f"W {self.model.window:.0f}  L {self.model.level:.0f}"
        self._text(pen, QRectF(w - 140, 6, 130, 20), Qt.AlignmentFlag.AlignRight, window, 9, False)
        low = QRectF(w - 190, h - 24, 182, 18)
        self._text(pen, low, Qt.AlignmentFlag.AlignRight, NOTICE, 8, True, "#ff9aa8")
        self._ruler(pen)

    def _ruler(self, pen: QPainter) -> None:
        mm = self.model.geometry(self.plane, self.pixel_size())[3] * self.devicePixelRatioF()
        length = max((n for n in _NICE_MM if n / mm <= self.width() / 4), default=1)
        y = self.height() - 12
        pen.setPen(QPen(QColor("white"), 2))
        pen.drawLine(QPointF(12, y), QPointF(12 + length / mm, y))
        for x in (12.0, 12 + length / mm):
            pen.drawLine(QPointF(x, y - 4), QPointF(x, y + 4))
        self._text(pen, QRectF(12, y - 24, 120, 18), Qt.AlignmentFlag.AlignLeft, f"{length} mm", 9, False)

    def _text(
        self,
        pen: QPainter,
        box: QRectF,
        side: Qt.AlignmentFlag,
        words: str,
        size: int,
        bold: bool,
        colour: str = "#f2f2f2",
    ) -> None:
        font = QFont(self.font())
        font.setPointSize(size)
        font.setBold(bold)
        pen.setFont(font)
        flags = side | (Qt.AlignmentFlag.AlignTop if box.height() > 28 else Qt.AlignmentFlag.AlignVCenter)
        pen.setPen(QColor(0, 0, 0, 220))
        pen.drawText(box.translated(1, 1), flags, words)
        pen.setPen(QColor(colour))
        pen.drawText(box, flags, words)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Wheel: slices. Ctrl+wheel: zoom."""
        notches = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.model.zoom(self.plane, ZOOM_PER_NOTCH**notches)
        elif notches:
            self.model.step(self.plane, round(notches) or (1 if notches > 0 else -1))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: crosshair. Right: zoom. Middle or Shift+left: pan."""
        button, shift = event.button(), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and shift):
            self._drag = "pan"
        elif button == Qt.MouseButton.RightButton:
            self._drag = "zoom"
        elif button == Qt.MouseButton.LeftButton:
            self._drag = "cross"
            self.model.set_crosshair(self.point_at(event.position()))
        self._last = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag as begun; report the point under the mouse."""
        here = event.position().toPoint()
        if self._drag and self._last is not None:
            d = here - self._last
            if self._drag == "cross":
                self.model.set_crosshair(self.point_at(event.position()))
            elif self._drag == "zoom":
                self.model.zoom(self.plane, float(np.exp(-d.y() / 150)))
            else:
                mm = self.model.geometry(self.plane, self.pixel_size())[3] * self.devicePixelRatioF()
                self.model.pan(self.plane, d.x() * mm, d.y() * mm)
        self._last = here
        self.hovered.emit(self.point_at(event.position()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End of a drag."""
        self._drag = ""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise or restore."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = ""
            self.maximise_asked.emit(self.plane)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Page, Home/End: slices. r: reset. 1..5: window presets."""
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Left: -1,
                 Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}  # fmt: skip
        if key in steps:
            self.model.step(self.plane, steps[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.model.end(self.plane, key == Qt.Key.Key_End)
        elif key == Qt.Key.Key_R:
            self.model.reset(self.plane)
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_5:
            self.model.preset(int(key) - int(Qt.Key.Key_0))
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, _event: object) -> None:
        """A new size needs new pixels."""
        self._image = None
