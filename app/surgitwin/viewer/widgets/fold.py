"""A box of a panel that folds away: heading with a short summary, and what is in it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role


class Fold(QFrame):
    """Heading that opens and closes `body`; add widgets to `column`."""

    toggled = Signal(bool)

    def __init__(
        self, title: str, parent: QWidget | None = None, *, name: str = "", open_: bool = True
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name or f"fold_{title.lower().replace(' ', '_')}")
        set_role(self, "card")
        self.head = QToolButton(self)
        self.head.setObjectName(f"{self.objectName()}_head")
        self.head.setText(title)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_role(self.head, "flat")
        self.summary = QLabel(self)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        set_role(self.summary, "muted")
        self.body = QWidget(self)
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(4, 2, 4, 4)
        self.column.setSpacing(5)
        row = QHBoxLayout()
        row.addWidget(self.head)
        row.addWidget(self.summary, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(4, 3, 4, 3)
        box.setSpacing(2)
        box.addLayout(row)
        box.addWidget(self.body)
        self.head.setStyleSheet("font-weight: bold")
        self.head.clicked.connect(lambda _checked=False: self.set_open(not self.is_open))
        self.set_open(open_)

    def set_open(self, is_open: bool) -> None:
        """Open or fold away."""
        self.is_open = is_open
        self.body.setVisible(is_open)
        set_icon(self.head, "down" if is_open else "right")
        self.head.setToolTip("Fold away" if is_open else "Open")
        self.toggled.emit(is_open)

    def set_summary(self, words: str, role: str = "muted") -> None:
        """Words beside the heading, also seen when it is folded."""
        self.summary.setText(words)
        self.summary.setToolTip(words)
        set_role(self.summary, role)
