"""Rows of measures: what, value, and the remark that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from surgitwin.report.data import Fact
from surgitwin.viewer.theme import set_role

NOT_VERIFIED = "not given to a digit"
ESTIMATED = "proposed, not confirmed"


class FactsTable(QWidget):
    """Two columns that wrap; remarks stand small below their value. Labels are used again."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel, QLabel]] = []
        self.facts: tuple[Fact, ...] = ()

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these rows in place of the former ones."""
        self.facts = tuple(facts)
        while len(self._rows) < len(self.facts):
            self._rows.append(self._row(len(self._rows)))
        for n, (title, value, remark) in enumerate(self._rows):
            fact = self.facts[n] if n < len(self.facts) else None
            for label in (title, value):
                label.setVisible(fact is not None)
            remark.setVisible(fact is not None and bool(fact.source))
            if fact is not None:
                title.setText(fact.name)
                value.setText(_units(fact.value))
                remark.setText(_units(fact.source))
                marked = fact.estimated or not fact.verified
                set_role(value, "warning" if marked else "figures")
                tip = ESTIMATED if fact.estimated else "" if fact.verified else NOT_VERIFIED
                value.setToolTip(tip)

    def _row(self, n: int) -> tuple[QLabel, QLabel, QLabel]:
        labels = QLabel(self), QLabel(self), QLabel(self)
        for label in labels:
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        set_role(labels[0], "muted")
        set_role(labels[2], "small")
        labels[1].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        labels[0].setFixedWidth(124)
        self._grid.addWidget(labels[0], 2 * n, 0, 2, 1)
        self._grid.addWidget(labels[1], 2 * n, 1)
        self._grid.addWidget(labels[2], 2 * n + 1, 1)
        return labels


def _units(text: str) -> str:
    """Areas and volumes as people write them."""
    return text.replace("mm2", "mm²").replace("mm3", "mm³")
