"""The tool that places the clicks and strokes of a preset by the mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtGui import QColor, QPainter

from surgitwin.core.arrays import FloatArray
from surgitwin.viewer.segments.preset_marks import draw_line
from surgitwin.viewer.tools.base import SCENE, KeyPress, Tool, ViewEvent

STEP_MM = 3.0
"""Points of a dragged stroke lie this far apart: half of the 6 mm within which clicks are one stroke."""

DRAGGED_PX = 5.0
"""A shorter way than this is a click by a hand that is not quite still (handling only)."""


class StrokeTool(Tool):
    """A click gives one point; where `dragging` is allowed a drag gives a stroke. Both come as (n, 3) LPS mm.

    Backspace takes the last one back.
    """

    def __init__(
        self,
        name: str,
        words: str,
        dragging: bool,
        put: Callable[[str, FloatArray], object],
        back: Callable[[str], object],
    ) -> None:
        self.name, self.title, self.words = name, f"Place: {name}", words
        self._dragging, self._put, self._back = dragging, put, back
        self.line: list[FloatArray] = []
        self._view: Any = None
        self._start_px, self._far = (0.0, 0.0), False

    def press(self, event: ViewEvent) -> bool:
        """A left press in a slice begins a click or a stroke."""
        if event.button != "left" or event.where == SCENE or event.point_mm is None:
            return False
        self.line, self._view = [np.asarray(event.point_mm, float)], event.view
        self._start_px, self._far = event.pixel, False
        return True

    def move(self, event: ViewEvent) -> None:
        """The stroke goes on: a point every STEP_MM."""
        if not self._dragging or not self.line or event.point_mm is None:
            return
        self._far |= self._from_start(event) > DRAGGED_PX
        if self._far:
            self.line += _steps(self.line[-1], np.asarray(event.point_mm, float))
            event.view.update()

    def release(self, event: ViewEvent) -> None:
        """The stroke ends where the button goes up; without a drag that is the click."""
        line, self.line, self._view = self.line, [], None
        if not line or event.point_mm is None:
            return
        end = np.asarray(event.point_mm, float)
        if not self._far:
            line = [end]
        elif np.linalg.norm(end - line[-1]) > 0:
            line = [*line, *_steps(line[-1], end), end]
        self._put(self.name, _distinct(np.array(line)))

    def key(self, event: KeyPress) -> bool:
        """Backspace takes the last click or stroke back."""
        if event.key == "Backspace":
            self._back(self.name)
        return event.key == "Backspace"

    def paint(self, view: Any, painter: QPainter) -> None:
        """The stroke while it is dragged."""
        if view is self._view and self._far:
            draw_line(view, painter, np.array(self.line), QColor("#ffffff"))

    def cancel(self) -> None:
        """Forget the stroke that is being dragged."""
        self.line, self._view = [], None

    def _from_start(self, event: ViewEvent) -> float:
        return float(np.hypot(event.pixel[0] - self._start_px[0], event.pixel[1] - self._start_px[1]))


def _steps(start: FloatArray, end: FloatArray) -> list[FloatArray]:
    """Points every STEP_MM on the way from `start` to `end`, both left out."""
    length = float(np.linalg.norm(end - start))
    return [start + (end - start) * (STEP_MM * n / length) for n in range(1, int(length / STEP_MM) + 1)]


def _distinct(line: FloatArray) -> FloatArray:
    """Without points that repeat the one before them."""
    new = np.r_[True, np.linalg.norm(np.diff(line, axis=0), axis=1) > 1e-6]
    out: FloatArray = line[new]
    return out
