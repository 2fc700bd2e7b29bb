"""How far the reading of a file is, with a button that gives it up."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

STEPS = 1000


class ReadingLine(QWidget):
    """Shown while a file is read; emits `cancelled`."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, STEPS)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setObjectName("objectCancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(lambda _=False: self.cancelled.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        self.show_progress("", 0.0)

    def show_progress(self, words: str, fraction: float) -> None:
        """Words "" hide it."""
        self.setVisible(bool(words))
        self.bar.setFormat(words)
        self.bar.setValue(round(STEPS * max(fraction, 0.0)))
