"""The ranking in sentences, and what would flip it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from surgitwin.planning.comparing.flip_words import decision_words, open_words, order_words, outcome_words
from surgitwin.report.summary import band_words
from surgitwin.viewer.comparing.numbers import Numbers
from surgitwin.viewer.theme import set_role

NOTE = "Each line moves one number, or one limit, by itself and asks the ranking again."
NOTHING = "Nothing to rank: no plan has been simulated."


class CompareVerdict(QScrollArea):
    """Filled by `show_numbers`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verdictPane")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setSpacing(10)
        self.cautions = self._part(inner, column, "cautions", "Before you compare")
        set_role(self.cautions, "warning")
        self.verdict = self._part(inner, column, "verdict", "Ranking")
        self.decided = self._part(inner, column, "decided", "What separates neighbours")
        self.order = self._part(inner, column, "flipOrder", "What would flip the ranking")
        self.outcome = self._part(inner, column, "flipOutcome", "What would change what a plan meets")
        self.open = self._part(inner, column, "open", "Not decided")
        self.note = note = QLabel(NOTE, inner)
        note.setObjectName("bandNote")
        note.setWordWrap(True)
        set_role(note, "small")
        column.addWidget(note)
        column.addStretch(1)
        self.setWidget(inner)

    def _part(self, inner: QWidget, column: QVBoxLayout, name: str, title: str) -> QLabel:
        head, words = QLabel(title, inner), QLabel("", inner)
        set_role(head, "heading")
        words.setObjectName(name)
        words.setAccessibleName(title)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        words.setWordWrap(True)
        words.setProperty("head", head)
        column.addWidget(head)
        column.addWidget(words)
        return words

    def show_numbers(
        self, numbers: Numbers | None, names: Mapping[str, str], plans: Mapping[str, str]
    ) -> None:
        """Sentences of a comparison; None: nothing is solved."""
        if numbers is None:
            self._say(self.verdict, (NOTHING,))
            for label in (self.cautions, self.decided, self.order, self.outcome, self.open):
                self._say(label, ())
            return
        flips = numbers.flips
        self.note.setText(f"{NOTE} {band_words(numbers.compare)}")
        self._say(self.cautions, tuple(numbers.compare.get("cautions", ())))
        self._say(self.verdict, numbers.verdict)
        self._say(self.decided, decision_words(flips, names, plans) if flips.decisions else ())
        self._say(self.order, order_words(flips, names, plans))
        self._say(self.outcome, outcome_words(flips, names, plans))
        self._say(self.open, open_words(flips, names, plans))

    def _say(self, label: QLabel, lines: Sequence[str]) -> None:
        label.setText("\n".join(f"• {x}" for x in lines) if len(lines) > 1 else "".join(lines))
        label.setVisible(bool(lines))
        label.property("head").setVisible(bool(lines))
