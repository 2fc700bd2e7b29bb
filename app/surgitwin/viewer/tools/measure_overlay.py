"""The kept measurements over the slices: painted, chosen, their points dragged, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.measurements import Measurement
from surgitwin.viewer.tools.base import SCENE, KeyPress, Tool, ViewEvent
from surgitwin.viewer.tools.measure_paint import paint_measurement
from surgitwin.viewer.tools.measure_store import MeasureStore

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

Failed = Callable[[SurgiTwinError], object]
"""Is told when a change could not be kept."""

NEAR_PX = 8.0
"""How near a click must be to a point to grab it (handling only)."""


def nobody(_error: SurgiTwinError) -> None:
    """Errors have no listener."""


class MovePoint(Tool):
    """One drag of one point of a measurement; `MeasureOverlay.grab` makes it."""

    def __init__(
        self,
        store: MeasureStore,
        measurement: Measurement,
        index: int,
        failed: Failed = nobody,
    ) -> None:
        self._store, self._id, self._index, self._failed = store, measurement.id, index, failed
        self._place = np.asarray(measurement.points_mm[index], float)

    def move(self, event: ViewEvent) -> None:
        """Draw it with the point under the mouse; on a slice the point keeps its distance from the slice."""
        if event.point_mm is None:
            return
        goal = np.asarray(event.point_mm, float)
        if event.where != SCENE:
            normal = event.ray[1]
            goal = goal + float((self._place - goal) @ normal) * normal
        self._store.hold(self._id, self._index, goal)

    def release(self, event: ViewEvent) -> None:
        """Keep it: one undo step."""
        try:
            self._store.drop()
        except SurgiTwinError as error:
            self._store.let_go()
            self._failed(error)

    def cancel(self) -> None:
        """Leave it as it was."""
        self._store.let_go()


class MeasureOverlay:
    """Paints the kept measurements; their points can be dragged, Delete takes the chosen one away."""

    def __init__(self, store: MeasureStore, failed: Failed = nobody) -> None:
        self.store, self._failed = store, failed

    def paint(self, view: Any, painter: QPainter) -> None:
        """Those that lie on the slice, and faintly what crosses it."""
        if not self.store.shown:
            return
        normal = view.normal()
        for m in self.store.all:
            on = self.store.on_slice(m, normal)
            if on.all() or m.kind == "sphere":
                paint_measurement(view, painter, m, chosen=m.id == self.store.selected)
            elif on.any():
                paint_measurement(view, painter, m, chosen=False, faint=True)

    def grab(self, event: ViewEvent) -> Tool | None:
        """The drag of the point under the mouse, None when there is none; also chooses what was clicked."""
        if not self.store.shown or event.point_mm is None or event.where == SCENE:
            return None
        normal, point = event.ray[1], np.asarray(event.point_mm, float)
        for m in sorted(self.store.all, key=lambda m: m.id != self.store.selected):
            on = self.store.on_slice(m, normal)
            away = np.asarray(m.points_mm, float) - point
            away -= np.outer(away @ normal, normal)
            far = np.where(on, np.linalg.norm(away, axis=1), np.inf)
            best = int(np.argmin(far))
            if far[best] <= NEAR_PX * event.mm_per_px:
                self.store.select(m.id)
                return MovePoint(self.store, m, best, self._failed)
        self.store.select("")
        return None

    def key(self, event: KeyPress) -> bool:
        """Delete or Backspace takes the chosen measurement away."""
        if event.key not in ("Delete", "Backspace") or not self.store.selected:
            return False
        try:
            self.store.delete(self.store.selected)
        except SurgiTwinError as error:
            self._failed(error)
        return True
