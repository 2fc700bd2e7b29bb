"""Shows the kept measurements, and the one being drawn, in the 3D view."""

from __future__ import annotations

import numpy as np

from surgitwin.imaging.measure import distance
from surgitwin.planning.measurements import Measurement, strokes
from surgitwin.scene.groups import Text
from surgitwin.scene.measure_layers import ball_layer, stroke_layer
from surgitwin.scene.model import Layer
from surgitwin.viewer.tools.base import SCENE
from surgitwin.viewer.tools.measure_store import MeasureStore
from surgitwin.viewer.tools.measure_tool import MeasureTool
from surgitwin.viewer.views.scene_view import SceneView

GROUP, PENDING = "measurements", "measurement being drawn"


class MeasureScene:
    """Follows `store` until `release`. Values stand beside those made in 3D and beside the chosen one."""

    def __init__(self, store: MeasureStore, scene: SceneView) -> None:
        self._store, self._scene = store, scene
        self._drawn: tuple[Measurement, ...] = ()
        self._said: tuple[Measurement, ...] = ()
        self._pending = 0
        store.changed.connect(self.update)
        store.model.tool_changed.connect(self.update)
        self.update()

    def update(self) -> None:
        """Draw what changed; while a point is dragged the 3D view waits for its release."""
        if self._store.held is None:
            shown = self._store.all if self._store.shown else ()
            if shown != self._drawn:
                self._drawn = shown
                self._scene.set_layers(GROUP, [x for m in shown for x in layers_of(m)])
            said = tuple(m for m in shown if m.plane == SCENE or m.id == self._store.selected)
            if said != self._said:
                self._said = said
                self._scene.set_texts(GROUP, [text_of(m) for m in said])
        self._draw_pending()

    def _draw_pending(self) -> None:
        tool = self._store.model.tool
        points = tool.points if isinstance(tool, MeasureTool) and tool.where == SCENE else []
        if len(points) == self._pending:
            return
        self._pending = len(points)
        layers = [stroke_layer(PENDING, [], np.stack(points), (1.0, 1.0, 1.0))] if points else []
        self._scene.set_layers(PENDING, layers)

    def release(self) -> None:
        """Stop listening."""
        self._store.changed.disconnect(self.update)
        self._store.model.tool_changed.disconnect(self.update)


def layers_of(m: Measurement) -> list[Layer]:
    """A measurement in three dimensions."""
    points = np.asarray(m.points_mm, float)
    if m.kind == "sphere":
        return [ball_layer(f"measurement {m.id}", points[0], distance(points), m.rgb)]
    marks = points[:1] if m.kind in ("ellipse", "rectangle") else points
    return [stroke_layer(f"measurement {m.id}", strokes(m), marks, m.rgb)]


def text_of(m: Measurement) -> Text:
    """Its value beside its last point."""
    x, y, z = m.points_mm[-1]
    return Text((x, y, z), m.text, m.rgb)
