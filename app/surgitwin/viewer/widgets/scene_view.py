"""A 3D view: hosts a PyVista interactor as a member and draws scenes into it."""

from __future__ import annotations

import numpy as np
import pyvista as pv
from psygnal import Signal as Event
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkTextActor

from surgitwin.core.frame import Plane
from surgitwin.scene.cameras import BONE_VIEWS, body_letter, bone_camera, bone_letter
from surgitwin.scene.drawing import PEELS, add_layer, apply_camera
from surgitwin.scene.model import Scene
from surgitwin.scene.page import NOTICE
from surgitwin.viewer.widgets.colour_bar import ColourBar

BACKGROUND = "#15181c"
VIEW_BUTTONS = {
    "anterior": "A",
    "posterior": "P",
    "medial": "M",
    "lateral": "L",
    "proximal": "Prox",
    "distal": "Dist",
}


LETTER_PLACES = {"left": (0.03, 0.5), "right": (0.97, 0.5), "top": (0.5, 0.96), "bottom": (0.5, 0.05)}


class SceneView(QWidget):
    """Shows one `Scene` at a time; emits `camera_moved` after the user turned it."""

    camera_moved = Event()
    maximise_asked = Event(str)

    def __init__(self, parent: QWidget | None = None, name: str = "scene") -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("3D view")
        self.scene: Scene | None = None
        self.actors: dict[str, pv.Actor] = {}
        self._factor = 0.0
        self.interactor = QtInteractor(self, auto_update=False, multi_samples=0, line_smoothing=False)
        self.interactor.background_color = pv.Color(BACKGROUND)
        self.interactor.camera.parallel_projection = True
        self.interactor.renderer.enable_depth_peeling(PEELS)
        self.interactor.installEventFilter(self)
        self.title = QLabel("", self)
        self.title.setObjectName("sceneTitle")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._view = ""
        self.bar = ColourBar(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        layout.addWidget(self.title)
        layout.addLayout(self._buttons())
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.interactor, 1)
        body.addWidget(self.bar)
        layout.addLayout(body, 1)
        self._letters = {where: self._letter(at) for where, at in LETTER_PLACES.items()}
        self.interactor.iren.add_observer("InteractionEvent", self._moved_by_hand)
        self.interactor.iren.add_observer("EndInteractionEvent", self._moved_by_hand)

    def _letter(self, at: tuple[float, float]) -> vtkTextActor:
        text = vtkTextActor()
        text.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
        text.SetPosition(*at)
        style = text.GetTextProperty()
        style.SetFontSize(17)
        style.BoldOn()
        style.SetColor(1.0, 0.88, 0.35)
        style.SetJustificationToCentered()
        style.SetVerticalJustificationToCentered()
        self.interactor.renderer.AddViewProp(text)
        return text

    def _moved_by_hand(self, *_: object) -> None:
        self._view = ""
        self._update_letters()
        self.camera_moved.emit()

    def _update_letters(self) -> None:
        """Direction words at the edges, from where the camera stands now."""
        if self.scene is None:
            return
        camera = self.interactor.camera
        eye = np.asarray(camera.position) - np.asarray(camera.focal_point)
        right = np.cross(np.asarray(camera.up), eye)
        up = np.cross(eye, right)
        frame, side = self.scene.frame, self.scene.side
        for where, d in (("right", right), ("left", -right), ("top", up), ("bottom", -up)):
            self._letters[where].SetInput(
                bone_letter(d, frame, side) if self.scene.measured else body_letter(d)
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A named view is fitted to the new size; a camera set by hand stays."""
        super().resizeEvent(event)
        if self._view:
            self.look_from(self._view)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addStretch(1)
        for view, letter in VIEW_BUTTONS.items():
            button = QPushButton(letter, self)
            button.setObjectName(f"view_{view}")
            button.setToolTip(f"Look from {view}")
            button.setAccessibleName(f"{view} view")
            button.setFixedWidth(22 + 7 * len(letter))
            button.clicked.connect(lambda _=False, v=view: self.look_from(v))
            row.addWidget(button)
        self.perspective = QPushButton("Perspective", self)
        self.perspective.setCheckable(True)
        self.perspective.setToolTip("Perspective or orthographic projection")
        self.perspective.toggled.connect(self._set_perspective)
        row.addWidget(self.perspective)
        return row

    def show_scene(self, scene: Scene, view: str = "") -> None:
        """Draw `scene` in place of the former one; the camera stays unless `view` is named."""
        for actor in self.actors.values():
            self.interactor.remove_actor(actor, reset_camera=False, render=False)
        first = self.scene is None
        self.scene = scene
        self.actors = {
            x.name: add_layer(self.interactor, x, scene.scale) for x in scene.layers if x.data.n_points
        }
        self.bar.set_scale(scene.scale)
        self.set_captions(scene.captions)
        words = self.interactor.add_text(
            NOTICE.upper(), position="lower_right", font_size=8, color="#ff9aa8", name="notice", render=False
        )
        words.SetPickable(False)
        if view or first:
            self.look_from(view or "anterior")
        else:
            self.interactor.render()

    def set_captions(self, captions: tuple[str, ...]) -> None:
        """Side and what the scene must say, above the picture."""
        measured = self.scene is not None and self.scene.measured
        side = f"{self.scene.side.upper()} femur" if self.scene is not None and measured else "Side not known"
        text = "  ·  ".join([side, *captions])
        self.title.setText(text)
        self.title.setToolTip(text)

    def look_from(self, view: str) -> None:
        """Put the camera at a named view of the bone frame."""
        if self.scene is None or view not in BONE_VIEWS:
            return
        self._view = view
        size = (max(self.interactor.width(), 1), max(self.interactor.height(), 1))
        apply_camera(
            self.interactor, bone_camera(view, self.scene.frame, self.scene.side, self.scene.points_mm, size)
        )
        self.interactor.camera.parallel_projection = not self.perspective.isChecked()
        self._update_letters()
        self.interactor.render()
        self.camera_moved.emit()

    def _set_perspective(self, on: bool) -> None:
        self.interactor.camera.parallel_projection = not on
        self.interactor.render()

    def set_visible(
        self, name: str, visible: bool, opacity: float | None = None, render: bool = True
    ) -> None:
        """Show or hide one layer."""
        actor = self.actors.get(name)
        if actor is None:
            return
        actor.visibility = visible
        if opacity is not None:
            actor.prop.opacity = opacity
        if render:
            self.interactor.render()

    def set_factor(self, factor: float) -> None:
        """Draw displacements `factor` times as large by moving points, without new actors."""
        if self.scene is None:
            return
        for layer in self.scene.layers:
            if "u" in layer.data.point_data:
                start = np.asarray(layer.data.point_data["points0"])
                layer.data.points = start + factor * np.asarray(layer.data.point_data["u"])
        self.interactor.render()

    def set_clip(self, plane: Plane | None, names: tuple[str, ...]) -> None:
        """Hide what lies on the side of the plane's normal, in the named layers, by the graphics card."""
        for name in names:
            actor = self.actors.get(name)
            if actor is None:
                continue
            actor.mapper.RemoveAllClippingPlanes()
            if plane is not None:
                actor.mapper.AddClippingPlane(_vtk_plane(plane))
        self.interactor.render()

    def copy_camera(self, other: SceneView) -> None:
        """Look as `other` does."""
        mine, theirs = self.interactor.camera, other.interactor.camera
        mine.position, mine.focal_point, mine.up = theirs.position, theirs.focal_point, theirs.up
        mine.parallel_scale = theirs.parallel_scale
        mine.parallel_projection = theirs.parallel_projection
        self.interactor.renderer.ResetCameraClippingRange()
        self._view = other._view
        self._update_letters()
        self.interactor.render()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A double click maximises; the rest goes to VTK."""
        if event.type() == QEvent.Type.MouseButtonDblClick and isinstance(event, QMouseEvent):
            self.maximise_asked.emit("scene")
            return True
        return super().eventFilter(watched, event)

    def release(self) -> None:
        """Close the render window; the widget can then be deleted."""
        self.interactor.removeEventFilter(self)
        self.interactor.close()


def _vtk_plane(plane: Plane) -> vtkPlane:
    out = vtkPlane()
    out.SetOrigin(*plane.point_mm)
    out.SetNormal(*(-plane.normal))
    return out
