"""What stands in a 3D view besides the scene: letters at the edges, cube, notice, crosshair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvista as pv
from vtkmodules.vtkRenderingAnnotation import vtkAnnotatedCubeActor
from vtkmodules.vtkRenderingCore import vtkTextActor

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Side
from surgitwin.scene.cameras import body_letter, bone_letter
from surgitwin.scene.page import NOTICE

LETTER_PLACES = {"left": (0.03, 0.5), "right": (0.97, 0.5), "top": (0.5, 0.96), "bottom": (0.5, 0.05)}
CUBE_PLACE = (0.0, 0.0, 0.15, 0.2)
CROSS_MM = 12.0
"""Half length of the crosshair's mark in the 3D view (display only)."""


class EdgeLetters:
    """Direction words at the four edges."""

    def __init__(self, plotter: pv.BasePlotter) -> None:
        self._camera = plotter.camera
        self._texts = {where: _letter(plotter, at) for where, at in LETTER_PLACES.items()}

    def update(self, camera: pv.Camera, frame: Frame, side: Side, measured: bool) -> None:
        """Words for where the camera stands now: of the bone once it is measured, else of the body."""
        eye = np.asarray(camera.position) - np.asarray(camera.focal_point)
        right = np.cross(np.asarray(camera.up), eye)
        up = np.cross(eye, right)
        for where, d in (("right", right), ("left", -right), ("top", up), ("bottom", -up)):
            self._texts[where].SetInput(bone_letter(d, frame, side) if measured else body_letter(d))

    def text(self, where: str) -> str:
        """The word at an edge."""
        return str(self._texts[where].GetInput())


def _letter(plotter: pv.BasePlotter, at: tuple[float, float]) -> vtkTextActor:
    text = vtkTextActor()
    text.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    text.SetPosition(*at)
    style = text.GetTextProperty()
    style.SetFontSize(17)
    style.BoldOn()
    style.SetColor(1.0, 0.88, 0.35)
    style.SetJustificationToCentered()
    style.SetVerticalJustificationToCentered()
    plotter.renderer.AddViewProp(text)
    return text


def add_notice(plotter: pv.BasePlotter) -> None:
    """The words that every picture carries."""
    words = plotter.add_text(
        NOTICE.upper(), position="lower_right", font_size=8, color="#ff9aa8", name="notice", render=False
    )
    words.SetPickable(False)


def add_cube(plotter: Any) -> None:
    """A cube that turns with the camera, its faces named by the patient's sides (axes are LPS)."""
    cube = vtkAnnotatedCubeActor()
    cube.SetXPlusFaceText("Left")
    cube.SetXMinusFaceText("Right")
    cube.SetYPlusFaceText("Post")
    cube.SetYMinusFaceText("Ant")
    cube.SetZPlusFaceText("Head")
    cube.SetZMinusFaceText("Foot")
    cube.SetFaceTextScale(0.32)
    cube.SetZFaceTextRotation(90)
    cube.GetCubeProperty().SetColor(0.22, 0.26, 0.31)
    cube.SetTextEdgesVisibility(False)
    for face in ("XPlus", "XMinus", "YPlus", "YMinus", "ZPlus", "ZMinus"):
        style = getattr(cube, f"Get{face}FaceProperty")()
        style.SetColor(1.0, 0.88, 0.35)
        style.SetInterpolationToFlat()
    plotter.add_orientation_widget(cube, interactive=False, viewport=CUBE_PLACE)


class CrosshairMark:
    """Three thin lines through the crosshair of the slices."""

    def __init__(self, plotter: pv.BasePlotter) -> None:
        ends = CROSS_MM * np.vstack([np.eye(3), -np.eye(3)])
        lines = np.array([[2, n, n + 3] for n in range(3)])
        self.actor = plotter.add_mesh(
            pv.PolyData(ends, lines=lines), color="#ffffff", line_width=1.5, lighting=False, name="crosshair",
            reset_camera=False, render=False, pickable=False,
        )  # fmt: skip
        self.actor.use_bounds = False

    def put(self, point_mm: FloatArray, axes: FloatArray, shown: bool) -> None:
        """Move the mark to an LPS point, along the slices' axes (3, 3 columns)."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = axes, point_mm
        self.actor.user_matrix = matrix
        self.actor.visibility = shown
