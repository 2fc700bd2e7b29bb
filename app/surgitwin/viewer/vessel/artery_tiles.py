"""The artery's views: section at the cursor, curved reformat, straightened lumen; one cursor for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QObject

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.core.vessel import LumenTube
from surgitwin.scene.model import Layer
from surgitwin.scene.vessel_layers import tube_layers
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.outlines import Cutter, triangles_of
from surgitwin.viewer.vessel.artery_frames import (
    COLOURS,
    CURVED,
    DEVICE,
    LUMEN,
    SECTION,
    STRAIGHT,
    Cursor,
    edge_at,
    section_frame,
    section_words,
)
from surgitwin.viewer.vessel.course_view import Band, CourseView, Surface
from surgitwin.viewer.vessel.oblique_view import ObliqueView
from surgitwin.viewer.vessel.tiles import Tiles
from surgitwin.viewer.views.four_up import FourUp, Place

STEP_MM = 0.5
TURN_RAD = np.radians(5.0)
LESION, REST = "#ffb454", "#b9c2cc"
HALF_MM = 4.0
"""Views show at least so many mm on both sides of the vessel."""


class ArteryTiles(Tiles):
    """Wheel or drag along the vessel: the cursor, in all views. `set_aim` also turns the reformats."""

    places: ClassVar[Mapping[str, Place]] = {
        "vessel_section": (0, 0, 1, 1), "scene": (1, 0, 1, 1), "vessel_curved": (0, 1, 2, 1),
        "vessel_straight": (0, 2, 2, 1),
    }  # fmt: skip

    def __init__(self, model: ViewModel, views: FourUp, parent: QObject | None = None) -> None:
        super().__init__(model, views, parent)
        self.anatomy: ArteryAnatomy | None = None
        self.cursor = Cursor(0.0)
        self._device: Cutter | None = None
        self._device_layer: Layer | None = None
        self._band: Band | None = None
        self._lumen: Surface | None = None
        self._ready: tuple[LumenTube, Surface] | None = None
        self.section = ObliqueView(
            SECTION, "Section", COLOURS[SECTION], self.reslicer, views, half_mm=12.0, pixel_mm=0.1
        )
        self.curved = CourseView(
            CURVED, "Curved reformat", COLOURS[CURVED], lambda: model.volume, views, curved=True
        )
        self.straight = CourseView(
            STRAIGHT, "Laid straight", COLOURS[STRAIGHT], lambda: model.volume, views, curved=False,
            half_mm=10.0, pixel_mm=0.15,
        )  # fmt: skip
        for view in (self.section, self.curved, self.straight):
            view.scrolled.connect(self._scrolled)
            view.empty = "Segment the artery: its course is shown here."
        for reformat in (self.curved, self.straight):
            reformat.scrubbed.connect(lambda s: self.set_aim(s_mm=s))
        self.section.pointed.connect(self.model.set_crosshair)
        self._install({SECTION: self.section, CURVED: self.curved, STRAIGHT: self.straight})

    def prepare(self, anatomy: ArteryAnatomy) -> None:
        """The surface of the lumen; for a worker, before `show_anatomy`."""
        if self._ready is not None and self._ready[0] is anatomy.tube:
            return
        data = tube_layers(LumenTube(anatomy.tube.course, anatomy.tube.radius_mm))[0].data
        self._ready = anatomy.tube, Surface(np.asarray(data.points, float), triangles_of(data), LUMEN)

    def show_anatomy(self, anatomy: ArteryAnatomy | None) -> None:
        """Look at another artery; the cursor goes to its worst narrowing."""
        first = self.anatomy is None
        self.anatomy = anatomy
        if anatomy is None:
            for view in self.views.values():
                view.set_raster(None)
            return
        self.prepare(anatomy)
        assert self._ready is not None
        if self._lumen is not self._ready[1]:
            self._lumen = self._ready[1]
            self._size_views(anatomy.tube)
        s = anatomy.tube.course.s_mm
        at = self.cursor.s_mm
        if first or not s[0] <= at <= s[-1]:
            at = anatomy.lesions[0].throat_mm if anatomy.lesions else float(s.mean())
        self._draw_over()
        self.set_aim(s_mm=at)

    def _size_views(self, tube: LumenTube) -> None:
        """Pictures a few times as wide as the vessel."""
        widest = float(tube.radius_mm.max())
        self.section.half_mm = 2.5 * widest + HALF_MM
        half = self.section.half_mm
        self.section.view_box = (-half, -half, 2 * half, 2 * half)
        self.straight.half_mm = 2.5 * widest + HALF_MM
        self.curved.half_mm = 4.0 * widest + HALF_MM

    def show_device(self, layer: Layer | None, band: Band | None = None) -> None:
        """A device's surface outlined in all views, and the stretch that it takes; None takes it away."""
        self._device_layer, self._band = layer, band
        self._device = None if layer is None else Cutter(layer.data)
        self._draw_over()
        if self.anatomy is not None:
            self.set_aim()

    def _draw_over(self) -> None:
        """Lesions, device and edges over the reformats."""
        a = self.anatomy
        if a is None:
            return
        bands = tuple(
            Band(x.start_mm, x.end_mm, LESION if n == 0 else REST, f"−{x.diameter_percent:.0f} % Ø")
            for n, x in enumerate(a.lesions[:2])
        )
        bands += () if self._band is None else (self._band,)
        surfaces: tuple[Surface, ...] = () if self._lumen is None else (self._lumen,)
        if self._device_layer is not None:
            data = self._device_layer.data
            surfaces += (Surface(np.asarray(data.points, float), triangles_of(data), DEVICE, 2.2),)
        self.curved.set_over(bands, (), surfaces)
        one, other = edge_at(a.tube, self.cursor.angle_rad)
        s = a.tube.course.s_mm
        self.straight.set_over(bands, ((s, one), (s, -other)), ())

    def set_aim(self, *, s_mm: float | None = None, angle_rad: float | None = None) -> None:
        """Another place of the cursor, another turn of the reformats."""
        a = self.anatomy
        if a is None:
            return
        s = a.tube.course.s_mm
        at = self.cursor.s_mm if s_mm is None else float(np.clip(s_mm, s[0], s[-1]))
        turn = self.cursor.angle_rad if angle_rad is None else float(np.mod(angle_rad, 2 * np.pi))
        turned = turn != self.cursor.angle_rad
        self.cursor = replace(self.cursor, s_mm=at, angle_rad=turn)
        if turned:
            self._draw_over()
        frame, measure = section_frame(a, self.cursor, self._device)
        self.section.show_frame(frame)
        self.section.set_words(*section_words(a, self.cursor, measure))
        for view in (self.curved, self.straight):
            view.show_course(a.tube.course, turn, at)
        if s_mm is not None:
            self.model.set_crosshair(frame.point_mm)
        self.aimed.emit()

    def turn(self, steps: int) -> None:
        """Turn the reformats by steps of 5 degrees."""
        self.set_aim(angle_rad=self.cursor.angle_rad + TURN_RAD * steps)

    def _scrolled(self, notches: int) -> None:
        self.set_aim(s_mm=self.cursor.s_mm + STEP_MM * notches)
