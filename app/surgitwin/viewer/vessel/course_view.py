"""A reformat along a vessel, laid straight or on the curved sheet through it, with a cursor to drag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from psygnal import Signal as Event
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.image import Volume
from surgitwin.core.vessel import Course
from surgitwin.scene.cameras import body_letters
from surgitwin.scene.vessel_reformat import Raster, Sheet, curved_raster, sheet_through, straight_raster
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.outlines import level_lines
from surgitwin.viewer.vessel.image_view import Chart, ImageView

CURSOR = "#e05252"


@dataclass(frozen=True, eq=False)
class Band:
    """A stretch of the course that is marked at the side: arc lengths, colour, words."""

    start_mm: float
    end_mm: float
    colour: str
    words: str


@dataclass(frozen=True, eq=False)
class Surface:
    """A triangle surface (points (p, 3) LPS, triangles (t, 3)) whose cut with the picture is drawn."""

    points_mm: FloatArray
    triangles: IntArray
    colour: str
    width: float = 1.6


class CourseView(ImageView):
    """curved: on the sheet through the course, else laid straight. scrubbed: arc length under the mouse."""

    scrubbed = Event(float)

    def __init__(
        self,
        name: str,
        title: str,
        colour: str,
        volume: Callable[[], Volume],
        parent: QWidget | None = None,
        *,
        curved: bool,
        half_mm: float = 15.0,
        pixel_mm: float = 0.2,
    ) -> None:
        super().__init__(name, title, colour, parent)
        self.curved, self.half_mm, self.pixel_mm = curved, half_mm, pixel_mm
        self._volume = volume
        self.course: Course | None = None
        self.sheet: Sheet | None = None
        self.s_mm, self.angle_rad = 0.0, 0.0
        self.bands: tuple[Band, ...] = ()
        self.edges: tuple[tuple[FloatArray, FloatArray], ...] = ()
        self.surfaces: tuple[Surface, ...] = ()
        self._lines: list[tuple[Surface, FloatArray]] = []
        self._asked: tuple[object, float] | None = None
        self._latest = Latest(self)

    # ---- what is shown ------------------------------------------------------------------------------

    def show_course(self, course: Course, angle_rad: float, s_mm: float) -> None:
        """Look along `course` turned by an angle, with the cursor at an arc length."""
        self.s_mm = s_mm
        if self._asked is None or self._asked[0] is not course or self._asked[1] != angle_rad:
            self._asked = (course, angle_rad)
            self.course, self.angle_rad = course, angle_rad
            if self.curved:
                self.sheet = sheet_through(course, angle_rad)
                self._cut_surfaces()
            self._latest.ask(self._task(course), self.set_raster)
        self.update()

    def _task(self, course: Course) -> Callable[[], Raster]:
        volume, angle, half, pixel = self._volume(), self.angle_rad, self.half_mm, self.pixel_mm
        sheet = self.sheet
        if sheet is not None:
            return lambda: curved_raster(volume, sheet, half, pixel)
        return lambda: straight_raster(volume, course, angle, half, pixel)

    def set_over(
        self,
        bands: tuple[Band, ...],
        edges: tuple[tuple[FloatArray, FloatArray], ...] = (),
        surfaces: tuple[Surface, ...] = (),
    ) -> None:
        """What is drawn over the picture. edges: s_mm (n,) and offset (n,) of lines on a straight one."""
        self.bands, self.edges, self.surfaces = bands, edges, surfaces
        self._cut_surfaces()
        self.update()

    def _cut_surfaces(self) -> None:
        """Where the sheet cuts the surfaces, as chart segments (n, 2, 2)."""
        self._lines = []
        if self.sheet is None:
            return
        s = self.sheet
        for surface in self.surfaces:
            d = surface.points_mm - s.origin_mm
            height = d @ s.depth - s.depth_at(d @ s.down)
            of = height[surface.triangles]
            hit = (of.min(1) < 0) & (of.max(1) >= 0)
            lines = level_lines(surface.points_mm, surface.triangles[hit], height) - s.origin_mm
            self._lines.append((surface, np.stack([lines @ s.right, lines @ s.down], axis=-1)))

    def release(self) -> None:
        """Stop the worker."""
        self._latest.stop()

    @property
    def busy(self) -> bool:
        """Whether a picture is being cut."""
        return self._latest.busy

    def letters(self) -> dict[str, str]:
        """Letters of the body on the sheet; a straightened vessel has none."""
        if self.sheet is None:
            return {"top": "start", "bottom": "end"}
        s = self.sheet
        named = {"right": s.right, "left": -s.right, "bottom": s.down, "top": -s.down}
        return {where: body_letters(d) for where, d in named.items()}

    # ---- places -------------------------------------------------------------------------------------

    def chart_of(self, s_mm: float, across_mm: float = 0.0) -> Chart:
        """Where a place of the course lies in the picture."""
        if self.sheet is None:
            return across_mm, s_mm
        x, y = self.sheet.chart(s_mm)
        return x + across_mm, y

    def s_at(self, at: QPointF) -> float:
        """Arc length under a widget position, within the course."""
        y = self.to_chart(at)[1]
        s = y if self.sheet is None else self.sheet.s_at(y)
        low, high = (0.0, 0.0) if self.course is None else (self.course.s_mm[0], self.course.s_mm[-1])
        return float(min(max(s, low), high))

    # ---- painting -----------------------------------------------------------------------------------

    def paint_over(self, pen: QPainter) -> None:
        """Outlines, marked stretches, cursor."""
        if self.course is None:
            return
        for surface, lines in self._lines:
            pen.setPen(QPen(QColor(surface.colour), surface.width))
            pen.drawLines([QLineF(self.to_px(tuple(a)), self.to_px(tuple(b))) for a, b in lines.tolist()])
        for n, (s, offset) in enumerate(self.edges):
            pen.setPen(QPen(QColor("#ff8f7a" if n < 2 else "#9fd3ff"), 1.6 if n < 2 else 2.2))
            places = zip(offset.tolist(), s.tolist(), strict=True)
            pen.drawPolyline([self.to_px(p) for p in places])
        for n, band in enumerate(self.bands):
            self._paint_band(pen, band, n)
        self._paint_cursor(pen)

    def _paint_band(self, pen: QPainter, band: Band, n: int) -> None:
        """A bar beside the vessel with its words."""
        side = self.half_mm * (0.80 - 0.14 * n) if self.sheet is None else self.half_mm * (0.62 - 0.14 * n)
        steps = np.linspace(band.start_mm, band.end_mm, 16)
        places = [self.to_px(self.chart_of(float(s), side)) for s in steps]
        pen.setPen(QPen(QColor(band.colour), 3))
        pen.drawPolyline(places)
        # Above the bar's upper end: the cursor often lies at its middle, and the frame right beside it.
        top = min(places, key=lambda p: p.y())
        wide = QFontMetricsF(pen.font()).horizontalAdvance(band.words) + 8
        left = min(max(top.x() - wide / 2, 6.0), self.width() - wide - 6.0)
        box = QRectF(left, max(top.y() - 22, 6.0), wide, 18)
        pen.fillRect(box, QColor(0, 0, 0, 170))
        pen.setPen(QColor(band.colour))
        pen.drawText(box, Qt.AlignmentFlag.AlignCenter, band.words)

    def _paint_cursor(self, pen: QPainter) -> None:
        """A line across the vessel at the cursor, open round the lumen."""
        x, y = self.chart_of(self.s_mm)
        pen.setPen(QPen(QColor(CURSOR), 1.6))
        gap = 0.25 * self.half_mm
        for a, b in ((-self.half_mm, -gap), (gap, self.half_mm)):
            pen.drawLine(self.to_px((x + a, y)), self.to_px((x + b, y)))

    # ---- hands --------------------------------------------------------------------------------------

    def press(self, at: QPointF) -> bool:
        """The cursor comes to the mouse."""
        self.drag(at)
        return self.course is not None

    def drag(self, at: QPointF) -> None:
        """The cursor follows."""
        if self.course is not None:
            self.scrubbed.emit(self.s_at(at))
