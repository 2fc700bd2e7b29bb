"""The side, large, with how sure it is and a way to correct it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget

from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role, theme, themes

SURE = {"sure": "Sure", "likely": "Likely, please check", "doubtful": "Doubtful, please check"}
OTHER = {"left": "right", "right": "left"}


class SideCard(QWidget):
    """Call `refresh` after the anatomy changed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.side, self.words = QLabel(self), QLabel(self)
        self.side.setObjectName("anatomySide")
        self.side.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.words, "muted")
        self.correct = QPushButton(self)
        self.correct.setObjectName("correctSide")
        set_icon(self.correct, "side")
        self.correct.clicked.connect(lambda _: self.ask())
        row = QHBoxLayout()
        row.addWidget(self.side, 1)
        row.addWidget(self.correct)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.words)
        themes().changed.connect(self._style)
        self._style()

    def _style(self) -> None:
        t = theme()
        self.side.setStyleSheet(
            f"font-size: 18pt; font-weight: bold; color: {t.on_selection}; background: {t.selection};"
            "padding: 4px 12px; border-radius: 5px;"
        )

    def refresh(self, anatomy: Mapping[str, Any] | None, why_not: str) -> None:
        """anatomy: of the case state. why_not: why it cannot be measured now."""
        self.correct.setVisible(anatomy is not None)
        if anatomy is None:
            self.side.setText("SIDE ?")
            self.words.setText("The side is known once the bone was segmented and measured.")
            set_role(self.words, "muted")
            return
        side = str(anatomy["side"])
        self.side.setText(f"{side.upper()} femur")
        sure, _, reasons = str(anatomy["side_confidence"]).partition(": ")
        given = any("You chose" in w for w in anatomy.get("warnings", ()))
        text = SURE.get(sure, sure)
        words = f"{text}: {reasons}." if reasons else f"{text}."
        if given:
            words = f"Set by hand to {side}, against the signs of the bone: {reasons or sure}."
        self.words.setText(words)
        set_role(self.words, "warning" if given or sure != "sure" else "muted")
        self.correct.setText(f"It is {OTHER[side]}")
        self.correct.setEnabled(not why_not)
        self.correct.setToolTip(
            why_not or f"Wrong side? Measure and mesh the bone again as a {OTHER[side]} femur"
        )

    def ask(self) -> None:
        """Ask before the bone is measured as the other side."""
        session = self._desk.session
        if session is None or not session.case.state.get("anatomy"):
            return
        side = OTHER[str(session.case.state["anatomy"]["side"])]
        box = QMessageBox(self)
        box.setObjectName("sideBox")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Side of the femur")
        box.setText(f"Is this a {side} femur?")
        box.setInformativeText(
            f"The bone is then measured and meshed again as a {side} femur. Plans for the other side will "
            "say that their side is wrong. It can be undone."
        )
        yes = box.addButton(f"It is {side}", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(lambda b: self._measure(side) if b is yes else None)
        box.open()

    def _measure(self, side: str) -> None:
        jobs = self._desk.jobs
        if jobs is not None:
            self._desk.attempt(
                lambda: jobs.start("prepare", {"side": side}, f"Measure and mesh as {side} femur")
            )

    def release(self) -> None:
        """Stop listening."""
        themes().changed.disconnect(self._style)
