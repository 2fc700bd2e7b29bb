"""One slice of the image; mouse and keys go to the active tool first, then move through the image."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.sliceimage import directions
from surgitwin.viewer.model import Pixels, ViewModel
from surgitwin.viewer.pace import REFINE_AFTER_MS, Pace, coarse_size
from surgitwin.viewer.tools.base import KeyPress, Tool, ViewEvent
from surgitwin.viewer.widgets.scene_mouse import BUTTONS, key_name, modifiers_of
from surgitwin.viewer.widgets.scene_view import cursor_of
from surgitwin.viewer.widgets.slice_paint import (
    FRAME_COLOURS,
    paint_crosshair,
    paint_outlines,
    paint_region,
    paint_words,
)

ZOOM_PER_NOTCH = 1.15
WHEEL_NOTCH = 120
"""Of `QWheelEvent.angleDelta`, one notch."""
REGION_PX = 5
"""A Ctrl-drag over less than this is a slip, not a region (handling only)."""

_MOVED_BY = ("crosshair_changed", "axes_changed", "voxels_changed")
_REDRAWN_BY = (
    "window_changed", "segments_changed", "labels_changed", "outlines_changed", "overlays_changed",
    "tool_changed",
)  # fmt: skip
_STEPS = {"Up": 1, "Right": 1, "Down": -1, "Left": -1, "PageUp": 10, "PageDown": -10}


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
        self._pixels: Pixels | None = None
        self._image = QImage()
        self._pace, self._coarse = Pace(), 1
        self._moving = False
        self._refine = QTimer(self)
        self._refine.setSingleShot(True)
        self._refine.timeout.connect(self._settle)
        self._last = QPointF()
        self._drag = ""
        self._taken: Tool | None = None
        self._region: QRectF | None = None
        self._turned = 0
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
        pen = QPainter(self)
        pen.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._coarse > 1)
        pen.drawImage(QRectF(self.rect()), self._image)
        pen.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_outlines(self, pen)
        for overlay in self.model.overlays:
            overlay.paint(self, pen)
        paint_crosshair(self, pen)
        if self.model.tool is not None:
            self.model.tool.paint(self, pen)
        if self._region is not None:
            paint_region(pen, self._region)
        paint_words(self, pen)
        pen.setPen(QPen(QColor(FRAME_COLOURS[self.plane]), 4 if self.hasFocus() else 2))
        pen.setBrush(Qt.BrushStyle.NoBrush)
        pen.drawRect(self.rect().adjusted(1, 1, -1, -1))
        pen.end()

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

    # ---- mouse ---------------------------------------------------------------------------------

    def view_event(
        self,
        at: QPointF,
        button: str,
        held: Qt.KeyboardModifier,
        double: bool = False,
        notches: float = 0.0,
    ) -> ViewEvent:
        """A place on the slice as tools are told it."""
        point, normal = self.point_at(at), self.normal()
        return ViewEvent(
            self, self.plane, point, (point, normal), (at.x(), at.y()), self.mm_per_px(), button,
            modifiers_of(held), double, notches,
        )  # fmt: skip

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Wheel: slices. Ctrl+wheel: zoom about the mouse."""
        event.accept()
        turn, tool = event.angleDelta().y(), self.model.tool
        notches = turn / WHEEL_NOTCH
        if tool is not None and tool.wheel(
            self.view_event(event.position(), "", event.modifiers(), notches=notches)
        ):
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.model.zoom(self.plane, ZOOM_PER_NOTCH**notches, self.point_at(event.position()))
            return
        self._turned += turn
        slices = int(self._turned / WHEEL_NOTCH)
        if slices:
            self._turned -= slices * WHEEL_NOTCH
            self.model.step(self.plane, slices)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: the tool, else the crosshair; with Ctrl a region. Right: zoom. Middle or Shift+left: pan."""
        button, held, at = event.button(), event.modifiers(), event.position()
        self._last, self._drag = at, ""
        if button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and held & Qt.KeyboardModifier.ShiftModifier
        ):
            self._drag = "pan"
        elif button == Qt.MouseButton.RightButton:
            self._drag = "zoom"
        elif button == Qt.MouseButton.LeftButton:
            self._press_left(at, held)

    def _press_left(self, at: QPointF, held: Qt.KeyboardModifier) -> None:
        tool = self.model.tool
        event = self.view_event(at, "left", held)
        if tool is not None and tool.press(event):
            self._taken = tool
            return
        self._taken = self.model.grab(event)
        if self._taken is not None:
            return
        if held & Qt.KeyboardModifier.ControlModifier:
            self._drag, self._region = "region", QRectF(at, at)
        else:
            self._drag = "cross"
            self.model.set_crosshair(self.point_at(at))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag as begun; report the point under the mouse."""
        at, held = event.position(), event.modifiers()
        d = at - self._last
        if self._taken is not None:
            self._taken.move(self.view_event(at, "left", held))
        elif self._drag == "cross":
            self.model.set_crosshair(self.point_at(at))
        elif self._drag == "zoom":
            self.model.zoom(self.plane, float(np.exp(-d.y() / 150)))
        elif self._drag == "pan":
            mm = self.mm_per_px()
            self.model.pan(self.plane, d.x() * mm, d.y() * mm)
        elif self._drag == "region" and self._region is not None:
            self._region.setBottomRight(at)
            self.update()
        elif self.model.tool is not None and not event.buttons():
            self.model.tool.hover(self.view_event(at, "", held))
        self._last = at
        self.hovered.emit(self.point_at(at))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End of a drag."""
        if self._taken is not None:
            if event.button() == Qt.MouseButton.LeftButton:
                tool, self._taken = self._taken, None
                tool.release(self.view_event(event.position(), BUTTONS[event.button()], event.modifiers()))
            return
        if self._drag == "region" and self._region is not None:
            box, self._region = self._region.normalized(), None
            if max(box.width(), box.height()) >= REGION_PX:
                self.model.auto_window(
                    self.plane, self.point_at(box.topLeft()), self.point_at(box.bottomRight())
                )
            self.update()
        self._drag = ""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The tool may want it (to close a polygon); else maximise or restore."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        tool = self.model.tool
        self._drag = ""
        if tool is not None and tool.press(
            self.view_event(event.position(), "left", event.modifiers(), double=True)
        ):
            self._taken = tool
            return
        self.maximise_asked.emit(self.plane)

    # ---- keys ----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The tool's keys; arrows, Page, Home/End: slices; r: fit; x: crosshair; 1..5: window; Escape."""
        tool = self.model.tool
        press = KeyPress(self, self.plane, key_name(event), event.text(), modifiers_of(event.modifiers()))
        key = press.key
        if tool is not None and (tool.key(press) or self._end_tool(press)):
            return
        if self.model.overlay_key(press):
            return
        if press.modifiers.ctrl or press.modifiers.alt:
            super().keyPressEvent(event)
        elif key in _STEPS:
            self.model.step(self.plane, _STEPS[key])
        elif key in ("Home", "End"):
            self.model.end(self.plane, key == "End")
        elif key == "R":
            self.model.reset(self.plane)
        elif key == "X":
            self.model.show_crosshair(not self.model.crosshair_shown)
        elif key in ("1", "2", "3", "4", "5"):
            self.model.preset(int(key))
        else:
            super().keyPressEvent(event)

    def _end_tool(self, press: KeyPress) -> bool:
        if press.key == "Escape":
            self.model.set_tool(None)
        return press.key == "Escape"
