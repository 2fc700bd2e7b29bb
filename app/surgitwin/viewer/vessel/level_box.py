"""Which level to deploy at: radio buttons with a sentence on each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QRadioButton, QVBoxLayout, QWidget

from surgitwin.planning.vessels.results import DEPLOYED
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.levels import TITLES, level_text

SMALL = "L2 starts from the state of L1. Both can be cancelled; L2 goes on where it stopped."


class LevelBox(QWidget):
    """changed: the user chose another level."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        head = QLabel("Level", self)
        set_role(head, "heading")
        column.addWidget(head)
        column.addWidget(
            self._words(f"{TITLES['L0']}. Computed at once; it stands beside every plan.", "muted")
        )
        self._group = QButtonGroup(self)
        self.radios: dict[str, QRadioButton] = {}
        for level in DEPLOYED:
            radio = self.radios[level] = QRadioButton(TITLES[level], self)
            radio.setObjectName(f"level_{level}")
            radio.setToolTip(level_text(level))
            self._group.addButton(radio)
            column.addWidget(radio)
            column.addWidget(self._words(level_text(level), "small"))
        column.addWidget(self._words(SMALL, "small"))
        self.radios["L1"].setChecked(True)
        self._group.buttonClicked.connect(lambda _button: self.changed.emit())

    def _words(self, text: str, role: str) -> QLabel:
        out = QLabel(text, self)
        out.setWordWrap(True)
        set_role(out, role)
        return out

    @property
    def level(self) -> str:
        """The chosen level."""
        return next(k for k, r in self.radios.items() if r.isChecked())

    def choose(self, level: str) -> None:
        """Choose a level without telling."""
        self.radios[level].setChecked(True)
