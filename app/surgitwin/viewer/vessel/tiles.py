"""The vessel views beside the 3D view, kept in step with each other; one set for roots, one for arteries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from psygnal import Signal as Event
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from surgitwin.scene.reslice import Reslicer
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.vessel.image_view import ImageView
from surgitwin.viewer.views.four_up import FourUp, Place

LAYOUT = "vessel"
"""Name of the layout that shows them."""


class Tiles(QObject):
    """Base: views in the layout `LAYOUT` of the four views, with the window and level of the slices.

    aimed: another place or turn is looked at.
    """

    aimed = Event()
    places: ClassVar[Mapping[str, Place]] = {}

    def __init__(self, model: ViewModel, views: FourUp, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model, self.four = model, views
        self.views: dict[str, ImageView] = {}
        self._listening = False

    def _install(self, views: dict[str, ImageView], more: Mapping[str, QWidget] | None = None) -> None:
        """Put the views into the layout and let them follow window and level. more: tiles without a
        picture.
        """
        self.views = views
        tiles: dict[str, QWidget] = {f"vessel_{name}": view for name, view in views.items()}
        tiles |= more or {}
        self.four.offer(LAYOUT, tiles, self.places)
        for view in views.values():
            view.maximise_asked.connect(self._maximise)
        self.model.window_changed.connect(self._window)
        self._listening = True
        self._window()

    def _maximise(self, name: str) -> None:
        self.four.toggle(f"vessel_{name}")

    def _window(self) -> None:
        for view in self.views.values():
            view.set_window(self.model.window, self.model.level)

    def reslicer(self) -> Reslicer:
        """A reslicer of the image, for one thread."""
        return Reslicer(self.model.volume.array, self.model.grid)

    def show(self) -> None:
        """Bring the vessel views to the front."""
        self.four.set_layout(LAYOUT)

    @property
    def busy(self) -> bool:
        """Whether a picture is being cut."""
        return any(bool(getattr(v, "busy", False)) for v in self.views.values())

    def release(self) -> None:
        """Stop listening and computing; take the layout away."""
        if not self._listening:
            return
        self._listening = False
        self.model.window_changed.disconnect(self._window)
        self.four.withdraw(LAYOUT)
        for view in self.views.values():
            release: Any = getattr(view, "release", None)
            if release is not None:
                release()
            view.deleteLater()
        self.views = {}
