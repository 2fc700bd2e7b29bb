"""Off-screen pictures of vessels for cells of a matrix and for reports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Plane
from surgitwin.scene.cameras import Camera, body_letter, fit
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.model import Layer, Scene
from surgitwin.scene.page import ImageArray, Page
from surgitwin.scene.picture import render

BODY = Frame(np.zeros(3), np.diag([-1.0, -1.0, 1.0]))
"""Frame of the body: what a scene without a bone is drawn in."""


FRONT = (0.0, -1.0, 0.0)
"""From the patient's front, LPS."""


def side_view(axis: npt.ArrayLike, towards: npt.ArrayLike = FRONT) -> tuple[FloatArray, FloatArray]:
    """Eye and up of a look from the side on a vessel whose `axis` (3,) points up on the screen.

    towards: LPS direction from which one would like to look (default: from the front); from the patient's
    left when the vessel runs along it.
    """
    up = np.asarray(axis, float) / np.linalg.norm(axis)
    for wish in (np.asarray(towards, float), np.array([1.0, 0.0, 0.0])):
        eye = wish - (wish @ up) * up
        length = float(np.linalg.norm(eye))
        if length > 0.2 * float(np.linalg.norm(wish)):
            break
    return eye / length, up


def opened(eye: FloatArray, centre_mm: npt.ArrayLike) -> Plane:
    """The plane that takes the half of a vessel away that lies between its centre and the eye."""
    return Plane(np.asarray(centre_mm, float), eye)


def vessel_picture(
    layers: Sequence[Layer],
    lines: Sequence[str],
    *,
    axis: npt.ArrayLike = (0.0, 0.0, 1.0),
    towards: npt.ArrayLike = FRONT,
    scale: ColourScale | None = None,
    size: tuple[int, int] = (600, 600),
    hold_mm: FloatArray | None = None,
) -> ImageArray:
    """(height, width, 3) uint8: layers from the side (`side_view`), words above, letters, ruler, notice.

    lines: words above the picture, the first one bold. hold_mm (n, 3): points that the picture must hold in
    place of the layers' own, so that several pictures have one scale.
    """
    scene = Scene(tuple(layers), BODY, "left", scale, tuple(lines), measured=False)
    page = Page(size, tuple(lines), scale)
    eye, up = side_view(axis, towards)
    camera = fit(eye, up, scene.points_mm if hold_mm is None else hold_mm, page.inner_size)
    page.place(render(scene, camera, page.inner_size))
    page.letters(_letters(camera))
    page.ruler(page.inner_size[1] / (2 * camera.half_height_mm))
    return page.array()


def _letters(camera: Camera) -> dict[str, str]:
    """One letter of the body at each edge."""
    directions = {"right": camera.right, "left": -camera.right, "top": camera.up, "bottom": -camera.up}
    return {where: body_letter(direction) for where, direction in directions.items()}
