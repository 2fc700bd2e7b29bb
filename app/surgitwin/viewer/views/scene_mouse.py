"""Mouse and keys of the 3D view: what the active tool takes, what turns the camera, what maximises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from surgitwin.viewer.tools.base import SCENE, KeyPress, Modifiers, Tool, ViewEvent

if TYPE_CHECKING:
    from surgitwin.viewer.views.scene_view import SceneView

BUTTONS = {
    Qt.MouseButton.LeftButton: "left",
    Qt.MouseButton.MiddleButton: "middle",
    Qt.MouseButton.RightButton: "right",
}
CLICK_PX = 4
"""A left press and release within this distance is a click, more is a drag (handling only)."""


def modifiers_of(held: Qt.KeyboardModifier) -> Modifiers:
    """Shift, Ctrl and Alt as plain values."""
    return Modifiers(
        bool(held & Qt.KeyboardModifier.ShiftModifier),
        bool(held & Qt.KeyboardModifier.ControlModifier),
        bool(held & Qt.KeyboardModifier.AltModifier),
    )


def key_name(event: QKeyEvent) -> str:
    """ "Escape", "Delete", "Z" for a key of Qt; "" for one that Qt does not name."""
    try:
        return Qt.Key(event.key()).name.removeprefix("Key_")
    except ValueError:
        return ""


class SceneMouse(QObject):
    """Event filter of the interactor: offers events to the tool first; what it does not take goes to VTK."""

    def __init__(self, view: SceneView) -> None:
        super().__init__(view)
        self._view = view
        self._dragging: Tool | None = None
        self._pressed: QPointF | None = None

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """True: VTK does not see the event."""
        kind = event.type()
        if isinstance(event, QKeyEvent):
            return kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and self._key(event)
        if isinstance(event, QWheelEvent):
            tool = self._view.tool
            return tool is not None and tool.wheel(self._wheel_event(event))
        if not isinstance(event, QMouseEvent):
            return False
        if kind == QEvent.Type.MouseButtonDblClick:
            return self._double(event)
        if kind == QEvent.Type.MouseButtonPress:
            return self._press(event)
        if kind == QEvent.Type.MouseMove:
            return self._move(event)
        if kind == QEvent.Type.MouseButtonRelease:
            return self._release(event)
        return False

    def _press(self, event: QMouseEvent) -> bool:
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = event.position() if left and not modifiers_of(event.modifiers()).shift else None
        tool = self._view.tool
        if tool is None or not left or self._pressed is None:
            return False
        if tool.press(self.view_event(event)):
            self._dragging = tool
            return True
        return False

    def _move(self, event: QMouseEvent) -> bool:
        if self._dragging is not None:
            self._dragging.move(self.view_event(event))
            return True
        tool = self._view.tool
        if tool is not None and tool.hovers_in_scene and not event.buttons():
            tool.hover(self.view_event(event))
        return False

    def _release(self, event: QMouseEvent) -> bool:
        if self._dragging is not None:
            tool, self._dragging = self._dragging, None
            tool.release(self.view_event(event))
            return True
        start, self._pressed = self._pressed, None
        if start is not None and self._view.tool is None:
            away = event.position() - start
            if abs(away.x()) + abs(away.y()) <= CLICK_PX:
                self._view.clicked(self.view_event(event))
        return False

    def _double(self, event: QMouseEvent) -> bool:
        """The tool may want it (to close a polygon); else the view is maximised or restored."""
        tool = self._view.tool
        if tool is None or not tool.press(self.view_event(event, double=True)):
            self._view.maximise_asked.emit(SCENE)
        self._pressed = None
        return True

    def _key(self, event: QKeyEvent) -> bool:
        """No key reaches VTK (its own ones close and redraw); what nobody wants goes up to the window."""
        event.ignore()
        if event.type() == QEvent.Type.KeyPress:
            press = KeyPress(
                self._view, SCENE, key_name(event), event.text(), modifiers_of(event.modifiers())
            )
            if self._view.key(press):
                event.accept()
        return True

    def _wheel_event(self, event: QWheelEvent) -> ViewEvent:
        at = event.position()
        return self._view.event_at(
            (at.x(), at.y()), "", modifiers_of(event.modifiers()), notches=event.angleDelta().y() / 120
        )

    def view_event(self, event: QMouseEvent, double: bool = False) -> ViewEvent:
        """The event with the surface point under the mouse."""
        at, button = event.position(), event.button()
        if event.type() == QEvent.Type.MouseMove and event.buttons():
            button = Qt.MouseButton.LeftButton if self._dragging is not None else Qt.MouseButton.NoButton
        return self._view.event_at(
            (at.x(), at.y()), BUTTONS.get(button, ""), modifiers_of(event.modifiers()), double=double
        )
