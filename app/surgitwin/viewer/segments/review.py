"""Sign-off of the anatomy: who looked at it, and whether that still holds."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.segments import review
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role


class ReviewPanel(QWidget):
    """Call `refresh` after anything of the anatomy changed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.words = QLabel(self)
        self.words.setObjectName("reviewWords")
        self.words.setWordWrap(True)
        self.name = QLineEdit(self)
        self.name.setObjectName("reviewName")
        self.name.setPlaceholderText("Your name")
        self.name.setAccessibleName("name of the reviewer")
        self.name.setToolTip("Who looked at side, segments and landmarks")
        self.button = QPushButton("Sign", self)
        self.button.setObjectName("signReview")
        set_icon(self.button, "sign")
        self.button.clicked.connect(lambda _: self.sign())
        self.name.returnPressed.connect(self.sign)
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addLayout(row)

    def refresh(self, why_not: str) -> None:
        """why_not: why the anatomy cannot be signed now."""
        session = self._desk.session
        if session is None:
            return
        state = session.case.state
        standing = review.standing(state)
        self.words.setText(
            review.words(state)
            if standing != "none"
            else "Not reviewed yet. Look at side, segments and landmarks, then sign; plans refer to it."
        )
        set_role(self.words, {"valid": "ok", "none": "muted"}.get(standing, "warning"))
        found = review.stored(state)
        if found is not None and not self.name.text():
            self.name.setText(found.name)
        self.button.setEnabled(not why_not)
        self.button.setText("Sign again" if found is not None else "Sign")
        self.button.setToolTip(why_not or "I have looked at side, segments and landmarks")

    def sign(self) -> None:
        """Keep name, time and what was signed."""
        session = self._desk.session
        if session is None or not self.button.isEnabled():
            return

        def work() -> None:
            session.edit("Sign the anatomy", state={review.KEY: review.sign(session.case, self.name.text())})

        if self._desk.attempt(work):
            self._desk.say("The anatomy is signed.")
