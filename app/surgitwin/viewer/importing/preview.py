"""Three planes of a series before it is imported, or why there are none."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from surgitwin.imaging.dicom.thumbnail import Picture, Preview
from surgitwin.viewer.theme import theme
from surgitwin.viewer.widgets.card_button import grey_pixmap

LETTERS = {"axial": "ARPL", "coronal": "SRIL", "sagittal": "SAIP"}
"""Letters at the top, left, bottom and right edge of each plane."""


class PlanePicture(QWidget):
    """One picture, fitted with its proportions on the dark ground, its letters at the edges."""

    def __init__(self, plane: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plane, self.words = plane, ""
        self._pixmap: QPixmap | None = None
        self._lettered = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(90, 110)
        self.setAccessibleName(f"{plane} preview")

    def sizeHint(self) -> QSize:
        """Room for a preview."""
        return QSize(160, 130)

    def show_picture(self, picture: Picture | None, words: str = "", *, lettered: bool = True) -> None:
        """A picture, or words in its place."""
        self._pixmap = None if picture is None else grey_pixmap(picture)
        self.words, self._lettered = words, lettered
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether there is something to see."""
        return self._pixmap is not None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, picture, letters, frame in the plane's colour."""
        with QPainter(self) as painter:
            roles = theme()
            painter.fillRect(self.rect(), roles.view)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            inner = self.rect().adjusted(6, 6, -6, -6)
            if self._pixmap is not None:
                fitted = self._pixmap.size().scaled(inner.size(), Qt.AspectRatioMode.KeepAspectRatio)
                corner = inner.center() - inner.topLeft()
                target = inner.adjusted(0, 0, 0, 0)
                target.setSize(fitted)
                target.moveCenter(inner.topLeft() + corner)
                painter.drawPixmap(target, self._pixmap)
            painter.setPen(roles.view_text)
            if self.words:
                up = Qt.AlignmentFlag.AlignVCenter if self._pixmap is None else Qt.AlignmentFlag.AlignBottom
                flags = Qt.AlignmentFlag.AlignHCenter | up
                painter.drawText(inner, int(flags) | int(Qt.TextFlag.TextWordWrap), self.words)
            if self._pixmap is not None and self._lettered:
                edges = (
                    Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter,
                    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                    Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter,
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                )
                for letter, edge in zip(LETTERS[self.plane], edges, strict=True):
                    painter.drawText(inner, int(edge), letter)
            painter.setPen(getattr(roles, self.plane))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class PreviewPane(QWidget):
    """Axial large, coronal and sagittal beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importPreview")
        self.axial, self.coronal, self.sagittal = (
            PlanePicture(name, self) for name in ("axial", "coronal", "sagittal")
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self.axial)
        row.addLayout(column, 5)
        row.addWidget(self.coronal, 3)
        row.addWidget(self.sagittal, 3)

    def show_waiting(self, first: Picture | None) -> None:
        """While the slices are read: the thumbnail."""
        self.axial.show_picture(first, lettered=False)
        for plane in (self.coronal, self.sagittal):
            plane.show_picture(None, "Reading ...")
            plane.show()

    def show_preview(self, seen: Preview) -> None:
        """All three planes."""
        self.coronal.show()
        self.sagittal.show()
        self.axial.show_picture(seen.axial)
        self.coronal.show_picture(seen.coronal)
        self.sagittal.show_picture(seen.sagittal)

    def show_reason(self, first: Picture | None, words: str) -> None:
        """One slice as it is stored, and why there is no more."""
        self.axial.show_picture(first, words, lettered=False)
        self.coronal.hide()
        self.sagittal.hide()
