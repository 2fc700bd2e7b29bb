"""A picture in chart coordinates (mm right, mm down) that is zoomed and moved; base of all vessel views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from psygnal import Signal as Event
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from surgitwin.scene.page import NOTICE
from surgitwin.scene.sliceimage import grey
from surgitwin.scene.vessel_reformat import Raster
from surgitwin.viewer.views.scene_mouse import key_name
from surgitwin.viewer.views.slice_paint import LETTER, LIGHT, NOTICE_INK, paint_text

ZOOM_PER_NOTCH = 1.15
NOTCH = 120
CLEAR = 1.02
"""Share of the view that a fitted picture leaves free, its inverse (display only)."""
_NICE_MM = (1, 2, 5, 10, 20, 50, 100, 200)
LINE_PX, WORDS_PT = 15, 9.0
"""Height of a line of words in px, size of its letters in points (display only)."""
LETTER_PX = 44
"""Room for the letters of a direction (display only)."""
Chart = tuple[float, float]


def broken(words: str, room: float, width_of: Callable[[str], float]) -> list[str]:
    """Words in lines of at most `room`, parted at blanks; a single long word stays whole."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@dataclass(frozen=True)
class Said:
    """Lines below the title, from lines_y; letter_y: of the upper letter; beside: the window's words stand at
    the right of the title.
    """

    lines: tuple[str, ...]
    lines_y: float
    letter_y: float
    beside: bool


class ImageView(QWidget):
    """Shows a `Raster`. Wheel: `scrolled`. Ctrl+wheel or right drag: zoom. Middle or Shift+left: pan. r: fit.

    Subclasses take left drags (`press`, `drag`, `drop`) and paint over the picture (`paint_over`).
    """

    maximise_asked = Event(str)
    scrolled = Event(int)

    def __init__(self, name: str, title: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.title, self.colour = name, title, colour
        self.setObjectName(f"vessel_{name}")
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 120))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.raster: Raster | None = None
        self.words: tuple[str, ...] = ()
        self.empty = ""
        self.width_hu, self.level_hu = 700.0, 250.0
        self.view_box: tuple[float, float, float, float] | None = None
        self._centre, self._px_per_mm, self._fitted = (0.0, 0.0), 4.0, True
        self._image: QImage | None = None
        self._shown: tuple[object, float, float] | None = None
        self._last, self._mode, self._turned = QPointF(), "", 0

    # ---- what is shown ------------------------------------------------------------------------------

    def set_raster(self, raster: Raster | None) -> None:
        """Another picture; the place and the zoom stay once the user has changed them."""
        self.raster = raster
        if self._fitted:
            self.fit()
        self.update()

    def set_window(self, window: float, level: float) -> None:
        """Window width and level in the image's unit."""
        self.width_hu, self.level_hu = window, level
        self.update()

    def set_words(self, *words: str) -> None:
        """Lines below the title."""
        self.words = words
        self.update()

    def fit(self) -> None:
        """The whole picture, or `view_box` (left, top, width, height) of it, in the view."""
        self._fitted = True
        box = self.view_box or (None if self.raster is None else self.raster.box_mm)
        if box is None or box[2] <= 0 or box[3] <= 0:
            return
        self._centre = box[0] + box[2] / 2, box[1] + box[3] / 2
        self._px_per_mm = min(self.width() / box[2], self.height() / box[3]) / CLEAR
        self.update()

    # ---- places -------------------------------------------------------------------------------------

    @property
    def mm_per_px(self) -> float:
        """Millimetres of the chart per px of the widget."""
        return 1 / self._px_per_mm

    def to_px(self, chart: Chart) -> QPointF:
        """Widget position of a chart point."""
        x = self.width() / 2 + (chart[0] - self._centre[0]) * self._px_per_mm
        y = self.height() / 2 + (chart[1] - self._centre[1]) * self._px_per_mm
        return QPointF(x, y)

    def to_chart(self, at: QPointF) -> Chart:
        """Chart point under a widget position."""
        x = self._centre[0] + (at.x() - self.width() / 2) / self._px_per_mm
        y = self._centre[1] + (at.y() - self.height() / 2) / self._px_per_mm
        return x, y

    # ---- for subclasses -----------------------------------------------------------------------------

    def press(self, at: QPointF) -> bool:
        """A left press; True: `drag` and `drop` follow."""
        return False

    def drag(self, at: QPointF) -> None:
        """The mouse moves with the button down."""

    def drop(self, at: QPointF) -> None:
        """The button goes up."""

    def hover(self, at: QPointF) -> None:
        """The mouse moves with no button down."""

    def paint_over(self, pen: QPainter) -> None:
        """Draw over the picture."""

    def letters(self) -> dict[str, str]:
        """Words at "left", "right", "top", "bottom"."""
        return {}

    # ---- drawing ------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Picture, what lies over it, words, frame."""
        with QPainter(self) as pen:
            pen.fillRect(self.rect(), QColor("#101214"))
            if self.raster is not None:
                self._make_image(self.raster)
                left, top, width, height = self.raster.box_mm
                a, b = self.to_px((left, top)), self.to_px((left + width, top + height))
                pen.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                if self._image is not None:
                    pen.drawImage(QRectF(a, b), self._image)
                pen.setRenderHint(QPainter.RenderHint.Antialiasing)
                self.paint_over(pen)
                self._paint_ruler(pen)
            elif self.empty:
                box = QRectF(self.rect()).adjusted(20, 20, -20, -20)
                pen.setPen(QColor(LIGHT))
                pen.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.empty)
            self._paint_words(pen)
            pen.setBrush(Qt.BrushStyle.NoBrush)
            pen.setPen(QPen(QColor(self.colour), 4 if self.hasFocus() else 2))
            pen.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _make_image(self, raster: Raster) -> None:
        key = (raster.values, self.width_hu, self.level_hu)
        if self._shown is not None and self._shown[0] is key[0] and self._shown[1:] == key[1:]:
            return
        shade = np.ascontiguousarray(grey(raster.values, self.width_hu, self.level_hu))
        rows, columns = shade.shape
        self._image = QImage(shade.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
        self._shown = key

    def _paint_words(self, pen: QPainter) -> None:
        w, h = self.width(), self.height()
        side = Qt.AlignmentFlag
        said = self._said(pen)
        spots = {
            "left": (QRectF(4, h / 2 - 14, 60, 28), side.AlignLeft),
            "right": (QRectF(w - 64, h / 2 - 14, 60, 28), side.AlignRight),
            "top": (QRectF(w / 2 - 40, said.letter_y, 80, 24), side.AlignHCenter),
            "bottom": (QRectF(w / 2 - 40, h - 46, 80, 24), side.AlignHCenter),
        }
        for where, word in self.letters().items():
            paint_text(pen, *spots[where], word, 13, True, LETTER)
        paint_text(pen, QRectF(10, 6, w - 20, 30), side.AlignLeft, self.title)
        if said.beside:
            paint_text(pen, QRectF(w - 140, 6, 130, 30), side.AlignRight, self._window_words)
        below = QRectF(10, said.lines_y, w - 20, 30 + LINE_PX * len(said.lines))
        paint_text(pen, below, side.AlignLeft, "\n".join(said.lines))
        paint_text(pen, QRectF(w - 190, h - 24, 182, 18), side.AlignRight, NOTICE, 8, True, NOTICE_INK)

    @property
    def _window_words(self) -> str:
        return "" if self.raster is None else f"W {self.width_hu:.0f}  L {self.level_hu:.0f}"

    def _said(self, pen: QPainter) -> Said:
        """Where words and the upper letter have room, however narrow the view is."""
        font = QFont(pen.font())
        font.setPointSizeF(WORDS_PT)
        width_of = QFontMetricsF(font).horizontalAdvance
        window, room = self._window_words, self.width() - 20.0
        beside = width_of(self.title + window) + 24 < room
        left = 10 + width_of(self.title)
        right = self.width() - (10 + width_of(window) if beside else 0.0)
        half = LETTER_PX / 2
        between = left < self.width() / 2 - half and right > self.width() / 2 + half
        words = self.words if beside or not window else (window, *self.words)
        lines = tuple(line for said in words for line in broken(said, room, width_of))
        first = 26.0 if between and self.letters() else 6.0 + LINE_PX
        under = first + LINE_PX * len(lines)
        return Said(lines, first, 4.0 if between else under, bool(window) and beside)

    def _paint_ruler(self, pen: QPainter) -> None:
        length = max((n for n in _NICE_MM if n * self._px_per_mm <= self.width() / 4), default=1)
        y, end = self.height() - 12.0, 12 + length * self._px_per_mm
        for ink, width in (("black", 4), ("white", 2)):
            pen.setPen(QPen(QColor(ink), width))
            pen.drawLine(QPointF(12, y), QPointF(end, y))
            for x in (12.0, end):
                pen.drawLine(QPointF(x, y - 4), QPointF(x, y + 4))
        paint_text(pen, QRectF(12, y - 24, 120, 18), Qt.AlignmentFlag.AlignLeft, f"{length} mm")

    # ---- mouse and keys -----------------------------------------------------------------------------

    def resizeEvent(self, event: object) -> None:
        """A picture that was fitted stays fitted."""
        if self._fitted:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Wheel: through the vessel. Ctrl+wheel: zoom about the mouse."""
        event.accept()
        turn = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_PER_NOTCH ** (turn / NOTCH), event.position())
            return
        self._turned += turn
        notches = int(self._turned / NOTCH)
        if notches:
            self._turned -= notches * NOTCH
            self.scrolled.emit(notches)

    def zoom(self, factor: float, about: QPointF) -> None:
        """Draw `factor` times as large; the point under `about` stays."""
        self._fitted = False
        before = self.to_chart(about)
        self._px_per_mm = min(max(self._px_per_mm * factor, 0.5), 200.0)
        after = self.to_chart(about)
        self._centre = self._centre[0] + before[0] - after[0], self._centre[1] + before[1] - after[1]
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: the view's own hand. Right: zoom. Middle or Shift+left: pan."""
        at, button = event.position(), event.button()
        self._last, self._mode = at, ""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and shift):
            self._mode = "pan"
        elif button == Qt.MouseButton.RightButton:
            self._mode = "zoom"
        elif button == Qt.MouseButton.LeftButton and self.raster is not None and self.press(at):
            self._mode = "drag"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """As begun."""
        at = event.position()
        d, self._last = at - self._last, at
        if self._mode == "pan":
            self._fitted = False
            mm = self.mm_per_px
            self._centre = self._centre[0] - d.x() * mm, self._centre[1] - d.y() * mm
            self.update()
        elif self._mode == "zoom":
            self.zoom(float(np.exp(-d.y() / 150)), QPointF(self.rect().center()))
        elif self._mode == "drag":
            self.drag(at)
        elif not event.buttons():
            self.hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a drag."""
        if self._mode == "drag" and event.button() == Qt.MouseButton.LeftButton:
            self._mode = ""
            self.drop(event.position())
        elif self._mode != "drag":
            self._mode = ""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise or restore."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._mode = ""
            self.maximise_asked.emit(self.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, down, Page: through the vessel; r: fit."""
        key = key_name(event)
        steps = {"Up": 1, "Down": -1, "PageUp": 10, "PageDown": -10}
        if key in steps:
            self.scrolled.emit(steps[key])
        elif key == "R" and not event.modifiers():
            self.fit()
        else:
            super().keyPressEvent(event)
