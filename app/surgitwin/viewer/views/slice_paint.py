"""What is painted over a slice: outlines, crosshair, letters, ruler, words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from surgitwin.scene.page import NOTICE
from surgitwin.scene.sliceimage import PLANES

if TYPE_CHECKING:
    from surgitwin.viewer.views.slice_picture import SlicePicture

FRAME_COLOURS = {"axial": "#e05252", "sagittal": "#e0c04a", "coronal": "#4fb06d"}
"""Red, yellow, green as in 3D Slicer."""
SLAB_WORDS = {"max": "brightest", "mean": "mean", "min": "darkest"}
_NICE_MM = (1, 2, 5, 10, 20, 50, 100, 200)
LIGHT, LETTER, NOTICE_INK = "#f2f2f2", "#ffe15a", "#ff9aa8"
ROOMY_PX = 460
"""Views narrower than this have the lowest letter above the notice."""
CASING = QColor(0, 0, 0, 170)
"""Beside every outline, so that a pale one is seen on bone."""
GAP_PX = 9.0
"""Free space of the crosshair round its point."""


def paint_text(
    pen: QPainter,
    box: QRectF,
    side: Qt.AlignmentFlag,
    words: str,
    points: float = 9,
    bold: bool = False,
    colour: str = LIGHT,
) -> None:
    """Words in a box on a dark shadow, so that they can be read on bone and on air."""
    font = QFont(pen.font())
    font.setPointSizeF(points)
    font.setBold(bold)
    pen.setFont(font)
    flags = side | (Qt.AlignmentFlag.AlignTop if box.height() > 28 else Qt.AlignmentFlag.AlignVCenter)
    pen.setPen(QColor(0, 0, 0, 230))
    for dx, dy in ((1, 1), (-1, 0), (0, -1)):
        pen.drawText(box.translated(dx, dy), flags, words)
    pen.setPen(QColor(colour))
    pen.drawText(box, flags, words)


def paint_outlines(view: SlicePicture, pen: QPainter) -> None:
    """Implants and the gap where the slice cuts them."""
    ratio = view.devicePixelRatioF()
    corner, right, down, mm = view.model.geometry(view.plane, view.pixel_size())
    to_px = np.stack([right, down], axis=1) / (mm * ratio)
    for rgb, lines in view.model.outlines(view.plane):
        places = ((lines - corner) @ to_px).reshape(-1, 4)
        drawn = [QLineF(*line) for line in places.tolist()]
        for colour, width in ((CASING, 3.5), (QColor.fromRgbF(*rgb).lighter(150), 1.5)):
            pen.setPen(QPen(colour, width))
            pen.drawLines(drawn)


def paint_crosshair(view: SlicePicture, pen: QPainter) -> None:
    """The other two planes as lines in their colours, open round the point."""
    if not view.model.crosshair_shown:
        return
    at, w, h = view.position_of(view.model.crosshair_mm), view.width(), view.height()
    column, row, _, _ = PLANES[view.plane]
    of_normal = {axes[3]: name for name, axes in PLANES.items()}
    x, y = at.x(), at.y()
    for axis, ends in (
        (column, ((x, 0, x, y - GAP_PX), (x, y + GAP_PX, x, h))),
        (row, ((0, y, x - GAP_PX, y), (x + GAP_PX, y, w, y))),
    ):
        colour = QColor(FRAME_COLOURS[of_normal[axis]])
        colour.setAlpha(190)
        pen.setPen(QPen(colour, 1))
        for x0, y0, x1, y1 in ends:
            pen.drawLine(QPointF(x0, y0), QPointF(x1, y1))


def title_of(view: SlicePicture) -> str:
    """Plane, axes and slice, and how thick it is."""
    model = view.model
    along = {"bone": " (bone)", "implant": " (implant)"}
    slab = model.planes[view.plane].slab
    thick = f"\n{slab.thickness_mm:g} mm thick, {SLAB_WORDS[slab.mode]}" if slab.thickness_mm else ""
    name = f"{view.plane.capitalize()}{along.get(model.axes_name, '')}"
    return f"{name}\n{model.slice_text(view.plane)}{thick}"


def paint_words(view: SlicePicture, pen: QPainter) -> None:
    """Letters at the edges, which slice, window and level, ruler, notice."""
    letters, w, h = view.model.letters(view.plane), view.width(), view.height()
    left, right, middle = (
        Qt.AlignmentFlag.AlignLeft,
        Qt.AlignmentFlag.AlignRight,
        Qt.AlignmentFlag.AlignHCenter,
    )
    boxes = {
        "left": (QRectF(8, h / 2 - 14, 60, 28), left),
        "right": (QRectF(w - 68, h / 2 - 14, 60, 28), right),
        "top": (QRectF(w / 2 - 40, 6, 80, 24), middle),
        "bottom": (QRectF(w / 2 - 40, h - (30 if w >= ROOMY_PX else 46), 80, 24), middle),
    }
    for where, (box, side) in boxes.items():
        paint_text(pen, box, side, letters[where], 13, True, LETTER)
    paint_text(pen, QRectF(10, 6, w * 0.42, 60), left, title_of(view))
    window = f"W {view.model.window:.0f}  L {view.model.level:.0f}"
    paint_text(pen, QRectF(w - 140, 6, 130, 20), right, window)
    paint_text(pen, QRectF(w - 190, h - 24, 182, 18), right, NOTICE, 8, True, NOTICE_INK)
    _paint_ruler(view, pen)


def _paint_ruler(view: SlicePicture, pen: QPainter) -> None:
    """A bar of a round length in mm; an image without a scale says so in its place."""
    if not view.model.volume.scale_known:
        box = QRectF(12, view.height() - 26, 160, 18)
        paint_text(pen, box, Qt.AlignmentFlag.AlignLeft, "No scale in mm")
        return
    mm = view.mm_per_px()
    length = max((n for n in _NICE_MM if n / mm <= view.width() / 4), default=1)
    y, end = view.height() - 12, 12 + length / mm
    for ink, width in (("black", 4), ("white", 2)):
        pen.setPen(QPen(QColor(ink), width))
        pen.drawLine(QPointF(12, y), QPointF(end, y))
        for x in (12.0, end):
            pen.drawLine(QPointF(x, y - 4), QPointF(x, y + 4))
    paint_text(pen, QRectF(12, y - 24, 120, 18), Qt.AlignmentFlag.AlignLeft, f"{length} mm")


def paint_region(pen: QPainter, box: QRectF) -> None:
    """The rectangle of the automatic window while it is drawn."""
    pen.setBrush(QColor(255, 255, 255, 25))
    pen.setPen(QPen(QColor(LETTER), 1, Qt.PenStyle.DashLine))
    pen.drawRect(box)
    pen.setBrush(Qt.BrushStyle.NoBrush)
