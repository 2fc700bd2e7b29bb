"""A failure or a warning told in the window: what happened, what to do next; nothing is blocked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from surgitwin.core.errors import SurgiTwinError
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role


class ErrorCard(QFrame):
    """Hidden until there is something to tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorCard")
        self.setAccessibleName("error message")
        set_role(self, "banner")
        self._mark = QLabel(self)
        set_icon(self._mark, "error", "error", 24)
        self.words = QLabel("", self)
        self.words.setObjectName("errorWords")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton(self)
        close.setObjectName("closeError")
        close.setToolTip("Put this message away")
        close.setAccessibleName("close message")
        set_icon(close, "cancel")
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.addWidget(self._mark)
        row.addWidget(self.words, 1)
        row.addWidget(close)
        self.hide()

    def show_error(self, error: SurgiTwinError) -> None:
        """Fact, next step, code and place."""
        where = f"  {error.where}" if error.where else ""
        self._show(f"{error.message}\n{error.hint}\n[{error.code}]{where}", "error")

    def show_warning(self, words: str) -> None:
        """Something was done, and this must be known of it."""
        self._show(words, "warning")

    def _show(self, words: str, role: str) -> None:
        set_icon(self._mark, role, role, 24)
        self.setAccessibleName(f"{role} message")
        self.words.setText(words)
        self.show()
