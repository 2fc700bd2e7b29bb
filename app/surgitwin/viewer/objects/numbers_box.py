"""The numbers of the chosen object, measured in a worker, and what must be known of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.case import Case
from surgitwin.planning.objects.checks import numbers_of
from surgitwin.planning.objects.measure import ObjectNumbers
from surgitwin.planning.objects.pose import place_note
from surgitwin.planning.objects.record import OwnObject
from surgitwin.planning.objects.words import remarks
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.objects.numbers_table import NumbersTable
from surgitwin.viewer.theme import set_role

Measured = tuple[OwnObject, ObjectNumbers, str, dict[str, Any]]
"""What was measured, its numbers, what is odd about its place, the memory of its case."""


class NumbersBox(QWidget):
    """What is shown is never of another place: it is emptied while the object is measured again."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.said = NumbersTable(self), QLabel(self)
        self.said.setObjectName("objectSaid")
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.said, "warning")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.said)
        self._measuring = Latest(desk, self._failed)
        self._own: OwnObject | None = None
        self._memory: dict[str, Any] = {}  # borders of segments, taken along from one place to the next
        self.closed = False
        """Set when the dialog is closed: what is still measured is not shown."""

    def show_object(self, case: Case, own: OwnObject | None) -> None:
        """Measure it where it lies in `case` now; None: nothing is shown."""
        self._own = own
        self.table.show_numbers(None)
        self.table.setVisible(own is not None and not own.fault)
        self._say("" if own is None else "Measuring ...")
        if own is not None:
            case.memory.update({k: v for k, v in self._memory.items() if k not in case.memory})
            self._measuring.ask(partial(_measure, case, own), self._measured)

    def _measured(self, answer: Measured) -> None:
        own, found, place, self._memory = answer
        if not self.closed and self._own == own:
            self.table.show_numbers(found)
            self._say("\n".join([*own.notes, *([place] if place else []), *remarks(found)]))

    def _failed(self, error: SurgiTwinError) -> None:
        if not self.closed:
            self._say(f"{error.message} {error.hint}")

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))


def _measure(case: Case, own: OwnObject) -> Measured:
    """For the worker."""
    return own, numbers_of(case, own), place_note(own, case.volume.grid, next_step=False), case.memory
