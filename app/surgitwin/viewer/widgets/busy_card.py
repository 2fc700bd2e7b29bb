"""What the window shows while a case is read or made: words, progress, Cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

STEPS = 1000


class BusyCard(QWidget):
    """Fills the centre; emits `cancelled`."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("busy")
        self.words = QLabel("", self)
        self.words.setObjectName("empty")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, STEPS)
        self.bar.setFixedWidth(560)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setObjectName("cancelOpening")
        self.cancel.clicked.connect(self._cancel)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self.words)
        column.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def start(self, words: str) -> None:
        """Begin at nothing done."""
        self.words.setText(words)
        self.bar.setValue(0)
        self.bar.setFormat("")
        self.cancel.setEnabled(True)

    def show_progress(self, words: str, fraction: float) -> None:
        """A negative fraction (not known) leaves the bar where it is."""
        self.bar.setFormat(words)
        if fraction >= 0:
            self.bar.setValue(round(STEPS * fraction))

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.bar.setFormat("Stopping ...")
        self.cancelled.emit()
