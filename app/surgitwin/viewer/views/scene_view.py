"""A 3D view: hosts a PyVista interactor as a member and draws layers into it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista as pv
from psygnal import Signal as Event
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkCommonDataModel import vtkPlane

from surgitwin.core.frame import Frame, Plane, Side
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.groups import Text
from surgitwin.scene.model import Layer, Scene
from surgitwin.scene.page import png
from surgitwin.scene.picking import Picker
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.tools.base import SCENE, KeyPress, Modifiers, Tool, ViewEvent
from surgitwin.viewer.views.scene_camera import SceneCamera
from surgitwin.viewer.views.scene_marks import CrosshairMark
from surgitwin.viewer.views.scene_mouse import SceneMouse
from surgitwin.viewer.views.view_pictures import scene_picture

ALL = "all"
"""Group of a scene that is shown as a whole by `show_scene`."""

MARK_AFTER_MS = 120
"""The 3D view follows the crosshair when it has rested so long: slices come first (handling only)."""


class SceneView(SceneCamera):
    """Shows layers in named groups; emits `camera_moved` after the user turned it.

    `model`: gives the active tool and the crosshair; without one the view is for looking only.
    """

    maximise_asked = Event(str)

    def __init__(
        self, parent: QWidget | None = None, name: str = SCENE, model: ViewModel | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.scale: ColourScale | None = None
        self.model = model
        self._picker = Picker()
        self._mouse = SceneMouse(self)
        self.interactor.installEventFilter(self._mouse)
        self._mark = CrosshairMark(self.interactor) if model is not None else None
        self._listen(True)
        self._show_mark()

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

    def set_layers(self, group: str, layers: Iterable[Layer], *, fitted: bool = True) -> None:
        """Show `layers` as `group` in place of what it held (not moved); none takes it away.

        fitted: whether the camera is fitted to it; False for what may be larger than the patient.
        """
        new = fitted and group not in self.groups.names
        self.groups.put(group, layers, self.scale, fitted=fitted)
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
        if not (self._soon.isActive() and self._soon.interval() == 0):
            self._soon.start(MARK_AFTER_MS)

    def _show_cursor(self) -> None:
        self.interactor.setCursor(
            Qt.CursorShape.ArrowCursor if self.tool is None else cursor_of(self.tool.cursor)
        )

    # ---- pictures ------------------------------------------------------------------------------

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
