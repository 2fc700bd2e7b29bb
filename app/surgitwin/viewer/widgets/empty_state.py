"""What a page shows while there is nothing to show: an icon, one sentence, and the buttons that help."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role


class EmptyState(QWidget):
    """icon_name: of `icons`. words: what is missing and what to do, one or two short sentences."""

    def __init__(
        self, icon_name: str, words: str, parent: QWidget | None = None, *, compact: bool = False
    ) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self._mark, self.words = QLabel(self), QLabel(words, self)
        set_icon(self._mark, icon_name, "muted", 28 if compact else 56)
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        set_role(self.words, "muted" if compact else "heading")
        self._buttons = QHBoxLayout()
        self._buttons.addStretch(1)
        self._buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self._mark)
        column.addWidget(self.words)
        column.addLayout(self._buttons)
        column.addStretch(1)

    def add_button(
        self,
        text: str,
        clicked: Callable[[], object],
        *,
        icon: str = "",
        primary: bool = False,
        tip: str = "",
    ) -> QPushButton:
        """A button below the words; `primary` for the one that most people want."""
        button = QPushButton(text, self)
        if icon:
            set_icon(button, icon, "on_accent" if primary else "text")
        if primary:
            set_role(button, "primary")
        button.setToolTip(tip)
        button.clicked.connect(lambda _checked=False: clicked())
        self._buttons.insertWidget(self._buttons.count() - 1, button)
        return button

    def set_words(self, words: str) -> None:
        """Other words."""
        self.words.setText(words)
