"""The panels of the steps: one is shown, and only that one counts for the height."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget


class PanelStack(QStackedWidget):
    """As wide as its widest panel, as high as the one that is shown: a short panel leaves nothing to scroll
    to below it. widened: the width that it needs has changed.
    """

    widened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told = 0
        self.currentChanged.connect(lambda _n: self.updateGeometry())

    def event(self, event: QEvent) -> bool:
        """What was filled in later may need more room."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.minimumSizeHint().width() != self._told:
            self._told = self.minimumSizeHint().width()
            self.widened.emit()
        return done

    def sizeHint(self) -> QSize:
        """Width of all, height of the one that is shown."""
        shown, whole = self.currentWidget(), super().sizeHint()
        return whole if shown is None else QSize(whole.width(), shown.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The same of the least sizes."""
        shown, whole = self.currentWidget(), super().minimumSizeHint()
        return whole if shown is None else QSize(whole.width(), shown.minimumSizeHint().height())

    def heightForWidth(self, width: int) -> int:
        """Of the one that is shown: its texts wrap."""
        shown = self.currentWidget()
        return -1 if shown is None else shown.heightForWidth(width)
