"""Small pictures of the catalogue for Qt, with letters for the sides of the patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap

from surgitwin.exchange.catalogue import Catalogue, directions, thumbnails
from surgitwin.scene.cameras import body_letter

PICTURE_PX = 48
LETTER_PX = 10
"""Height of the letters (setting of the screen)."""

INK, SHADOW = QColor("#ffd166"), QColor("#000000")
"""As the letters of the slice views: to be read on bone and on air."""


class Seen(NamedTuple):
    """png: the middle slice. left, right: letters of the patient's sides there, empty when not known."""

    png: bytes
    left: str = ""
    right: str = ""


def seen_pictures(catalogue: Catalogue, ids: Sequence[int]) -> dict[int, Seen]:
    """Pictures by row of the series, for those that have one; for a worker."""
    ways = directions(catalogue, ids)
    return {i: Seen(png, *_sides(ways.get(i, ()))) for i, png in thumbnails(catalogue, ids).items()}


def _sides(direction: Sequence[float]) -> tuple[str, str]:
    """Letters at the left and the right: a thumbnail's columns run along i."""
    if len(direction) != 9:
        return "", ""
    along_i = np.array(direction, float).reshape(3, 3)[:, 0]
    return body_letter(-along_i), body_letter(along_i)


def pixmap(seen: Seen) -> QPixmap | None:
    """The picture in the middle of a square, so that words stand below each other."""
    out = QPixmap()
    if not out.loadFromData(seen.png, "PNG"):
        return None
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    fitted, square = out.scaled(PICTURE_PX, PICTURE_PX, keep, smooth), blank()
    with QPainter(square) as painter:
        painter.drawPixmap((PICTURE_PX - fitted.width()) // 2, (PICTURE_PX - fitted.height()) // 2, fitted)
        font = QFont()
        font.setPixelSize(LETTER_PX)
        font.setBold(True)
        painter.setFont(font)
        for letter, side in (
            (seen.left, Qt.AlignmentFlag.AlignLeft),
            (seen.right, Qt.AlignmentFlag.AlignRight),
        ):
            _letter(painter, letter, side)
    return square


def _letter(painter: QPainter, letter: str, side: Qt.AlignmentFlag) -> None:
    for shift, ink in ((1, SHADOW), (0, INK)):
        painter.setPen(ink)
        box = QRect(1 + shift, shift, PICTURE_PX - 3, PICTURE_PX)
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), letter)


def blank() -> QPixmap:
    """Holds the place, so that lines do not jump."""
    out = QPixmap(PICTURE_PX, PICTURE_PX)
    out.fill(Qt.GlobalColor.transparent)
    return out
