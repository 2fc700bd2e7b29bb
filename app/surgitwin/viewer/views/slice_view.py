"""One slice of the image; mouse and keys go to the active tool first, then move through the image."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.tools.base import KeyPress, Tool, ViewEvent
from surgitwin.viewer.views.scene_mouse import BUTTONS, key_name, modifiers_of
from surgitwin.viewer.views.slice_picture import SlicePicture

ZOOM_PER_NOTCH = 1.15
WHEEL_NOTCH = 120
"""Of `QWheelEvent.angleDelta`, one notch."""
REGION_PX = 5
"""A Ctrl-drag over less than this is a slip, not a region (handling only)."""

_NUDGES = {"Right": (1, 0), "Left": (-1, 0), "Down": (0, 1), "Up": (0, -1)}
_STEPS = {"Up": 1, "Right": 1, "Down": -1, "Left": -1, "PageUp": 10, "PageDown": -10}


class SliceView(SlicePicture):
    """A slice that is moved through, with `hovered` (LPS point) and `maximise_asked` (plane)."""

    maximise_asked = Signal(str)
    hovered = Signal(object)

    def __init__(self, model: ViewModel, plane: str, parent: QWidget | None = None) -> None:
        super().__init__(model, plane, parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._last = QPointF()
        self._drag = ""
        self._taken: Tool | None = None
        self._turned = 0

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
            self._drag, self.region = "region", QRectF(at, at)
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
        elif self._drag == "region" and self.region is not None:
            self.region.setBottomRight(at)
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
        if self._drag == "region" and self.region is not None:
            box, self.region = self.region.normalized(), None
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
        """The tool's keys, Escape ends it; arrows, Page, Home/End: slices; Ctrl+arrows: crosshair within the
        slice; r: fit; x: crosshair shown; 1..5: window.
        """
        tool = self.model.tool
        press = KeyPress(self, self.plane, key_name(event), event.text(), modifiers_of(event.modifiers()))
        key = press.key
        if tool is not None and (tool.key(press) or self._end_tool(press)):
            return
        if self.model.overlay_key(press):
            return
        if press.modifiers.ctrl and key in _NUDGES:
            self.model.nudge(self.plane, *_NUDGES[key])
        elif press.modifiers.ctrl or press.modifiers.alt:
            super().keyPressEvent(event)
        elif key in _STEPS:
            self.model.step(self.plane, _STEPS[key])
        elif key in ("Home", "End"):
            self.model.end(self.plane, key == "End")
        elif key == "R":
            self.model.reset(self.plane)
        elif key == "X":
            self.model.show_crosshair(not self.model.crosshair_shown)
        elif key in ("1", "2", "3", "4", "5", "6"):
            self.model.preset(int(key))
        else:
            super().keyPressEvent(event)

    def _end_tool(self, press: KeyPress) -> bool:
        if press.key == "Escape":
            self.model.set_tool(None)
        return press.key == "Escape"
