"""The picture of a 3D view and its camera: named views, letters, rays through pixels; no layers, no tools."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista as pv
from psygnal import Signal as Event
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from pyvistaqt import QtInteractor

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Side
from surgitwin.scene.cameras import BONE_VIEWS, bone_camera
from surgitwin.scene.drawing import PEELS, apply_camera
from surgitwin.scene.groups import LayerGroups
from surgitwin.viewer.views.colour_bar import ColourBar
from surgitwin.viewer.views.scene_marks import EdgeLetters, add_cube, add_notice

BACKGROUND = "#15181c"
VIEW_BUTTONS = {
    "anterior": ("A", "A", "front"),
    "posterior": ("P", "P", "back"),
    "medial": ("M", "R", "the patient's right"),
    "lateral": ("L", "L", "the patient's left"),
    "proximal": ("Prox", "S", "the head"),
    "distal": ("Dist", "I", "the feet"),
}
"""View -> letter on a measured bone; letter and words before (the body's frame is a left bone's, x to R)."""

BETWEEN = "  ·  "
"""Between the words above the picture."""


class SceneCamera(QWidget):
    """Hosts the interactor; knows the bone's frame, and where the camera stands in it."""

    camera_moved = Event()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("3D view")
        self.frame = Frame(np.zeros(3), np.diag([-1.0, -1.0, 1.0]))
        self.side: Side = "left"
        self.measured = False
        self.subject = ""
        self.captions: tuple[str, ...] = ()
        self._view, self._fitted, self._untouched = "anterior", False, True
        self.interactor = QtInteractor(self, auto_update=False, multi_samples=0, line_smoothing=False)
        self.interactor.background_color = pv.Color(BACKGROUND)
        self.interactor.camera.parallel_projection = True
        self.interactor.renderer.enable_depth_peeling(PEELS)
        self.groups = LayerGroups(self.interactor)
        self._lay_out()
        self._letters = EdgeLetters(self.interactor)
        add_notice(self.interactor)
        add_cube(self.interactor)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.draw)
        self.interactor.iren.add_observer("InteractionEvent", self._moved_by_hand)
        self.interactor.iren.add_observer("EndInteractionEvent", self._moved_by_hand)

    def _lay_out(self) -> None:
        self.title = QLabel("", self)
        self.title.setObjectName("sceneTitle")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
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

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addStretch(1)
        self._view_buttons = {}
        for view in VIEW_BUTTONS:
            button = self._view_buttons[view] = QPushButton(self)
            button.setObjectName(f"view_{view}")
            button.setProperty("small", True)
            button.clicked.connect(lambda _=False, v=view: self.look_from(v))
            row.addWidget(button)
        self.perspective = QPushButton("Perspective", self)
        self.perspective.setProperty("small", True)
        self.perspective.setCheckable(True)
        self.perspective.setToolTip(
            "Perspective: near things look larger. Off: parallel, lengths can be compared."
        )
        self.perspective.toggled.connect(self._set_perspective)
        row.addWidget(self.perspective)
        self._name_buttons()
        return row

    def _name_buttons(self) -> None:
        for view, button in self._view_buttons.items():
            bone, body, words = VIEW_BUTTONS[view]
            button.setText(bone if self.measured else body)
            button.setToolTip(f"Look from {view}" if self.measured else f"Look from {words}")
            button.setAccessibleName(f"{view} view" if self.measured else f"view from {words}")
            button.setFixedWidth(26 + 7 * len(button.text()))

    def _show_title(self) -> None:
        side = f"{self.side.upper()} femur" if self.measured else self.subject or "Side not known"
        text = BETWEEN.join([side, *self.captions])
        self.title.setText(text)
        self.title.setToolTip(text)

    def set_subject(self, words: str) -> None:
        """What is shown where that is no bone with a side ("Aortic root"); "" for a bone."""
        if words != self.subject:
            self.subject = words
            self._show_title()

    @property
    def title_lines(self) -> tuple[str, ...]:
        """Side and captions, for the head of a picture."""
        return tuple(self.title.text().split(BETWEEN))

    def draw(self) -> None:
        """Draw now; nothing while it is hidden: without its own OpenGL context VTK would take one that
        breaks Qt's (a page with its own centre is in front)."""
        self._soon.stop()
        if self.isVisible():
            self.interactor.render()

    def draw_soon(self) -> None:
        """Draw once after all changes of this turn of the event loop."""
        if not self._soon.isActive() or self._soon.interval() > 0:
            self._soon.start(0)

    @property
    def named_view(self) -> str:
        """The named view that the camera stands in or came from last."""
        return self._view or "anterior"

    # ---- camera --------------------------------------------------------------------------------

    def _moved_by_hand(self, *_: object) -> None:
        self._view, self._untouched = "", False
        self._update_letters()
        self.camera_moved.emit()

    def _update_letters(self) -> None:
        self._letters.update(self.interactor.camera, self.frame, self.side, self.measured)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was changed while it was hidden."""
        super().showEvent(event)
        self.draw_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A named view is fitted to the new size; a camera set by hand stays."""
        super().resizeEvent(event)
        if self._view and self._fitted:
            self._fit(self._view)

    def look_from(self, view: str) -> None:
        """Put the camera at a named view of the bone frame, holding everything that is shown."""
        self._untouched = False
        self._fit(view)

    def _fit(self, view: str) -> None:
        points = self.groups.fit_points_mm
        if view not in BONE_VIEWS:
            return
        self._view = view
        if not len(points):
            self._fitted = False
            return
        self._fitted = True
        size = (max(self.interactor.width(), 1), max(self.interactor.height(), 1))
        apply_camera(self.interactor, bone_camera(view, self.frame, self.side, points, size))
        self.interactor.camera.parallel_projection = not self.perspective.isChecked()
        self._update_letters()
        self.draw_soon()
        self.camera_moved.emit()

    def _set_perspective(self, on: bool) -> None:
        self.interactor.camera.parallel_projection = not on
        self.draw_soon()
        self.camera_moved.emit()

    def camera_state(self) -> dict[str, Any]:
        """The camera as plain values (LPS mm), for saved views."""
        camera = self.interactor.camera
        return {
            "position_mm": [float(v) for v in camera.position],
            "focus_mm": [float(v) for v in camera.focal_point],
            "up": [float(v) for v in camera.up],
            "half_height_mm": float(camera.parallel_scale),
            "perspective": self.perspective.isChecked(),
        }

    def set_camera_state(self, state: dict[str, Any]) -> None:
        """Put the camera where `camera_state` said."""
        self.perspective.setChecked(bool(state["perspective"]))
        camera = self.interactor.camera
        camera.position, camera.focal_point = tuple(state["position_mm"]), tuple(state["focus_mm"])
        camera.up, camera.parallel_scale = tuple(state["up"]), state["half_height_mm"]
        self._fitted, self._untouched = True, False
        self._camera_put("")

    def copy_camera(self, other: SceneCamera) -> None:
        """Look as `other` does."""
        mine, theirs = self.interactor.camera, other.interactor.camera
        mine.position, mine.focal_point, mine.up = theirs.position, theirs.focal_point, theirs.up
        mine.parallel_scale = theirs.parallel_scale
        mine.parallel_projection = theirs.parallel_projection
        self._fitted = other._fitted
        self._camera_put(other._view)

    def _camera_put(self, view: str) -> None:
        self.interactor.renderer.ResetCameraClippingRange()
        self._view = view
        self._update_letters()
        self.draw()

    # ---- places ------------------------------------------------------------------------------------

    def mm_per_px(self) -> float:
        """Millimetres per pixel of the toolkit in the plane of the camera's focus."""
        camera = self.interactor.camera
        half = camera.parallel_scale
        if not camera.parallel_projection:
            half = camera.distance * np.tan(np.radians(camera.view_angle / 2))
        return float(2 * half / max(self.interactor.height(), 1))

    def ray_at(self, pixel: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
        """LPS origin (on the near clipping plane) and unit direction of the line of sight through a pixel."""
        renderer, ratio = self.interactor.renderer, self.interactor.devicePixelRatioF()
        x, y = pixel[0] * ratio, self.interactor.height() * ratio - 1 - pixel[1] * ratio
        ends = []
        for depth in (0.0, 1.0):
            renderer.SetDisplayPoint(x, y, depth)
            renderer.DisplayToWorld()
            world = np.array(renderer.GetWorldPoint())
            ends.append(world[:3] / world[3])
        along = ends[1] - ends[0]
        return ends[0], along / np.linalg.norm(along)

    def pixel_of(self, point_mm: npt.ArrayLike) -> tuple[float, float]:
        """Pixel (from the top left) at which an LPS point is drawn."""
        renderer, ratio = self.interactor.renderer, self.interactor.devicePixelRatioF()
        renderer.SetWorldPoint(*np.asarray(point_mm, float).tolist(), 1.0)
        renderer.WorldToDisplay()
        x, y, _ = renderer.GetDisplayPoint()
        return x / ratio, self.interactor.height() - 1 / ratio - y / ratio
