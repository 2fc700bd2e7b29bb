"""One slice of the image on the screen, with what is painted over it; no mouse, no keys."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.sliceimage import directions
from surgitwin.viewer.model import Pixels, ViewModel
from surgitwin.viewer.pace import REFINE_AFTER_MS, Pace, coarse_size
from surgitwin.viewer.views.scene_view import cursor_of
from surgitwin.viewer.views.slice_paint import (
    FRAME_COLOURS,
    paint_crosshair,
    paint_outlines,
    paint_region,
    paint_words,
)

_MOVED_BY = ("crosshair_changed", "axes_changed", "voxels_changed")
_REDRAWN_BY = (
    "window_changed", "segments_changed", "labels_changed", "outlines_changed", "overlays_changed",
    "tool_changed",
)  # fmt: skip


class SlicePicture(QWidget):
    """Shows `plane` of `model`; listens to its events until `release` is called.

    region: a rectangle to mark, in px of the widget.
    """

    def __init__(self, model: ViewModel, plane: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model, self.plane = model, plane
        self.setObjectName(f"slice_{plane}")
        self.setAccessibleName(f"{plane} slice")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 120))
        self.region: QRectF | None = None
        self._pixels: Pixels | None = None
        self._image = QImage()
        self._pace, self._coarse = Pace(), 1
        self._moving = False
        self._refine = QTimer(self)
        self._refine.setSingleShot(True)
        self._refine.timeout.connect(self._settle)
        for signal in _MOVED_BY:
            getattr(model, signal).connect(self._moved)
        for signal in _REDRAWN_BY:
            getattr(model, signal).connect(self._stale)
        model.tool_changed.connect(self._show_cursor)
        model.plane_changed.connect(self._plane_changed)

    def release(self) -> None:
        """Stop listening to the model."""
        self._refine.stop()
        for signal in _MOVED_BY:
            getattr(self.model, signal).disconnect(self._moved)
        for signal in _REDRAWN_BY:
            getattr(self.model, signal).disconnect(self._stale)
        self.model.tool_changed.disconnect(self._show_cursor)
        self.model.plane_changed.disconnect(self._plane_changed)

    def _stale(self) -> None:
        """Paint again soon; what did not change is not computed again (`ViewModel.picture`)."""
        self.update()

    def _moved(self) -> None:
        """Another slice: coarse at first when this machine needs long for it."""
        self._moving = True
        self.update()

    def _settle(self) -> None:
        self._moving = False
        self.update()

    def _plane_changed(self, plane: str) -> None:
        if plane == self.plane:
            self._moved()

    def _show_cursor(self) -> None:
        tool = self.model.tool
        self.setCursor(Qt.CursorShape.ArrowCursor if tool is None else cursor_of(tool.cursor))

    # ---- places --------------------------------------------------------------------------------

    def pixel_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    def mm_per_px(self) -> float:
        """Millimetres per pixel of the toolkit."""
        return self.model.geometry(self.plane, self.pixel_size())[3] * self.devicePixelRatioF()

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

    def normal(self) -> FloatArray:
        """Unit LPS normal (3,) of the slice."""
        return directions(self.plane, self.model.axes)[2]

    # ---- drawing -------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Slice, outlines, overlays, crosshair, the tool's marks, words, coloured frame."""
        self._cut()
        with QPainter(self) as pen:
            pen.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._coarse > 1)
            pen.drawImage(QRectF(self.rect()), self._image)
            pen.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_outlines(self, pen)
            for overlay in self.model.overlays:
                overlay.paint(self, pen)
            paint_crosshair(self, pen)
            if self.model.tool is not None:
                self.model.tool.paint(self, pen)
            if self.region is not None:
                paint_region(pen, self.region)
            paint_words(self, pen)
            pen.setPen(QPen(QColor(FRAME_COLOURS[self.plane]), 4 if self.hasFocus() else 2))
            pen.setBrush(Qt.BrushStyle.NoBrush)
            pen.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _cut(self) -> None:
        """The slice as an image, coarse while it moves on a machine that needs too long for all of it."""
        coarse = self._pace.coarseness(self._moving)
        width = 1 if coarse > 1 else max(1, round(self.devicePixelRatioF()))
        start = time.perf_counter()
        pixels = self.model.picture(self.plane, coarse_size(self.pixel_size(), coarse), width)
        if pixels is not self._pixels:
            self._pace.took(1000 * (time.perf_counter() - start), coarse)
            h, w, _ = pixels.shape
            self._pixels, self._coarse = pixels, coarse  # the image reads the memory of the pixels
            self._image = QImage(pixels.data, w, h, 4 * w, QImage.Format.Format_RGBX8888)
        if coarse > 1:
            self._refine.start(REFINE_AFTER_MS)
