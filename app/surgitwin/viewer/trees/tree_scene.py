"""A tree of vessels in the 3D view: centrelines by branch or by diameter, the chosen one lit, the section."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject

from surgitwin.core.vessel import LumenTube
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.model import Layer
from surgitwin.scene.tree_layers import branch_layers, chosen_layer, diameter_layer, section_layer
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.trees.place import TreePlace
from surgitwin.viewer.trees.reading import TreeReading
from surgitwin.viewer.vessel.artery_frames import outline_at

TREE, LIT, SECTION = "tree", "tree:chosen", "tree:section"
"""Groups of the 3D view."""
RING_SHARE = 0.08
"""Radius of the drawn outline as a share of the section's (display only)."""
Drawn = tuple[tuple[Layer, ...], tuple[Layer, ...], ColourScale | None]


class TreeScene(QObject):
    """Follows the place while it is shown; lines are made in a worker."""

    def __init__(self, place: TreePlace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self.by_diameter = False
        self._on = False
        self._drawn: tuple[object, bool, int] | None = None
        self._latest = Latest(self, place.desk.say_error)
        place.changed.connect(self.refresh)
        place.moved.connect(self.refresh)

    def show(self, on: bool) -> None:
        """With the page, or not."""
        self._on = on
        self.refresh()

    def set_by_diameter(self, on: bool) -> None:
        """Colours say the diameter, or the branch."""
        self.by_diameter = on
        self.refresh()

    def refresh(self) -> None:
        """Draw what is new."""
        place, views = self._place, self._place.desk.views
        if views is None:
            return
        reading, spot = place.reading, place.spot
        if not self._on or reading is None or spot is None:
            self._clear()
            return
        key = (reading.walk, self.by_diameter, spot.branch)
        if key != self._drawn:
            self._drawn = key
            self._latest.ask(partial(_make, reading, self.by_diameter, spot.branch), self._arrived)
        ring = self._ring(reading)
        views.scene.set_layers(SECTION, () if ring is None else (ring,))

    def _ring(self, reading: TreeReading) -> Layer | None:
        """The outline of the section, where one was measured."""
        spot = self._place.spot
        if spot is None or reading.tree.branch(spot.branch).tube is None:
            return None
        tube = reading.tree.branch(spot.branch).tube
        assert tube is not None
        outline = outline_at(LumenTube(reading.walk.course(spot.branch), tube.radius_mm), spot.s_mm)
        size = float(np.linalg.norm(outline - outline.mean(0), axis=1).mean())
        return section_layer(outline, RING_SHARE * size)

    def _arrived(self, made: Drawn) -> None:
        views = self._place.desk.views
        if views is None or not self._on:
            return
        lines, lit, scale = made
        if views.scene.scale != scale:
            views.scene.set_scale(scale)
        views.scene.set_layers(TREE, lines)
        views.scene.set_layers(LIT, lit)

    def _clear(self) -> None:
        views = self._place.desk.views
        if self._drawn is None or views is None:
            return
        self._drawn = None
        for group in (TREE, LIT, SECTION):
            views.scene.set_layers(group, ())
        views.scene.set_scale(None)

    @property
    def busy(self) -> bool:
        """Whether lines are being made."""
        return self._latest.busy

    def release(self) -> None:
        """Take everything away and stop computing."""
        self._on = False
        self._clear()
        self._latest.stop()


def _make(reading: TreeReading, by_diameter: bool, number: int) -> Drawn:
    lit = (chosen_layer(reading.tree, number),)
    if by_diameter and reading.tree.metric:
        layer, scale = diameter_layer(reading.tree)
        return (layer,), lit, scale
    return branch_layers(reading.tree), lit, None
