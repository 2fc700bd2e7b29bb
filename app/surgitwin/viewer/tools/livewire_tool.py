"""Livewire: click along an edge on a slice; the line follows the edge; closed, it fills its inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPen, QPolygonF

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.reslice import Reslicer
from surgitwin.segmentation.edit.livewire import Pixel, Wire, fill_line, slice_depth
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.tools.base import SCENE, KeyPress, Tool, ViewEvent
from surgitwin.viewer.tools.livewire_line import LivewireLine

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from surgitwin.viewer.desk import Desk
    from surgitwin.viewer.segments.edit_runner import EditRunner

MOST_PX = 400
"""Numerical setting: pixels along the longer side of the slice that is searched (time on the first click)."""

CLOSE_PX = 9.0
"""A click this near to the first one closes the line, px of the view (handling only)."""

LINE, LIVE = QColor("#ffd933"), QColor("#ffffff")


class LivewireTool(Tool):
    """Fills what the closed line encloses, one slice deep, with the chosen segment."""

    title = "Livewire"
    words = (
        "Click along an edge (Ctrl: exactly there). Click the first point again, double-click or press "
        "Return to close and fill; Backspace takes a point back, Escape gives up."
    )

    def __init__(self, desk: Desk, editor: LabelEditor, runner: EditRunner) -> None:
        self._desk, self._editor, self._runner = desk, editor, runner
        self._line: LivewireLine | None = None

    # ---- mouse and keys ------------------------------------------------------------------------

    def press(self, event: ViewEvent) -> bool:
        """Another point, or the line is closed."""
        if event.button != "left":
            return False
        if event.where == SCENE or event.point_mm is None:
            self._desk.say("Livewire: click on a slice.")
            return event.where != SCENE
        line = self._line
        if line is None:
            self._desk.attempt(lambda: self._begin(event))
        elif not self._here(event):
            self._desk.say("Livewire: this line is on another slice. Go back to it, or press Escape.")
        elif len(line.clicks) > 1 and (event.double or self._near_first(event)):
            self._close()
        else:
            self._add(event)
        return True

    def hover(self, event: ViewEvent) -> None:
        """The line to the mouse follows the edge."""
        line = self._line
        if line is None or event.point_mm is None or event.where == SCENE or not self._here(event):
            return
        line.live = line.wire.to(self._aimed(line, event))
        event.view.update()

    def key(self, event: KeyPress) -> bool:
        """Return closes, Backspace takes the last point back."""
        line = self._line
        if line is None or event.key not in ("Return", "Enter", "Backspace"):
            return False
        if event.key == "Backspace":
            self._back(line)
        elif len(line.clicks) > 1:
            self._close()
        else:
            self._desk.say("Livewire: click at least two points first.")
        return True

    # ---- the line ------------------------------------------------------------------------------

    def _begin(self, event: ViewEvent) -> None:
        editor, view = self._editor, event.view
        editor.require()
        model = editor.model
        size = view.pixel_size()
        corner, right, down, mm_per_px = model.geometry(view.plane, size)
        finest = float(np.min(editor.grid.spacing_mm))
        px_mm = max(finest, mm_per_px * max(size) / MOST_PX)
        shape = (max(int(size[0] * mm_per_px / px_mm), 2), max(int(size[1] * mm_per_px / px_mm), 2))
        reslicer = Reslicer(model.volume.array, editor.grid)
        picture = reslicer.cut(corner, right, down, shape, px_mm)
        wire = Wire(picture, picture != reslicer.outside)
        self._line = LivewireLine(view, view.plane, corner, right, down, px_mm, wire)
        self._add(event)

    def _add(self, event: ViewEvent) -> None:
        line = self._line
        if line is None or event.point_mm is None:
            return
        at = self._aimed(line, event)
        if line.clicks:
            line.pieces.append(line.wire.to(at))
        line.clicks.append(at)
        line.wire.start(at)
        line.live = None
        event.view.update()

    @staticmethod
    def _aimed(line: LivewireLine, event: ViewEvent) -> Pixel:
        """The pixel under the mouse, or the edge near it; with Ctrl exactly the one under the mouse."""
        at = line.pixel(np.asarray(event.point_mm))
        return at if event.modifiers.ctrl else line.wire.snapped(at)

    def _back(self, line: LivewireLine) -> None:
        line.clicks.pop()
        if not line.clicks:
            self.cancel()
            return
        line.pieces.pop()
        line.wire.start(line.clicks[-1])
        line.live = None
        line.view.update()

    def _close(self) -> None:
        line, editor = self._line, self._editor
        if line is None:
            return
        whole = [*line.pieces, line.wire.to(line.clicks[0])]
        points = line.lps(np.concatenate(whole))
        self.cancel()

        def fill() -> None:
            editor.require()
            source, mask, axes = editor.source(), editor.mask, (line.right, line.down)
            title = editor.title(editor.chosen)
            self._runner.start(
                f"Livewire {title}",
                lambda _labels, _progress: mask.limited(fill_line(source, points, axes), source.image),
                nothing=f"Nothing changed: the line encloses no voxel that may become {title}.",
            )

        self._desk.attempt(fill)

    def _here(self, event: ViewEvent) -> bool:
        """Whether an event is on the slice of the line."""
        line = self._line
        if line is None or event.view is not line.view or event.point_mm is None:
            return False
        return self._on_slice(line, event.point_mm)

    def _on_slice(self, line: LivewireLine, point_mm: FloatArray) -> bool:
        normal = np.cross(line.right, line.down)
        low, high = slice_depth(self._editor.grid, normal)
        return bool(low <= (np.asarray(point_mm) - line.corner_mm) @ normal <= high)

    def _near_first(self, event: ViewEvent) -> bool:
        line = self._line
        assert line is not None
        first = line.view.position_of(line.lps(line.clicks[0])[0])
        return float(np.hypot(first.x() - event.pixel[0], first.y() - event.pixel[1])) <= CLOSE_PX

    # ---- drawing -------------------------------------------------------------------------------

    def paint(self, view: Any, painter: QPainter) -> None:
        """Fixed line, points and the live piece, on their slice only."""
        line = self._line
        if line is None or line.view is not view:
            return
        if not self._on_slice(line, self._editor.model.crosshair_mm):
            return
        for pixels, colour in [(p, LINE) for p in line.pieces] + [(line.live, LIVE)]:
            if pixels is None or len(pixels) < 2:
                continue
            shape = QPolygonF([view.position_of(p) for p in line.lps(pixels)])
            for ink, width in ((QColor("#000000"), 3.5), (colour, 1.6)):
                painter.setPen(QPen(ink, width))
                painter.drawPolyline(shape)
        painter.setPen(QPen(QColor("#000000"), 1.0))
        painter.setBrush(LINE)
        for n, at in enumerate(line.lps(line.clicks)):
            radius = 4.5 if n == 0 else 3.0
            painter.drawEllipse(QPointF(view.position_of(at)), radius, radius)

    def cancel(self) -> None:
        """The line is given up."""
        line, self._line = self._line, None
        if line is not None:
            line.view.update()

    def deactivated(self) -> None:
        """Nothing is left on the slices."""
        self.cancel()
