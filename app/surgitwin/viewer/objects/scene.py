"""Objects of the open case in the 3D view and as outlines in the slices, with the poses that they have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from surgitwin.core.arrays import FloatArray
from surgitwin.planning.case import Case
from surgitwin.planning.objects.pose import diagonal_mm, size_note
from surgitwin.planning.objects.record import KEY, OwnObject, objects_of, placed_mesh
from surgitwin.scene.model import Layer, surface_layer
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.outlines import Cutter

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

PREFIX = "object:"
Key = tuple[str, str, tuple[float, float, float]]
Made = tuple[Key, Layer, FloatArray, Cutter]
"""What a layer was made from, the pose 4x4 at which its points are, and what cuts it for the slices."""

GLASS = 0.3
"""Opacity of a body that is longer than the image: it would hide the patient (display only)."""


def group_of(own: OwnObject) -> str:
    """Name of its group in the views."""
    return f"{PREFIX}{own.id}"


class ObjectScene(QObject):
    """Layers are made in a worker, once; a change of pose moves what is drawn."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        self._desk, self._session = desk, desk.session
        self._made: dict[str, Made] = {}
        self._shown: dict[str, tuple[Key, bool]] = {}
        self._latest = Latest(self, desk.say_error)
        self._session.changed.connect(self._changed)
        self.refresh()

    def _changed(self, topics: frozenset[str]) -> None:
        if KEY in topics:
            self.refresh()

    @property
    def busy(self) -> bool:
        """Whether surfaces are being made."""
        return self._latest.busy

    def refresh(self) -> None:
        """Make what is new; the rest is drawn at once."""
        case = self._session.case
        known = objects_of(case.state)
        todo = [o for o in known if o.id not in self._made or self._made[o.id][0] != _key(o)]
        self._draw()
        if todo:
            model = self._desk.model
            normals = () if model is None else tuple(model.axes.axes.T)
            self._latest.ask(partial(_make, case, todo, normals), self._arrived)

    def _arrived(self, made: dict[str, Made]) -> None:
        # Asked for again, moved, before the first came: what is drawn stays, at the pose that is known of it.
        known = {key: found[0] for key, found in self._made.items()}
        self._made.update({key: new for key, new in made.items() if known.get(key) != new[0]})
        self._draw()

    def _draw(self) -> None:
        views, model = self._desk.views, self._desk.model
        if views is None or model is None:
            return
        known = {o.id: o for o in objects_of(self._session.case.state)}
        for gone in self._shown.keys() - known.keys():
            del self._shown[gone]
            views.scene.set_layers(f"{PREFIX}{gone}", (), fitted=False)
            model.set_outlined((), f"{PREFIX}{gone}")
        for own in known.values():
            found = self._made.get(own.id)
            if found is None:
                continue
            wanted = (found[0], own.visible)
            if self._shown.get(own.id) != wanted:
                layers = (found[1],) if own.visible else ()
                views.scene.set_layers(group_of(own), layers, fitted=False)
                model.set_outlined(layers, group_of(own), (found[3],))
                self._shown[own.id] = wanted
            self.move(own, own.matrix)

    def move(self, own: OwnObject, matrix: FloatArray) -> None:
        """Draw an object at a pose 4x4, as while it is dragged."""
        views, model = self._desk.views, self._desk.model
        found = self._made.get(own.id)
        if views is not None and model is not None and own.visible and found is not None:
            still = np.array_equal(matrix, found[2])
            way = None if still else matrix @ np.linalg.inv(found[2])
            views.scene.move_group(group_of(own), way)
            model.move_outlined(group_of(own), way)

    def release(self) -> None:
        """Stop listening and computing."""
        self._session.changed.disconnect(self._changed)
        self._latest.stop()


def _key(own: OwnObject) -> Key:
    return own.blob, own.name, own.rgb


def _make(case: Case, wanted: list[OwnObject], normals: Sequence[FloatArray]) -> dict[str, Made]:
    """For the worker: surfaces with normals, each cut once along the slices' present normals (3,)."""
    return {own.id: _made(case, own, normals) for own in wanted}


def _made(case: Case, own: OwnObject, normals: Sequence[FloatArray]) -> Made:
    opacity = GLASS if size_note(own.size_mm, diagonal_mm(case.volume.grid)) else 1.0
    layer = surface_layer(own.name, placed_mesh(case, own), opacity, own.rgb)
    cutter = Cutter(layer.data)
    for normal in normals:
        cutter.cut(own.middle_mm, normal)
    return _key(own), layer, own.matrix, cutter
