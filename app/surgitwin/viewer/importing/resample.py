"""The box to tick before a tilted or unevenly spaced stack is imported resampled."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QVBoxLayout, QWidget

from surgitwin.imaging.dicom.offer import ResampleOffer
from surgitwin.viewer.theme import set_role


class ResampleTick(QFrame):
    """What resampling does, and the user's consent; hidden where a series needs none. `changed`: it was
    ticked.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importResample")
        self._offer: ResampleOffer | None = None
        self.box, self.words = QCheckBox("&Resample this stack on import", self), QLabel(self)
        self.box.setObjectName("importResampleBox")
        self.box.setToolTip("The case will say that its image was resampled. The files stay as they are.")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.box)
        column.addWidget(self.words)
        self.box.toggled.connect(lambda _on: self.changed.emit())
        self.hide()

    def show_offer(self, offer: ResampleOffer | None) -> None:
        """The offer of another series; the box starts empty, for consent is given to each."""
        self._offer = offer
        self.box.setChecked(False)
        self.words.setText("" if offer is None else offer.words)
        self.setVisible(offer is not None)

    @property
    def ticked(self) -> bool:
        """Whether the stack is to be resampled."""
        return self._offer is not None and self.box.isChecked()

    @property
    def fault(self) -> str:
        """Why the series cannot be imported yet, "" when it can."""
        return (
            ""
            if self._offer is None or self.box.isChecked()
            else "Tick the box: it is only imported resampled."
        )
