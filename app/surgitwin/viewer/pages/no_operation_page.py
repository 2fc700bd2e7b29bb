"""The steps after Anatomy of a case about other anatomy: they say that nothing is planned on it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from surgitwin.planning.sites.general_steps import NO_OPERATION
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.widgets.empty_state import EmptyState


class NoOperationPage(Page):
    """One sentence, and the way back to the anatomy."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.empty = EmptyState("anatomy", NO_OPERATION, self, compact=True)
        self.empty.add_button("Back to the anatomy", lambda: desk.go_to("anatomy"))
        column = QVBoxLayout(self)
        column.addWidget(self.empty)


class NoPlansPage(NoOperationPage):
    """In place of the plans."""

    step, title = "plans", "Plans"


class NoSimulationPage(NoOperationPage):
    """In place of the simulation."""

    step, title = "simulate", "Simulate"


class NoComparisonPage(NoOperationPage):
    """In place of the comparison."""

    step, title = "compare", "Compare"
