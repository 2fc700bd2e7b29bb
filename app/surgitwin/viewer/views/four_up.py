"""The four views - axial, sagittal, coronal, 3D - in one of several layouts."""

from __future__ import annotations

from collections.abc import Mapping

from psygnal import Signal as Event
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.views.scene_view import SceneView
from surgitwin.viewer.views.slice_view import SliceView

Place = tuple[int, int, int, int]
"""Row, column, rows, columns."""

LAYOUTS: dict[str, dict[str, Place]] = {
    "four": {"axial": (0, 0, 1, 1), "sagittal": (0, 1, 1, 1), "coronal": (1, 0, 1, 1), "scene": (1, 1, 1, 1)},
    "wide": {"axial": (0, 0, 1, 1), "sagittal": (1, 0, 1, 1), "coronal": (2, 0, 1, 1), "scene": (0, 1, 3, 1)},
    "scene": {"scene": (0, 0, 1, 1)},
    "axial": {"axial": (0, 0, 1, 1)},
    "sagittal": {"sagittal": (0, 0, 1, 1)},
    "coronal": {"coronal": (0, 0, 1, 1)},
}
"""Which views a layout shows and where; a layout called like a view shows that one alone."""

TITLES = {
    "four": "Four views",
    "wide": "Three slices and a large 3D view",
    "scene": "Only 3D",
    "axial": "Only axial",
    "sagittal": "Only sagittal",
    "coronal": "Only coronal",
    "vessel": "Vessel views",
}
SIDE_COLUMN = 3
WIDE_SHARE = 5, 9
"""Widths of slices and 3D view in the layout "wide"."""


class FourUp(QWidget):
    """Lays out three slice views and a 3D view of `model`; `layout_changed` tells the new layout's name,
    `layouts_changed` that others are offered."""

    layout_changed = Event(str)
    layouts_changed = Event()

    def __init__(self, model: ViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.slices = {name: SliceView(model, name, self) for name in ("axial", "sagittal", "coronal")}
        frame = QFrame(self)
        frame.setObjectName("sceneFrame")
        frame.setStyleSheet("QFrame#sceneFrame { border: 2px solid #5b8fc7; }")
        self.scene = SceneView(frame, model=model)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.scene)
        self._tiles: dict[str, QWidget] = {**self.slices, "scene": frame}
        self.layouts: dict[str, dict[str, Place]] = dict(LAYOUTS)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(3)
        self._side: QWidget | None = None
        self.layout_name = ""
        self._former = "four"
        self.set_layout("four")
        for view in self.slices.values():
            view.maximise_asked.connect(self.toggle)
        self.scene.maximise_asked.connect(self.toggle)

    @property
    def maximised(self) -> str:
        """The view that fills the whole, "" when several are shown."""
        return self.layout_name if self.layout_name in self._tiles else ""

    def offer(self, name: str, tiles: Mapping[str, QWidget], places: Mapping[str, Place]) -> None:
        """A further layout with tiles of its own (each can also fill the whole); called once for a case."""
        for key, tile in tiles.items():
            tile.setParent(self)
            tile.hide()
            self._tiles[key] = tile
            self.layouts[key] = {key: (0, 0, 1, 1)}
        self.layouts[name] = dict(places)
        self.layouts_changed.emit()

    def withdraw(self, name: str) -> None:
        """Take a layout of `offer` away with the tiles that only it has; they belong to the caller again."""
        if name not in self.layouts:
            return
        mine = [k for k in self.layouts[name] if k not in LAYOUTS]
        if self.layout_name in (name, *mine):
            self.set_layout("four")
        for key in mine:
            tile = self._tiles.pop(key)
            del self.layouts[key]
            self._grid.removeWidget(tile)
            tile.setParent(None)
        del self.layouts[name]
        self._former = self._former if self._former in self.layouts else "four"
        self.layouts_changed.emit()

    def set_layout(self, name: str) -> None:
        """One of `layouts`; KeyError for another."""
        places = self.layouts[name]
        if name == self.layout_name:
            return
        if self.layout_name and not self.maximised:
            self._former = self.layout_name
        self.layout_name = name
        for tile in self._tiles.values():
            self._grid.removeWidget(tile)
        for n in range(3):
            self._grid.setRowStretch(n, 0)
            self._grid.setColumnStretch(n, 0)
        for view, (row, column, rows, columns) in places.items():
            self._grid.addWidget(self._tiles[view], row, column, rows, columns)
            for n in range(row, row + rows):
                self._grid.setRowStretch(n, 1)
            self._grid.setColumnStretch(column, WIDE_SHARE[column] if name == "wide" else 1)
        for view, tile in self._tiles.items():
            tile.setVisible(view in places)
        self.layout_changed.emit(name)

    def set_side(self, widget: QWidget | None) -> None:
        """Put a panel at the right of the views, or take it away."""
        if self._side is not None:
            self._grid.removeWidget(self._side)
            self._side.hide()
        self._side = widget
        if widget is not None:
            self._grid.addWidget(widget, 0, SIDE_COLUMN, 3, 1)
            widget.show()

    def shown_tiles(self) -> dict[str, QWidget]:
        """The views that are shown now, by name."""
        return {name: tile for name, tile in self._tiles.items() if name in self.layouts[self.layout_name]}

    def toggle(self, name: str) -> None:
        """Let one view fill the whole, or bring back what was there before."""
        self.set_layout(self._former if self.maximised else name)

    def release(self) -> None:
        """Stop listening and close the render window."""
        for view in self.slices.values():
            view.release()
        self.scene.release()
