"""A large button with a picture, a title and lines of text; and grey pictures for Qt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from surgitwin.imaging.dicom.thumbnail import Picture
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role


def grey_pixmap(picture: Picture) -> QPixmap:
    """A uint8 picture (rows, columns) as a pixmap of the same size."""
    rows, columns = picture.shape
    data = np.ascontiguousarray(picture)
    image = QImage(data.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
    return QPixmap.fromImage(image.copy())


class CardButton(QPushButton):
    """Shown as a card; the height follows the text, which wraps and is never cut."""

    def __init__(self, title: str, lines: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self.setAccessibleName(". ".join((title, *lines)))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.picture = QLabel(self)
        self.picture.setFixedSize(56, 56)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = QLabel(title, self)
        set_role(self.title, "heading")
        self.lines = [QLabel(words, self) for words in lines]
        text = QVBoxLayout()
        text.setSpacing(1)
        for label in (self.title, *self.lines):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            text.addWidget(label)
        text.addStretch(1)
        for label in self.lines:
            set_role(label, "muted")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 8, 8, 8)
        self._row.setSpacing(10)
        self._row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(text, 1)
        for label in (self.picture, self.title, *self.lines):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_icon(self, name: str, role: str = "accent") -> None:
        """An icon as the picture."""
        set_icon(self.picture, name, role, 44)

    def show_file(self, path: Path) -> None:
        """A picture file; left empty when it cannot be read."""
        found = QPixmap(str(path))
        if not found.isNull():
            self.show_pixmap(found)

    def show_pixmap(self, pixmap: QPixmap) -> None:
        """A picture, fitted."""
        ratio = self.devicePixelRatioF()
        fitted = pixmap.scaled(
            self.picture.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self.picture.setPixmap(fitted)

    def sizeHint(self) -> QSize:
        """That of what it holds."""
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """That of what it holds."""
        return self._row.minimumSize()

    def hasHeightForWidth(self) -> bool:
        """The text wraps."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height that the wrapped text needs."""
        return self._row.totalHeightForWidth(width)
