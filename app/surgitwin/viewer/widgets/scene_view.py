"""A 3D view: hosts a PyVista interactor as a member and draws layers into it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista as pv
from psygnal import Signal as Event
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkCommonDataModel import vtkPlane

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Plane, Side
from surgitwin.scene.cameras import BONE_VIEWS, bone_camera
from surgitwin.scene.drawing import PEELS, apply_camera
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.groups import LayerGroups, Text
from surgitwin.scene.model import Layer, Scene
from surgitwin.scene.page import png
from surgitwin.scene.picking import Picker
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.tools.base import SCENE, KeyPress, Modifiers, Tool, ViewEvent
from surgitwin.viewer.widgets.colour_bar import ColourBar
from surgitwin.viewer.widgets.scene_marks import CrosshairMark, EdgeLetters, add_cube, add_notice
from surgitwin.viewer.widgets.scene_mouse import SceneMouse
from surgitwin.viewer.widgets.view_pictures import scene_picture

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

ALL = "all"
"""Group of a scene that is shown as a whole by `show_scene`."""

MARK_EVERY_MS = 120
"""The 3D view follows the crosshair at most this often: slices come first (handling only)."""


class SceneView(QWidget):
    """Shows layers in named groups; emits `camera_moved` after the user turned it.

    `model`: gives the active tool and the crosshair; without one the view is for looking only.
    """

    camera_moved = Event()
    maximise_asked = Event(str)

    def __init__(
        self, parent: QWidget | None = None, name: str = SCENE, model: ViewModel | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("3D view")
        self.frame = Frame(np.zeros(3), np.diag([-1.0, -1.0, 1.0]))
        self.side: Side = "left"
        self.measured = False
        self.scale: ColourScale | None = None
        self.captions: tuple[str, ...] = ()
        self.model = model
        self._factor = 0.0
        self._view, self._fitted, self._untouched = "anterior", False, True
        self._picker = Picker()
        self.interactor = QtInteractor(self, auto_update=False, multi_samples=0, line_smoothing=False)
        self.interactor.background_color = pv.Color(BACKGROUND)
        self.interactor.camera.parallel_projection = True
        self.interactor.renderer.enable_depth_peeling(PEELS)
        self.groups = LayerGroups(self.interactor)
        self._mouse = SceneMouse(self)
        self.interactor.installEventFilter(self._mouse)
        self._lay_out()
        self._letters = EdgeLetters(self.interactor)
        add_notice(self.interactor)
        add_cube(self.interactor)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.draw)
        self._mark = CrosshairMark(self.interactor) if model is not None else None
        self._listen(True)
        self._show_mark()
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

    # ---- what is shown -------------------------------------------------------------------------

    @property
    def scene(self) -> Scene | None:
        """Everything that is shown as one scene; None while nothing is."""
        layers = self.groups.layers()
        if not layers:
            return None
        return Scene(layers, self.frame, self.side, self.scale, self.captions, self.measured)

    @property
    def actors(self) -> dict[str, pv.Actor]:
        """Actors by layer name."""
        return self.groups.actors

    def set_frame(self, frame: Frame, side: Side, measured: bool) -> None:
        """The bone's frame (of the body before it is measured), from which views and letters are named."""
        same = np.array_equal(frame.matrix, self.frame.matrix) and (side, measured) == (
            self.side,
            self.measured,
        )
        self.frame, self.side, self.measured = frame, side, measured
        if same:
            return
        self._name_buttons()
        self._show_title()
        if self._view:
            self._fit(self._view)
        else:
            self._update_letters()

    def set_layers(self, group: str, layers: Iterable[Layer]) -> None:
        """Show `layers` as `group` in place of what it held (not moved); none takes it away."""
        new = group not in self.groups.names
        self.groups.put(group, layers, self.scale)
        if (new and self._untouched) or not self._fitted:
            self._fit(self._view or "anterior")
        self.draw_soon()

    def move_group(self, group: str, matrix: npt.ArrayLike | None) -> None:
        """Draw a group moved by a rigid 4x4 matrix (LPS to LPS), while it is dragged; None: as it was set."""
        self.groups.move(group, matrix)
        self.draw_soon()

    def set_texts(self, group: str, texts: Iterable[Text]) -> None:
        """Words at points in place of those that `group` had."""
        self.groups.put_texts(group, texts)
        self.draw_soon()

    def show_group(self, group: str, visible: bool) -> None:
        """Show or hide a whole group."""
        self.groups.show(group, visible)
        self.draw_soon()

    def set_scale(self, scale: ColourScale | None) -> None:
        """Colour scale of all layers that have a field, and of the bar."""
        self.scale = scale
        self.groups.rescale(scale)
        self.bar.set_scale(scale)
        self.draw_soon()

    def set_captions(self, captions: tuple[str, ...]) -> None:
        """What the scene must say, above the picture after the side."""
        self.captions = captions
        self._show_title()

    def _show_title(self) -> None:
        side = f"{self.side.upper()} femur" if self.measured else "Side not known"
        text = BETWEEN.join([side, *self.captions])
        self.title.setText(text)
        self.title.setToolTip(text)

    def show_scene(self, scene: Scene, view: str = "") -> None:
        """Draw `scene` in place of all groups; the camera stays unless `view` is named."""
        first = self.scene is None
        for group in self.groups.names:
            if group != ALL:
                self.groups.put(group, ())
        self.frame, self.side, self.measured = scene.frame, scene.side, scene.measured
        self._name_buttons()
        self.scale = scene.scale
        self.groups.put(ALL, scene.layers, scene.scale)
        self.bar.set_scale(scene.scale)
        self.set_captions(scene.captions)
        if view or first:
            self.look_from(view or "anterior")
        else:
            self.draw()

    def set_visible(
        self, name: str, visible: bool, opacity: float | None = None, render: bool = True
    ) -> None:
        """Show or hide the layers called `name`."""
        for actor in self.groups.of_layer(name):
            actor.visibility = visible
            if opacity is not None:
                actor.prop.opacity = opacity
        if render:
            self.draw_soon()

    def set_factor(self, factor: float) -> None:
        """Draw displacements `factor` times as large by moving points, without new actors."""
        for layer in self.groups.layers():
            if "u" in layer.data.point_data:
                start = np.asarray(layer.data.point_data["points0"])
                layer.data.points = start + factor * np.asarray(layer.data.point_data["u"])
        self.draw()

    def set_clip(self, plane: Plane | None, names: tuple[str, ...]) -> None:
        """Hide what lies on the side of the plane's normal, in the named layers, by the graphics card."""
        for actor in (x for name in names for x in self.groups.of_layer(name)):
            actor.mapper.RemoveAllClippingPlanes()
            if plane is not None:
                actor.mapper.AddClippingPlane(_vtk_plane(plane))
        self.draw()

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
        self.draw()
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

    def copy_camera(self, other: SceneView) -> None:
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

    # ---- tools and crosshair -------------------------------------------------------------------

    @property
    def tool(self) -> Tool | None:
        """The active tool of the views."""
        return self.model.tool if self.model is not None else None

    def event_at(
        self,
        pixel: tuple[float, float],
        button: str,
        modifiers: Modifiers,
        double: bool = False,
        notches: float = 0.0,
    ) -> ViewEvent:
        """What a tool is told about a place (px from the top left of the picture)."""
        origin, direction = self.ray_at(pixel)
        reach = float(np.ptp(self.interactor.camera.clipping_range)) + 1.0
        hit = self._picker.pick(origin, direction, self.groups.targets(), reach)
        point, name = (None, ("", "")) if hit is None else (hit.point_mm, hit.name)
        return ViewEvent(
            self, SCENE, point, (origin, direction), pixel, self.mm_per_px(), button, modifiers, double,
            notches, name,
        )  # fmt: skip

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

    def clicked(self, event: ViewEvent) -> None:
        """A click on a surface without a tool brings the crosshair there."""
        if self.model is not None and event.point_mm is not None:
            self.model.set_crosshair(event.point_mm)

    def key(self, press: KeyPress) -> bool:
        """Keys: the tool's; Escape ends it; r fits the view again."""
        if self.tool is not None:
            if self.tool.key(press):
                return True
            if press.key == "Escape" and self.model is not None:
                self.model.set_tool(None)
                return True
        if press.key == "R" and not press.modifiers.ctrl:
            self.look_from(self._view or "anterior")
            return True
        return False

    def _listen(self, on: bool) -> None:
        if self.model is None:
            return
        for signal in (self.model.crosshair_changed, self.model.axes_changed):
            (signal.connect if on else signal.disconnect)(self._show_mark)
        (self.model.tool_changed.connect if on else self.model.tool_changed.disconnect)(self._show_cursor)

    def _show_mark(self) -> None:
        if self._mark is None or self.model is None:
            return
        self._mark.put(self.model.crosshair_mm, self.model.axes.axes, self.model.crosshair_shown)
        if not self._soon.isActive():
            self._soon.start(MARK_EVERY_MS)

    def _show_cursor(self) -> None:
        self.interactor.setCursor(
            Qt.CursorShape.ArrowCursor if self.tool is None else cursor_of(self.tool.cursor)
        )

    # ---- pictures ------------------------------------------------------------------------------

    @property
    def title_lines(self) -> tuple[str, ...]:
        """Side and captions, for the head of a picture."""
        return tuple(self.title.text().split(BETWEEN))

    def snapshot(self) -> npt.NDArray[Any]:
        """(h, w, 3) uint8 of what is seen, with side, captions, colour bar and the notice burned in."""
        return scene_picture(self)

    def save_picture(self, path: Path) -> None:
        """Write `snapshot` as a PNG file."""
        path.write_bytes(png(self.snapshot()))

    def release(self) -> None:
        """Close the render window; the widget can then be deleted."""
        self._soon.stop()
        self._listen(False)
        self.model = None
        self.interactor.removeEventFilter(self._mouse)
        self.interactor.close()


CURSORS = {
    "cross": Qt.CursorShape.CrossCursor,
    "arrow": Qt.CursorShape.ArrowCursor,
    "hand": Qt.CursorShape.OpenHandCursor,
    "blank": Qt.CursorShape.BlankCursor,
}


def cursor_of(name: str) -> Qt.CursorShape:
    """Cursor of a tool by its plain name."""
    return CURSORS.get(name, Qt.CursorShape.CrossCursor)


def _vtk_plane(plane: Plane) -> vtkPlane:
    out = vtkPlane()
    out.SetOrigin(*plane.point_mm)
    out.SetNormal(*(-plane.normal))
    return out
