"""The four views: axial, sagittal, coronal, 3D; one of them can fill the whole."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.widgets.scene_view import SceneView
from surgitwin.viewer.widgets.slice_view import SliceView

PLACES = {"axial": (0, 0), "sagittal": (0, 1), "coronal": (1, 0), "scene": (1, 1)}


class FourUp(QWidget):
    """Lays out three slice views and a 3D view."""

    def __init__(self, model: ViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slices = {name: SliceView(model, name, self) for name in ("axial", "sagittal", "coronal")}
        frame = QFrame(self)
        frame.setObjectName("sceneFrame")
        frame.setStyleSheet("QFrame#sceneFrame { border: 2px solid #5b8fc7; }")
        self.scene = SceneView(frame)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.scene)
        self._tiles: dict[str, QWidget] = {**self.slices, "scene": frame}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for n in (0, 1):
            layout.setRowStretch(n, 1)
            layout.setColumnStretch(n, 1)
        for name, tile in self._tiles.items():
            layout.addWidget(tile, *PLACES[name])
        self.maximised = ""
        for view in self.slices.values():
            view.maximise_asked.connect(self.toggle)
        self.scene.maximise_asked.connect(self.toggle)

    def toggle(self, name: str) -> None:
        """Let one view fill the whole, or bring the four back."""
        self.maximised = "" if self.maximised else name
        for other, tile in self._tiles.items():
            tile.setVisible(not self.maximised or other == self.maximised)
        layout = self.layout()
        if isinstance(layout, QGridLayout):
            row, column = PLACES[name]
            for n in (0, 1):
                layout.setRowStretch(n, int(not self.maximised or n == row))
                layout.setColumnStretch(n, int(not self.maximised or n == column))

    def release(self) -> None:
        """Stop listening and close the render window."""
        for view in self.slices.values():
            view.release()
        self.scene.release()
