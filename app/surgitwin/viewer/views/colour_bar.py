"""The colour scale beside a 3D view, with unit and the mark for values beyond the limit."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from surgitwin.scene.fields import ABOVE_COLOUR, ColourScale
from surgitwin.scene.page import at_share, number, tick_shares
from surgitwin.viewer.theme import theme

LEAST_PX = 16
"""Height that a number of the scale needs."""


class ColourBar(QWidget):
    """Hidden when there is no scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(104)
        self.setAccessibleName("colour scale")
        self.scale: ColourScale | None = None
        self.setVisible(False)

    def set_scale(self, scale: ColourScale | None) -> None:
        """Show `scale`, or nothing."""
        self.scale = scale
        self.setVisible(scale is not None)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Title with unit, strip, numbers, limit."""
        if self.scale is None:
            return
        style = self.scale.style
        with QPainter(self) as pen:
            pen.setPen(QColor(theme().text))
            wrap = int(Qt.TextFlag.TextWordWrap)
            pen.drawText(QRectF(8, 6, self.width() - 12, 66), wrap, style.label)
            top, height = 96.0, max(self.height() - 190.0, 40.0)
            strip = (colormaps[style.colours](np.linspace(1, 0, 256))[:, :3] * 255).astype(np.uint8).copy()
            image = QImage(strip.data, 1, 256, 3, QImage.Format.Format_RGB888).copy()
            pen.drawImage(QRectF(10, top, 18, height), image)
            shares = tick_shares(self.scale)
            if height < LEAST_PX * len(shares):  # in a small view the numbers would lie on each other
                shares = shares[[0, -1]]
            for share in shares:
                y = top + (1 - share) * height
                pen.drawText(QPointF(34, y + 4), number(at_share(self.scale, float(share))))
            if style.limit is not None:
                pen.fillRect(QRectF(10, top - 20, 18, 13), QColor(ABOVE_COLOUR))
                pen.drawText(QPointF(34, top - 9), f"> {style.limit:g}")
                pen.drawText(QRectF(8, top + height + 14, self.width() - 12, 76), wrap, style.above_text)
