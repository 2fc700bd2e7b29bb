"""A plane through a vessel with outlines, traces of the other planes and points that can be dragged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from psygnal import Signal as Event
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.cameras import body_letters
from surgitwin.scene.reslice import Reslicer
from surgitwin.scene.vessel_reformat import Raster, plane_raster
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.vessel.image_view import ImageView
from surgitwin.viewer.vessel.marks import Mark, PlaneFrame, Stroke

NEAR_MM = 1.5
"""A point is drawn solid when it lies this close to the plane; farther ones fade (display only)."""
LABEL_MM = 3.0
"""Farther points have no words: they would cover each other (display only)."""
FADE_MM = 12.0
"""Points farther away than this are not drawn (display only)."""
GRAB_PX = 14.0
AROUND = 2.0
"""The picture reaches so many times as far as the view shows at first: it is wide, and can be moved."""


class ObliqueView(ImageView):
    """Shows a `PlaneFrame` of one image. The picture is cut by a worker, newest first.

    moved, dropped: name and LPS place of a point while it is dragged and when it is let go. pointed: LPS
    place of a left press or drag beside every point.
    """

    moved = Event(str, object)
    dropped = Event(str, object)
    pointed = Event(object)

    def __init__(
        self,
        name: str,
        title: str,
        colour: str,
        reslicer: Callable[[], Reslicer],
        parent: QWidget | None = None,
        *,
        half_mm: float = 35.0,
        pixel_mm: float = 0.25,
    ) -> None:
        super().__init__(name, title, colour, parent)
        self.half_mm, self.pixel_mm = half_mm, pixel_mm
        self._make, self._reslicer = reslicer, None
        self.frame: PlaneFrame | None = None
        self._asked: tuple[bytes, ...] = ()
        self.held = ""
        self._held_at: FloatArray | None = None
        self._held_behind = 0.0
        self.view_box = (-half_mm, -half_mm, 2 * half_mm, 2 * half_mm)
        self._latest = Latest(self)

    _reslicer: Reslicer | None

    # ---- what is shown ------------------------------------------------------------------------------

    def show_frame(self, frame: PlaneFrame) -> None:
        """Look at `frame`; the picture follows as soon as it is cut."""
        self.frame = frame
        key = (frame.point_mm.tobytes(), frame.right.tobytes(), frame.down.tobytes())
        if key != self._asked:
            self._asked = key
            self._latest.ask(lambda: self._cut(frame), self.set_raster)
        self.update()

    def _cut(self, frame: PlaneFrame) -> Raster:
        """In the worker: one at a time, so the reslicer is used by one thread only."""
        if self._reslicer is None:
            self._reslicer = self._make()
        half = AROUND * self.half_mm
        return plane_raster(self._reslicer, frame.point_mm, frame.right, frame.down, half, self.pixel_mm)

    def release(self) -> None:
        """Stop the worker."""
        self._latest.stop()

    @property
    def busy(self) -> bool:
        """Whether a picture is being cut."""
        return self._latest.busy

    def letters(self) -> dict[str, str]:
        """Letters of the body at the edges."""
        f = self.frame
        if f is None:
            return {}
        named = {"right": f.right, "left": -f.right, "bottom": f.down, "top": -f.down}
        return {where: body_letters(d) for where, d in named.items()}

    # ---- painting -----------------------------------------------------------------------------------

    def paint_over(self, pen: QPainter) -> None:
        """Strokes, then points."""
        if self.frame is None:
            return
        for stroke in self.frame.strokes:
            self._paint_stroke(pen, stroke, self.frame)
        for mark in self.frame.marks:
            self._paint_mark(pen, mark, self.frame)

    def _paint_stroke(self, pen: QPainter, stroke: Stroke, frame: PlaneFrame) -> None:
        places = frame.chart(stroke.points_mm)[..., :2]
        style = Qt.PenStyle.DashLine if stroke.dashed else Qt.PenStyle.SolidLine
        pen.setPen(QPen(QColor(stroke.colour), stroke.width, style))
        if stroke.pieces:
            flat = places.reshape(-1, 2)
            px = [self.to_px((float(x), float(y))) for x, y in flat]
            pen.drawLines([QLineF(a, b) for a, b in zip(px[::2], px[1::2], strict=True)])
            return
        px = [self.to_px((float(x), float(y))) for x, y in places]
        if stroke.closed:
            px.append(px[0])
        pen.drawPolyline(px)
        if stroke.words:
            leftwards = px[-1].x() < px[0].x()
            self._paint_label(pen, px[-1], stroke.words, QColor(stroke.colour), left=leftwards)

    def _paint_mark(self, pen: QPainter, mark: Mark, frame: PlaneFrame) -> None:
        at = self._held_at if mark.name == self.held and self._held_at is not None else mark.point_mm
        x, y, behind = (float(v) for v in frame.chart(at))
        share = 1 - min(max(abs(behind) - NEAR_MM, 0.0) / (FADE_MM - NEAR_MM), 1.0)
        if share <= 0 and mark.name != self.held:
            return
        colour = QColor(mark.colour)
        colour.setAlphaF(0.25 + 0.75 * share)
        place = self.to_px((x, y))
        if mark.ghost_mm is not None:
            gx, gy, _ = (float(v) for v in frame.chart(mark.ghost_mm))
            ghost = self.to_px((gx, gy))
            pen.setPen(QPen(QColor("#9aa4b0"), 1.2, Qt.PenStyle.DotLine))
            pen.drawLine(ghost, place)
            pen.drawEllipse(ghost, 3.5, 3.5)
        for ink, width in ((QColor(0, 0, 0, 200), 4.0), (colour, 2.2)):
            pen.setPen(QPen(ink, width))
            pen.drawEllipse(place, 6.5, 6.5)
        if abs(behind) <= NEAR_MM:
            pen.setBrush(colour)
            pen.drawEllipse(place, 2.2, 2.2)
            pen.setBrush(Qt.BrushStyle.NoBrush)
        if abs(behind) <= LABEL_MM or mark.name == self.held:
            note = f" ({mark.note})" if mark.note else ""
            self._paint_label(pen, place, f"{mark.label}{note}{_away(behind)}", colour)

    def _paint_label(
        self, pen: QPainter, place: QPointF, words: str, colour: QColor, *, left: bool = False
    ) -> None:
        font = QFont(pen.font())
        font.setPointSizeF(9)
        pen.setFont(font)
        width = pen.fontMetrics().horizontalAdvance(words)
        right = not left and place.x() + 11 + width < self.width() - 4
        at = place + (QPointF(11, 4) if right else QPointF(-11 - width, 4))
        pen.setPen(QColor(0, 0, 0, 230))
        for dx, dy in ((1, 1), (-1, 0), (0, -1)):
            pen.drawText(at + QPointF(dx, dy), words)
        pen.setPen(colour)
        pen.drawText(at, words)

    # ---- hands --------------------------------------------------------------------------------------

    def mark_at(self, at: QPointF) -> Mark | None:
        """The movable point under the mouse, the nearest one first."""
        if self.frame is None:
            return None
        found = []
        for mark in self.frame.marks:
            x, y, behind = (float(v) for v in self.frame.chart(mark.point_mm))
            d = self.to_px((x, y)) - at
            away = float(np.hypot(d.x(), d.y()))
            if mark.movable and away <= GRAB_PX and abs(behind) < FADE_MM:
                found.append((away, abs(behind), mark))
        return min(found, key=lambda row: row[:2])[2] if found else None

    def press(self, at: QPointF) -> bool:
        """Take a point, or point at a place."""
        if self.frame is None:
            return False
        mark = self.mark_at(at)
        if mark is None:
            self.pointed.emit(self.frame.lps(self.to_chart(at)))
            return True
        self.held = mark.name
        # A point beside the plane keeps its distance: a drag moves it only as far as is seen.
        behind = float(self.frame.chart(mark.point_mm)[2])
        self._held_behind = behind if abs(behind) > NEAR_MM else 0.0
        return True

    def drag(self, at: QPointF) -> None:
        """The point follows the mouse."""
        if self.frame is None:
            return
        if not self.held:
            self.pointed.emit(self.frame.lps(self.to_chart(at)))
            return
        self._held_at = self.frame.lps(self.to_chart(at), self._held_behind)
        self.moved.emit(self.held, self._held_at)
        self.update()

    def drop(self, at: QPointF) -> None:
        """The point stays."""
        name, place = self.held, self._held_at
        self.held, self._held_at = "", None
        if name and place is not None:
            self.dropped.emit(name, place)
        self.update()

    def hover(self, at: QPointF) -> None:
        """A hand over what can be taken."""
        shape = Qt.CursorShape.OpenHandCursor if self.mark_at(at) else Qt.CursorShape.CrossCursor
        self.setCursor(shape)


def _away(behind_mm: float) -> str:
    """How far a point lies beside the plane, "" when it lies on it."""
    if abs(behind_mm) <= NEAR_MM:
        return ""
    return f" {abs(behind_mm):.1f} mm {'behind' if behind_mm > 0 else 'in front'}"
