"""What no image tells: the procedure's questions about the patient."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from surgitwin.planning.vessels.answers import KEY, answered, answers_of, questions_of
from surgitwin.procedures.vessel import Question
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.theme import set_role

OPEN = "Not answered"


class QuestionsBox(QWidget):
    """One choice a question; every answer is an undo step."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        self._desk, self._session = desk, desk.session
        self.choices: dict[str, QComboBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.questions = questions_of(self._session.case)
        for question in self.questions:
            self._add(column, question)
        self.refresh()

    def _add(self, column: QVBoxLayout, question: Question) -> None:
        title, why, choice = QLabel(question.title, self), QLabel(question.why, self), QComboBox(self)
        for label in (title, why):
            label.setWordWrap(True)
        set_role(why, "small")
        choice.setObjectName(f"answer_{question.id}")
        choice.setAccessibleName(question.title)
        choice.addItem(OPEN, "")
        for words in question.choices:
            choice.addItem(words[:1].upper() + words[1:], words)
        choice.setToolTip(question.why)
        choice.activated.connect(partial(self._answer, question))
        for part in (title, choice, why):
            column.addWidget(part)
        self.choices[question.id] = choice

    @property
    def open(self) -> int:
        """How many questions are not answered."""
        known = answers_of(self._session.case)
        return sum(1 for q in self.questions if q.id not in known)

    def refresh(self) -> None:
        """The answers as the case has them."""
        known = answers_of(self._session.case)
        for name, choice in self.choices.items():
            choice.setCurrentIndex(max(choice.findData(known.get(name, "")), 0))
            choice.setEnabled(not self._session.read_only)

    def _answer(self, question: Question, _n: int) -> None:
        value = str(self.choices[question.id].currentData())
        case = self._session.case
        if value == answers_of(case).get(question.id, ""):
            return
        words = f"Answer: {question.title.rstrip('?').lower()}"
        self._desk.attempt(
            lambda: self._session.edit(words, state={KEY: answered(case, {question.id: value})})
        )
