"""The five steps across the top: where one is, what is done, what is missing, and one click to mend it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.step_state import STEPS, StepState
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.elided import ElidedLabel

MARKS = {
    "done": ("ok", "ok"),
    "todo": ("waiting", "muted"),
    "blocked": ("lock", "muted"),
    "stale": ("stale", "stale"),
}
"""Icon and colour role by state; the words beside them say the same."""


WITHOUT_JOB = ("import", "review", "compare")
"""What can be mended while something is computed."""


class StepTile(QFrame):
    """One step: button with number and name, mark, words, and the button that mends."""

    chosen = Signal(str)
    mend_asked = Signal(str)

    def __init__(self, step: str, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step, self.mend_id = step, ""
        self.setObjectName(f"step_{step}")
        set_role(self, "card")
        self.button = QPushButton(f"{number}  {step.capitalize()}", self)
        self.button.setObjectName(f"go_{step}")
        self.button.setCheckable(True)
        self.button.setToolTip(f"Go to {step.capitalize()} (Alt+{number})")
        set_icon(self.button, step)
        self.mark, self.words = QLabel(self), ElidedLabel("", self)
        self.mend = QPushButton(self)
        self.mend.setObjectName(f"mend_{step}")
        set_role(self.mend, "primary")
        top = QHBoxLayout()
        top.addWidget(self.button, 1)
        top.addWidget(self.mend)
        low = QHBoxLayout()
        low.addWidget(self.mark)
        low.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(2)
        column.addLayout(top)
        column.addLayout(low)
        self.button.clicked.connect(lambda: self.chosen.emit(self.step))
        self.mend.clicked.connect(lambda: self.mend_asked.emit(self.mend_id))

    def show_state(self, state: StepState, *, can_mend: bool) -> None:
        """Mark, words and mending button of a state."""
        icon, role = MARKS[state.state]
        set_icon(self.mark, icon, role, 16)
        self.words.setText(state.words)
        self.words.setAccessibleName(f"{self.step}: {state.words}")
        set_role(self.words, role if role != "ok" else "")
        self.mend_id = state.mend
        self.mend.setText(state.mend_words)
        self.mend.setVisible(bool(state.mend))
        can_mend = can_mend or state.mend in WITHOUT_JOB
        self.mend.setEnabled(can_mend)
        self.mend.setToolTip(
            state.mend_words if can_mend else "Something is being computed, or the case is read-only."
        )


class StepBar(QWidget):
    """The five tiles."""

    chosen = Signal(str)
    mend_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("steps")
        self.setAccessibleName("steps")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.tiles = {step: StepTile(step, n, self) for n, step in enumerate(STEPS, 1)}
        for tile in self.tiles.values():
            row.addWidget(tile, 1)
            tile.chosen.connect(self.chosen)
            tile.mend_asked.connect(self.mend_asked)

    def show_states(self, states: Sequence[StepState], *, can_mend: bool = True) -> None:
        """Show all five."""
        for state in states:
            self.tiles[state.step].show_state(state, can_mend=can_mend)

    def set_current(self, step: str) -> None:
        """Mark the page that is shown."""
        for name, tile in self.tiles.items():
            tile.button.setChecked(name == step)
