"""Window and level with the mouse: right and left changes the width, up and down the level."""

from __future__ import annotations

from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.tools.base import SCENE, Tool, ViewEvent

WIDTHS_PER_PX = 1 / 250
"""Share of the window's width by which one pixel changes width and level: fine in narrow windows, quick in
wide ones (handling only)."""


class WindowTool(Tool):
    """Drag: right is wider (less contrast), up is brighter. A double click brings back the image's own."""

    title = "Window and level"
    words = "Window and level: drag right for a wider window, up for a brighter picture. Esc ends."
    cursor = "hand"

    def __init__(self, model: ViewModel) -> None:
        self._model = model
        self._start: tuple[float, float] = (0.0, 0.0)
        self._before: tuple[float, float] = (1.0, 0.0)
        self._dragging = False

    def press(self, event: ViewEvent) -> bool:
        """Begin a drag in a slice; Ctrl is left to the automatic window on a region."""
        if event.where == SCENE or event.modifiers.ctrl:
            return False
        if event.double:
            self._model.set_window(*self._model.first_window)
            return True
        self._start, self._before = event.pixel, (self._model.window, self._model.level)
        self._dragging = True
        return True

    def move(self, event: ViewEvent) -> None:
        """From where the drag began, so that going back undoes it."""
        if not self._dragging:
            return
        width, level = self._before
        right = (event.pixel[0] - self._start[0]) * WIDTHS_PER_PX
        down = (event.pixel[1] - self._start[1]) * WIDTHS_PER_PX
        self._model.set_window(width * float(max(1 + right, 0.02)), level + down * width)

    def release(self, event: ViewEvent) -> None:
        """The drag is over."""
        self._dragging = False

    def cancel(self) -> None:
        """A drag that is not over is taken back."""
        if self._dragging:
            self._dragging = False
            self._model.set_window(*self._before)
