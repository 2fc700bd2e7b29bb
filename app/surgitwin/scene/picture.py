"""Off-screen pictures of scenes, each with the notice, letters, scale and words burned in."""

from __future__ import annotations

import os
import sys

import numpy as np
import pyvista as pv

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.cameras import Camera, bone_camera, bone_letter
from surgitwin.scene.drawing import PEELS, apply_camera, draw
from surgitwin.scene.model import Scene
from surgitwin.scene.page import ImageArray, Page


def picture(
    scene: Scene,
    view: str,
    size: tuple[int, int] = (600, 900),
    camera: Camera | None = None,
    hold_mm: FloatArray | None = None,
) -> ImageArray:
    """(height, width, 3) uint8 picture of `scene` from a named bone view (or from `camera`).

    Burned in: the notice, side, view, direction letters, colour bar with unit, captions. Works
    without a screen. hold_mm: (n, 3) LPS points that the picture must hold instead of the scene's own, so
    that several pictures have one scale. Raises KeyError for an unknown view.
    """
    page = Page(size, caption_lines(scene, view), scene.scale)
    held = scene.points_mm if hold_mm is None else hold_mm
    at = camera or bone_camera(view, scene.frame, scene.side, held, page.inner_size)
    page.place(render(scene, at, page.inner_size))
    words = {
        where: bone_letter(direction, scene.frame, scene.side)
        for where, direction in (("right", at.right), ("left", -at.right), ("top", at.up), ("bottom", -at.up))
    }
    page.letters(words)
    page.ruler(page.inner_size[1] / (2 * at.half_height_mm))
    return page.array()


def picture_pixel(
    scene: Scene, view: str, points_mm: ImageArray, size: tuple[int, int] = (600, 900)
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(..., 2) column and row at which `picture` shows LPS points; for tests and for arrows."""
    page = Page(size, caption_lines(scene, view), scene.scale)
    at = bone_camera(view, scene.frame, scene.side, scene.points_mm, page.inner_size)
    return np.asarray(at.project(points_mm, page.inner_size) + page.corner, np.float64)


def caption_lines(scene: Scene, view: str) -> tuple[str, ...]:
    """Words above the picture: side and view first, then what the scene must say."""
    return (f"{scene.side.upper()} femur, {view} view", *scene.captions)


def render(scene: Scene, camera: Camera, size: tuple[int, int]) -> ImageArray:
    """(height, width, 3) uint8 of a scene without letters, ruler and words; no screen is needed."""
    choose_window()
    plotter = pv.Plotter(off_screen=True, window_size=list(size))
    try:
        plotter.background_color = pv.Color("white")
        plotter.renderer.enable_depth_peeling(PEELS)
        draw(plotter, scene)
        apply_camera(plotter, camera)
        plotter.enable_anti_aliasing("ssaa")
        shot = plotter.screenshot(return_img=True)
    finally:
        plotter.close()
    return np.ascontiguousarray(np.asarray(shot)[..., :3], dtype=np.uint8)


def choose_window() -> None:
    """Without an X display on Linux VTK is told to render with EGL, before it tries to connect."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
