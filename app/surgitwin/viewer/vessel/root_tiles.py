"""The annulus view: a section at some level and two long axes, with the landmarks to drag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np
from psygnal import Signal as Event
from PySide6.QtCore import QObject

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import LumenTube
from surgitwin.scene.model import Layer
from surgitwin.scene.vessel_layers import tube_layers
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.outlines import Cutter
from surgitwin.viewer.vessel.oblique_view import ObliqueView
from surgitwin.viewer.vessel.root_frames import (
    ACROSS,
    COLOURS,
    LONG,
    SECTION,
    Aim,
    directions,
    frames,
    section_size,
)
from surgitwin.viewer.vessel.tiles import Tiles
from surgitwin.viewer.views.four_up import FourUp, Place

WORDS = {SECTION: "Annulus section", LONG: "Long axis", ACROSS: "Long axis, across"}
LEVEL_STEP_MM = 0.5
TURN_STEP = np.radians(5.0)
REACH_MM = 32.0
"""Half width of the views."""


class RootTiles(Tiles):
    """Wheel in the section: its level. Wheel in a long axis: turns it. A drag in the section turns the long
    axis towards the mouse, a drag in a long axis moves the section; points are dragged in all three.

    moved, dropped: landmark and LPS place, while it is dragged and when it is let go.
    """

    moved = Event(str, object)
    dropped = Event(str, object)
    places: ClassVar[Mapping[str, Place]] = {
        "vessel_section": (0, 0, 1, 1), "vessel_long": (0, 1, 1, 1), "vessel_across": (1, 0, 1, 1),
        "scene": (1, 1, 1, 1),
    }  # fmt: skip

    def __init__(self, model: ViewModel, views: FourUp, parent: QObject | None = None) -> None:
        super().__init__(model, views, parent)
        self.anatomy: RootAnatomy | None = None
        self.aim = Aim()
        self.movable = True
        self._lumen: Cutter | None = None
        self._ready: tuple[LumenTube, Cutter] | None = None
        self._device: Cutter | None = None
        made = {
            name: ObliqueView(name, WORDS[name], COLOURS[name], self.reslicer, views, half_mm=REACH_MM)
            for name in (SECTION, LONG, ACROSS)
        }
        for name, view in made.items():
            view.scrolled.connect(partial(self._scrolled, name))
            view.pointed.connect(partial(self._pointed, name))
            view.moved.connect(self.moved.emit)
            view.dropped.connect(self.dropped.emit)
            view.empty = "Segment the aortic root: the annulus is shown here."
        self.oblique = made
        self._install(dict(made))

    def prepare(self, anatomy: RootAnatomy) -> None:
        """The surface of the lumen, cut once by the planes of the present aim; for a worker, before
        `show_anatomy`.
        """
        if self._ready is not None and self._ready[0] is anatomy.tube:
            return
        plain = LumenTube(anatomy.tube.course, anatomy.tube.radius_mm)
        cutter = Cutter(tube_layers(plain)[0].data)
        frames(anatomy, cutter, self.aim)
        self._ready = anatomy.tube, cutter

    def show_anatomy(self, anatomy: RootAnatomy | None, *, movable: bool = True) -> None:
        """Look at another (or corrected) root; the aim stays."""
        self.anatomy, self.movable = anatomy, movable
        if anatomy is None:
            for view in self.views.values():
                view.set_raster(None)
            return
        self.prepare(anatomy)
        assert self._ready is not None
        self._lumen = self._ready[1]
        self._show()

    def show_device(self, layer: Layer | None) -> None:
        """Outline of a device (a closed surface) in all three views; None takes it away."""
        self._device = None if layer is None else Cutter(layer.data)
        self._show()

    def set_aim(self, *, level_mm: float | None = None, turn_rad: float | None = None) -> None:
        """Another level above the annulus, another turn of the long axes about its normal."""
        level = self.aim.level_mm if level_mm is None else float(np.clip(level_mm, -40, 60))
        turn = self.aim.turn_rad if turn_rad is None else float(np.mod(turn_rad, 2 * np.pi))
        self.aim = replace(self.aim, level_mm=level, turn_rad=turn)
        self._show()
        self.aimed.emit()

    def look_at(self, point_mm: FloatArray) -> None:
        """Turn the long axis and move the section so that a place lies in both."""
        if self.anatomy is None:
            return
        plane = self.anatomy.annulus
        x, y = directions(self.anatomy, 0.0)[SECTION]
        away = np.asarray(point_mm, float) - plane.point_mm
        turn = None if np.hypot(away @ x, away @ y) < 1.0 else float(np.arctan2(away @ y, away @ x))
        self.set_aim(level_mm=float(plane.distance(point_mm)), turn_rad=turn)

    def _show(self) -> None:
        a = self.anatomy
        if a is None or self._lumen is None:
            return
        for name, frame in frames(a, self._lumen, self.aim, self._device, movable=self.movable).items():
            self.oblique[name].show_frame(frame)
            if name == SECTION:
                self.oblique[name].set_words(*self._section_words(frame.strokes[0].points_mm))

    def _section_words(self, pieces: FloatArray) -> tuple[str, ...]:
        assert self.anatomy is not None
        level = self.aim.level_mm
        at = "at the annulus" if abs(level) < 0.05 else f"{level:+.1f} mm from the annulus"
        size = section_size(pieces, self.anatomy.annulus.normal)
        if size is None:
            return (at, "outside the traced lumen")
        return (at, f"{size[0]:.0f} mm², perimeter {size[1]:.1f} mm")

    def _scrolled(self, name: str, notches: int) -> None:
        if name == SECTION:
            self.set_aim(level_mm=self.aim.level_mm + LEVEL_STEP_MM * notches)
        else:
            self.set_aim(turn_rad=self.aim.turn_rad + TURN_STEP * notches)

    def _pointed(self, name: str, point_mm: FloatArray) -> None:
        """A drag beside every landmark aims the other views; the crosshair of the slices follows."""
        if self.anatomy is None:
            return
        plane = self.anatomy.annulus
        self.model.set_crosshair(point_mm)
        if name == SECTION:
            x, y = directions(self.anatomy, 0.0)[SECTION]
            away = point_mm - plane.point_mm
            if np.hypot(away @ x, away @ y) > 1.0:
                self.set_aim(turn_rad=float(np.arctan2(away @ y, away @ x)))
        else:
            self.set_aim(level_mm=float(plane.distance(point_mm)))
