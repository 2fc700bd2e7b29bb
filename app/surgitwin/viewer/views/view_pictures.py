"""Pictures of what the views show, each on a sheet with side, captions, colour bar and the notice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from surgitwin.core.errors import storage_error
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.page import Page, png

if TYPE_CHECKING:
    from surgitwin.viewer.views.four_up import FourUp
    from surgitwin.viewer.views.scene_view import SceneView

Picture = npt.NDArray[Any]
DARK = "#14171b"


def scene_pixels(view: SceneView) -> Picture:
    """(h, w, 3) uint8 of the 3D view alone, in device pixels."""
    shot = np.asarray(view.interactor.screenshot(return_img=True))
    return np.ascontiguousarray(shot[..., :3], np.uint8)


def on_sheet(picture: Picture, lines: tuple[str, ...], scale: ColourScale | None) -> Picture:
    """The whole picture (h, w, 3) on a sheet just large enough for the words, the bar and the notice."""
    height, width = picture.shape[:2]
    size = [width, height]
    page = Page((width, height), lines, scale)
    while page.inner_size[0] < width or page.inner_size[1] < height:
        size[0] += max(width - page.inner_size[0], 0)
        size[1] += max(height - page.inner_size[1], 0)
        page = Page((size[0], size[1]), lines, scale)
    page.place(picture)
    return page.array()


def scene_picture(view: SceneView) -> Picture:
    """The 3D view on its sheet."""
    return on_sheet(scene_pixels(view), view.title_lines, view.scale)


def write_picture(path: Path, picture: Picture, lines: tuple[str, ...], scale: ColourScale | None) -> Path:
    """Write a picture on its sheet as a PNG file; StorageError when it cannot be. For a worker thread."""
    made = png(on_sheet(picture, lines, scale))
    try:
        path.write_bytes(made)
    except OSError as error:
        raise storage_error(error, str(path)) from error
    return path


def views_pixels(views: FourUp) -> Picture:
    """(h, w, 3) uint8 of all views that are shown, as they stand, in device pixels."""
    ratio = views.devicePixelRatioF()
    tiles = views.shown_tiles()
    box = next(iter(tiles.values())).geometry()
    for tile in tiles.values():
        box = box.united(tile.geometry())
    size = round(box.width() * ratio), round(box.height() * ratio)
    sheet = QImage(*size, QImage.Format.Format_RGB888)
    sheet.fill(QColor(DARK))
    with QPainter(sheet) as pen:
        for name, tile in tiles.items():
            corner = QPointF(tile.pos() - box.topLeft())
            if name == "scene":
                corner += QPointF(views.scene.interactor.mapTo(tile, views.scene.interactor.rect().topLeft()))
                shot = scene_pixels(views.scene)
                height, width, _ = shot.shape
                image = QImage(shot.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            else:
                image = tile.grab().toImage()
                image.setDevicePixelRatio(1.0)
            pen.drawImage(corner * ratio, image)
    return _pixels(sheet)


def _pixels(image: QImage) -> Picture:
    """(h, w, 3) uint8 copy of an RGB888 image, whose rows may be padded."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
