"""Handles in the views: which screen an event is on, drawing in slices and in 3D, what the mouse is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from surgitwin.scene.handle_actors import HandleActors
from surgitwin.scene.handle_layers import Mark, Placed
from surgitwin.scene.screens import CameraScreen, Screen, SliceScreen
from surgitwin.viewer.tools.base import SCENE

if TYPE_CHECKING:
    from surgitwin.viewer.views.four_up import FourUp
    from surgitwin.viewer.views.scene_view import SceneView
    from surgitwin.viewer.views.slice_view import SliceView


def slice_screen(view: SliceView) -> SliceScreen:
    """A slice view in the toolkit's pixels."""
    ratio = view.devicePixelRatioF()
    corner, right, down, mm = view.model.geometry(view.plane, view.pixel_size())
    return SliceScreen(corner, right, down, mm * ratio)


def camera_screen(view: SceneView) -> CameraScreen:
    """A 3D view in the toolkit's pixels."""
    camera = view.interactor.camera
    size = (max(view.interactor.width(), 1), max(view.interactor.height(), 1))
    half = float(camera.parallel_scale) if camera.parallel_projection else None
    eye, focus, up = (np.asarray(v, float) for v in (camera.position, camera.focal_point, camera.up))
    return CameraScreen(eye, focus, up, size, half, float(camera.view_angle))


def screen_of(view: Any, where: str) -> Screen:
    """The screen of `ViewEvent.view`."""
    return camera_screen(view) if where == SCENE else slice_screen(view)


class Grips(Protocol):
    """What a tool shows to be taken hold of."""

    def marks(self, screen: Screen, active: str) -> Sequence[Mark]:
        """Lines for a slice."""
        ...

    def placed(self, screen: Screen, active: str) -> Sequence[Placed]:
        """Shapes for the 3D view."""
        ...


class Hands:
    """Draws the grips of one tool while it is active: `show` in `activated`, `hide` in `deactivated`.

    active: name of the grip that is held or under the mouse.
    """

    def __init__(self, views: FourUp, grips: Grips) -> None:
        self._views, self._grips = views, grips
        self._actors: HandleActors | None = None
        self.active = ""

    def show(self) -> None:
        """Begin to draw."""
        if self._actors is None:
            self._actors = HandleActors(self._views.scene.interactor)
            self._views.scene.camera_moved.connect(self._follow)
        self.refresh()

    def hide(self) -> None:
        """Stop drawing."""
        if self._actors is not None:
            self._views.scene.camera_moved.disconnect(self._follow)
            self._actors.release()
            self._actors = None
            self._views.scene.draw_soon()
        self.active = ""
        self._views.model.overlays_changed.emit()

    def refresh(self) -> None:
        """The grips moved or changed."""
        self._follow()
        self._views.scene.draw_soon()
        self._views.model.overlays_changed.emit()

    def _follow(self) -> None:
        """Keep the size on the screen when the camera moved."""
        if self._actors is not None:
            self._actors.show(self._grips.placed(camera_screen(self._views.scene), self.active))

    def set_active(self, name: str) -> None:
        """Light a grip up ("" none); redraws only when it is another one."""
        if name != self.active:
            self.active = name
            self.refresh()

    def paint(self, view: SliceView, painter: QPainter) -> None:
        """Draw in a slice; for `Tool.paint`."""
        paint_marks(painter, self._grips.marks(slice_screen(view), self.active))


def paint_marks(painter: QPainter, marks: Sequence[Mark]) -> None:
    """Lines on a dark rim, so that they are seen on bone and on air."""
    painter.save()
    for rim in (True, False):
        for mark in marks:
            ink = QColor(0, 0, 0, 170) if rim else QColor.fromRgbF(*mark.colour)
            painter.setPen(QPen(ink, mark.width + (2.5 if rim else 0.0)))
            shape = QPolygonF([QPointF(x, y) for x, y in mark.px.tolist()])
            if mark.filled:
                painter.setBrush(QBrush(ink))
                painter.drawPolygon(shape)
            else:
                painter.drawPolyline(shape)
    painter.restore()
