"""Draws new measurements by clicks and drags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.measurements import KINDS, Measurement, region_points
from surgitwin.scene.sliceimage import directions
from surgitwin.viewer.tools.base import SCENE, KeyPress, Tool, ViewEvent
from surgitwin.viewer.tools.measure_overlay import NEAR_PX, Failed, MeasureOverlay, nobody
from surgitwin.viewer.tools.measure_paint import paint_measurement, paint_pending
from surgitwin.viewer.tools.measure_store import MeasureStore

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

DRAG_PX = 5.0
"""A press and release further apart than this sets two points, a nearer one is a click (handling only)."""
FREEHAND_PX = 4.0
"""Distance of points of an outline drawn with the button down (handling only)."""

FREEHAND_POINTS = 8
"""An outline of more points than this closes where it is let go near its start (handling only)."""

REGIONS = ("ellipse", "rectangle", "sphere")
IN_SCENE = ("distance", "angle", "lines")
"""Kinds that can also be placed on surfaces in the 3D view."""


class MeasureTool(Tool):
    """Places the points of one `kind` by clicks or drags; keeps the measurement when it is complete.

    A drag of a point of a kept measurement moves that point; a click there places a new one.
    """

    def __init__(self, store: MeasureStore, kind: str, failed: Failed = nobody) -> None:
        self.store, self.kind, self._failed = store, kind, failed
        self._overlay = MeasureOverlay(store, failed)
        self._near: Tool | None = None
        self._start: ViewEvent
        self._grabbed: Tool | None = None
        self.title = KINDS[kind].title
        self.points: list[FloatArray] = []
        self.loose: FloatArray | None = None
        """Where the next point would be."""
        self.where = ""
        self._pressed: tuple[float, float] | None = None
        self._last_px = (0.0, 0.0)

    @property
    def words(self) -> str:  # type: ignore[override]
        """What to do next."""
        steps = KINDS[self.kind].words
        return f"{self.title}: {steps[min(len(self.points), len(steps) - 1)]} Esc ends."

    @property
    def wanted(self) -> int | None:
        """How many points are placed by hand; None: until it is closed."""
        return 2 if self.kind in REGIONS else KINDS[self.kind].points

    def press(self, event: ViewEvent) -> bool:
        """Place a point; a double click closes an area."""
        if event.where == SCENE and (self.kind not in IN_SCENE or event.point_mm is None):
            return False
        if event.point_mm is None or event.modifiers.ctrl:
            return False
        if event.double:
            if self.kind == "area":
                self._close()
            return True
        self._pressed = self._last_px = event.pixel
        self._near = None if self.points else self._overlay.grab(event)
        if self._near is not None:
            self._start = event
            return True
        self._begin(event)
        return True

    def _begin(self, event: ViewEvent) -> None:
        """Place a point, or close an area on its first one."""
        if event.where != self.where and self.kind not in IN_SCENE:
            self.points = []
        self.where = event.where
        if self.kind == "area" and self._closes(event):
            self._close()
        else:
            self._place(self._on_plane(event))

    def move(self, event: ViewEvent) -> None:
        """Rubber line while dragging; an area is drawn freehand."""
        if self._near is not None and self._pressed is not None:
            if self._grabbed is None and _apart(self._pressed, event.pixel) >= DRAG_PX:
                self._grabbed = self._near
            if self._grabbed is not None:
                self._grabbed.move(event)
            return
        if event.point_mm is None:
            return
        self.loose = self._on_plane(event)
        if self.kind == "area" and self.points and _apart(self._last_px, event.pixel) >= FREEHAND_PX:
            self._last_px = event.pixel
            self.points.append(self.loose)
        self._redraw()

    def release(self, event: ViewEvent) -> None:
        """The end of a drag is the next point."""
        start, self._pressed = self._pressed, None
        near, self._near = self._near, None
        if near is not None:
            grabbed, self._grabbed = self._grabbed, None
            if grabbed is not None:
                grabbed.release(event)
            else:
                self._begin(self._start)
            return
        if start is None or event.point_mm is None or not self.points:
            return
        if self.kind == "area":
            if len(self.points) > FREEHAND_POINTS and self._closes(event, 3 * NEAR_PX):
                self._close()
        elif _apart(start, event.pixel) >= DRAG_PX:
            self._place(self._on_plane(event))

    def hover(self, event: ViewEvent) -> None:
        """Rubber line to the mouse."""
        if self.points and event.point_mm is not None and event.where == self.where:
            self.loose = self._on_plane(event)
            self._redraw()

    def key(self, event: KeyPress) -> bool:
        """Space places a point at the crosshair; Enter closes an area; Backspace takes the last point back;
        Escape first drops what was begun.
        """
        if event.key == "Space" and event.where != SCENE:
            self._at_crosshair(event)
            return True
        if event.key in ("Return", "Enter") and self.kind == "area":
            self._close()
            return True
        if event.key == "Backspace" and self.points:
            self.points.pop()
            self._redraw()
            return True
        if event.key == "Escape" and self.points:
            self.cancel()
            return True
        return False

    def _at_crosshair(self, press: KeyPress) -> None:
        """For hands that prefer keys: Ctrl+arrows move the crosshair, Space takes its place."""
        model = self.store.model
        point, normal = model.crosshair_mm, directions(press.where, model.axes)[2]
        self._begin(ViewEvent(press.view, press.where, point, (point, normal)))

    def cancel(self) -> None:
        """Drop the points placed so far."""
        self.points, self.loose, self._pressed = [], None, None
        self._redraw()

    def paint(self, view: Any, painter: QPainter) -> None:
        """What is being drawn, with its value."""
        if not self.points or view.plane != self.where:
            return
        trial = self.trial()
        if trial is not None:
            paint_measurement(view, painter, trial, chosen=True)
        else:
            paint_pending(
                view, painter, [*self.points, *([] if self.loose is None else [self.loose])], self.kind
            )

    def trial(self) -> Measurement | None:
        """The measurement as it would be with the mouse's place as its last point."""
        if self.loose is None or not self.points:
            return None
        points = [*self.points, self.loose]
        if self.kind == "area":
            return self.store.preview("area", points, self.where) if len(points) > 2 else None
        if len(points) != self.wanted:
            return None
        return self.store.preview(self.kind, self._all_points(points), self.where)

    def _all_points(self, anchors: list[FloatArray]) -> FloatArray:
        if self.kind not in REGIONS:
            return np.stack(anchors)
        right, down, _ = directions(self.where, self.store.model.axes)
        return region_points(self.kind, anchors[0], anchors[1], right, down)

    def _on_plane(self, event: ViewEvent) -> FloatArray:
        """The point; for flat kinds on the plane of the first one, even if the slice changed meanwhile."""
        assert event.point_mm is not None
        point = np.asarray(event.point_mm, float)
        if self.points and self.kind not in IN_SCENE and self.kind != "profile" and event.where != SCENE:
            normal = event.ray[1]
            point = point + float((self.points[0] - point) @ normal) * normal
        return point

    def _closes(self, event: ViewEvent, reach_px: float = NEAR_PX) -> bool:
        if len(self.points) < 3 or event.point_mm is None:
            return False
        away = float(np.linalg.norm(self._on_plane(event) - self.points[0]))
        return away <= reach_px * event.mm_per_px

    def _place(self, point: FloatArray) -> None:
        if self.points and self.kind != "area" and np.allclose(point, self.points[-1], atol=1e-6):
            return
        self.points.append(point)
        self.loose = None
        if self.wanted is not None and len(self.points) == self.wanted:
            self._keep(self._all_points(self.points))
        self._redraw()

    def _close(self) -> None:
        if len(self.points) >= 3:
            self._keep(np.stack(self.points))
        self._redraw()

    def _keep(self, points: FloatArray) -> None:
        where = self.where
        self.points, self.loose, self._pressed = [], None, None
        try:
            self.store.add(self.kind, points, where)
        except SurgiTwinError as error:
            self._failed(error)

    def _redraw(self) -> None:
        self.store.model.overlays_changed.emit()
        self.store.changed.emit()


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
