"""What the boxes of every Plans page call: the plan in hand, one undo step a change, its checks."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.plan import Plan
from surgitwin.planning.plans.names import NOTES, PlansEdit
from surgitwin.procedures.base import Finding
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest

SOON_MS = 150
"""How long the list of plans waits for further changes (setting of the screen)."""


class PlanHand(QObject):
    """Base of the benches; they follow the case in `_changed` and `_activated`, and check in a worker.

    checked: findings of the plan in hand. ready_changed: whether plans can follow the anatomy.
    """

    plan_changed = Signal()
    list_changed = Signal()
    checked = Signal(object)
    ready_changed = Signal(bool)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        self.desk, self.session = desk, desk.session
        self.findings: tuple[Finding, ...] = ()
        self._awake = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._tell_list)
        self._fitting = Latest(self, desk.say_error)
        self.session.changed.connect(self._changed)
        desk.active_plan_changed.connect(self._activated)

    @property
    def plan(self) -> Plan | None:
        """The plan in hand."""
        return self.desk.plan

    def why_no_plan(self) -> str:
        """Why nothing can be changed in any plan now, "" when it can."""
        if self.session.read_only:
            return "The case is open for reading only: another window holds it."
        return "Make or choose a plan first." if self.plan is None else ""

    def apply(self, edit: PlansEdit) -> None:
        """One undo step on the list of plans and their notes; the plan that it names is taken in hand."""
        state = {} if edit.notes == (self.session.case.state.get(NOTES) or {}) else {NOTES: dict(edit.notes)}
        self.session.edit(edit.title, state=state, plans=edit.plans)
        self.desk.set_active_plan(edit.active)

    def end_step(self) -> None:
        """What was typed or dragged is complete: the next change is a step of its own."""
        self.session.end_merge()

    def sleep(self) -> None:
        """The page is not shown: nothing needs to be followed."""
        self._awake = False

    def release(self) -> None:
        """Stop listening and computing."""
        self.session.changed.disconnect(self._changed)
        self.desk.active_plan_changed.disconnect(self._activated)
        self._soon.stop()
        self._fitting.stop()

    def _refused(self, error: SurgiTwinError) -> None:
        """The anatomy allows no such change: boxes show the plan as it is."""
        self.desk.say_error(error)
        self.plan_changed.emit()

    def _tell_list(self) -> None:
        self.list_changed.emit()

    def _changed(self, topics: frozenset[str]) -> None:
        """The case changed."""

    def _activated(self, name: str) -> None:
        """Another plan is in hand."""
