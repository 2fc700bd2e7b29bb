"""Brush and eraser: drag over a slice, or over a surface in the 3D view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPen

from surgitwin.core.errors import UsageError
from surgitwin.scene.sliceimage import directions
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.tools.base import SCENE, KeyPress, Tool, ViewEvent

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from surgitwin.viewer.desk import Desk

PER_NOTCH = 1.15
"""Factor on the radius for one notch of the wheel or one press of a key (handling only)."""


class PaintTool(Tool):
    """Draws with the chosen segment, or erases it."""

    cursor = "blank"

    def __init__(self, desk: Desk, editor: LabelEditor, erase: bool) -> None:
        self._desk, self._editor, self._erase = desk, editor, erase
        self.title = "Eraser" if erase else "Brush"
        self.words = (
            f"Drag to {'erase' if erase else 'paint'}. Shift+wheel or + and - change the radius; "
            "Ctrl+wheel zooms; Escape ends."
        )
        self._at: ViewEvent | None = None

    def press(self, event: ViewEvent) -> bool:
        """A stroke begins, or it is said why not."""
        if event.button != "left":
            return False
        if event.where == SCENE and event.point_mm is None:
            return False  # beside the bone the drag turns the view
        if self._desk.attempt(lambda: self._editor.begin(self._erase)):
            self._draw(event)
        return True

    def move(self, event: ViewEvent) -> None:
        """The stroke goes on."""
        self._draw(event)
        self._show(event)

    def release(self, event: ViewEvent) -> None:
        """The stroke becomes a step."""
        if self._editor.drawing and not self._editor.end():
            self._desk.say(self._nothing())

    def _draw(self, event: ViewEvent) -> None:
        if not self._editor.drawing or event.point_mm is None:
            return
        normal = None
        if event.where != SCENE and self._editor.shape == "disc":
            normal = directions(event.where, self._editor.model.axes)[2]
        try:
            self._editor.draw(event.point_mm, normal)
        except UsageError as error:
            self._desk.say(f"{error.message} {error.hint}")

    def _nothing(self) -> str:
        name = self._editor.title(self._editor.chosen)
        if self._editor.range_hu is not None:
            return f"Nothing changed: no voxel under the brush lies in the range of values for the {name}."
        if self._editor.mask.segment is not None:
            side, limit = self._editor.mask_side, self._editor.title(self._editor.mask.segment)
            return f"Nothing changed: the mask lets the brush change only what is {side} the {limit}."
        if self._erase:
            return f"Nothing changed: there is no {name} under the eraser."
        return f"Nothing changed: it is {name} already, or belongs to locked or hidden segments."

    def hover(self, event: ViewEvent) -> None:
        """The circle follows the mouse."""
        self._show(event)

    def _show(self, event: ViewEvent) -> None:
        former, self._at = self._at, event
        for seen in {
            id(e.view): e.view for e in (former, event) if e is not None and e.where != SCENE
        }.values():
            seen.update()

    def wheel(self, event: ViewEvent) -> bool:
        """Shift+wheel: radius."""
        if not event.modifiers.shift:
            return False
        self._editor.set(radius_mm=self._editor.radius_mm * PER_NOTCH**event.notches)
        event.view.update()
        return True

    def key(self, event: KeyPress) -> bool:
        """Plus and minus: radius."""
        if event.text not in ("+", "-") or event.modifiers.ctrl:
            return False
        self._editor.set(radius_mm=self._editor.radius_mm * PER_NOTCH ** (1 if event.text == "+" else -1))
        event.view.update()
        return True

    def paint(self, view: Any, painter: QPainter) -> None:
        """A circle of the brush's size under the mouse."""
        at = self._at
        if at is None or at.view is not view or at.point_mm is None:
            return
        radius = max(self._editor.radius_mm / at.mm_per_px, 1.5)
        where = QPointF(*at.pixel)
        for colour, width in (("#000000", 3.0), ("#ff938a" if self._erase else "#ffffff", 1.2)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(where, radius, radius)
        painter.drawPoint(where)

    def cancel(self) -> None:
        """The stroke under way is taken back."""
        if self._editor.drawing:
            self._editor.cancel()

    def deactivated(self) -> None:
        """The circle goes."""
        at, self._at = self._at, None
        if at is not None and at.where != SCENE:
            at.view.update()
