"""Scissors: a line drawn round something on a slice or in the 3D view cuts along the line of sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyvista as pv
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPen, QPolygonF

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Plane
from surgitwin.scene.model import Layer
from surgitwin.scene.sliceimage import directions
from surgitwin.segmentation.edit.scissors import Action, Cut, Span, scissors
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.tools.base import SCENE, Tool, ViewEvent

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from surgitwin.viewer.desk import Desk
    from surgitwin.viewer.segments.edit_runner import EditRunner

LINE = "scissors line"
LINE_RGB = (1.0, 0.85, 0.2)
NAMES: dict[Action, str] = {
    "erase inside": "Cut away from {}",
    "erase outside": "Cut round {}",
    "fill inside": "Fill {} inside a line",
}


class ScissorsTool(Tool):
    """action: what happens at release. depth_mm: only this far to either side, or from and to, counted from
    the slice (in 3D the crosshair) away from you; None: through all.
    """

    title = "Scissors"
    words = "Drag a line round what you want to cut and let go. Escape ends."

    def __init__(self, desk: Desk, editor: LabelEditor, runner: EditRunner) -> None:
        self._desk, self._editor, self._runner = desk, editor, runner
        self.action: Action = "erase inside"
        self.depth_mm: float | Span | None = None
        self._events: list[ViewEvent] = []

    def press(self, event: ViewEvent) -> bool:
        """The line begins, or it is said why not."""
        if event.button != "left":
            return False
        self._events = [event] if self._desk.attempt(self._editor.require) else []
        return True

    def move(self, event: ViewEvent) -> None:
        """The line goes on."""
        if not self._events or event.view is not self._events[0].view:
            return
        self._events.append(event)
        if event.where == SCENE:
            self._show_line(event.view)
        else:
            event.view.update()

    def release(self, event: ViewEvent) -> None:
        """The line is closed and the cut is made."""
        events, self._events = self._events, []
        if not events:
            return
        self._clear(events[0])
        self._desk.attempt(lambda: self._cut(events))

    def _cut(self, events: list[ViewEvent]) -> None:
        editor = self._editor
        label, _ = editor.require()
        states, grid, action = editor.states(), editor.grid, self.action
        mask, image, overwrite = editor.mask, editor.image, editor.overwrite
        cut = self._scene_cut(events) if events[0].where == SCENE else self._slice_cut(events)
        self._runner.start(
            NAMES[action].format(editor.title(label)),
            lambda labels, _progress: mask.limited(
                scissors(labels, grid, label, states, cut, action, overwrite), image
            ),
            nothing=f"Nothing changed: the line does not meet the {editor.title(label)}.",
        )

    def _slice_cut(self, events: list[ViewEvent]) -> Cut:
        right, down, _ = directions(events[0].where, self._editor.model.axes)
        points = np.array([e.point_mm for e in events if e.point_mm is not None])
        return Cut.on_slice(points, right, down, self.depth_mm)

    def _scene_cut(self, events: list[ViewEvent]) -> Cut:
        view = events[0].view
        width, height = view.interactor.width(), view.interactor.height()
        camera = view.interactor.camera
        m = camera.GetCompositeProjectionTransformMatrix(width / max(height, 1), -1, 1)
        matrix = np.array([[m.GetElement(r, c) for c in range(4)] for r in range(4)])
        pixels = np.array([e.pixel for e in events])
        outline = np.stack([2 * pixels[:, 0] / width - 1, 1 - 2 * pixels[:, 1] / height], axis=1)
        plane = None
        if self.depth_mm is not None:
            plane = Plane(self._editor.model.crosshair_mm, events[0].ray[1])
        return Cut(matrix[[0, 1, 3]], outline, plane, self.depth_mm)

    def _show_line(self, view: Any) -> None:
        points: FloatArray = np.array([e.ray[0] + 2.0 * e.ray[1] for e in [*self._events, self._events[0]]])
        if len(points) > 2:
            line = pv.lines_from_points(list(points))
            view.set_layers(LINE, (Layer("line", line, LINE_RGB),))

    def _clear(self, event: ViewEvent) -> None:
        if event.where == SCENE:
            event.view.set_layers(LINE, ())
        else:
            event.view.update()

    def paint(self, view: Any, painter: QPainter) -> None:
        """The line so far, closed."""
        if not self._events or self._events[0].view is not view:
            return
        line = QPolygonF([QPointF(*e.pixel) for e in self._events])
        for colour, width in ((QColor("#000000"), 3.5), (QColor.fromRgbF(*LINE_RGB), 1.6)):
            painter.setPen(QPen(colour, width))
            painter.drawPolygon(line)

    def cancel(self) -> None:
        """The line is given up."""
        events, self._events = self._events, []
        if events:
            self._clear(events[0])
