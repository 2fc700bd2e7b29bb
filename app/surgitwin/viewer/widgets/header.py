"""The header: side large, case, what must always be seen, and that it is not for clinical use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QPushButton, QSizePolicy, QWidget

from surgitwin.planning.case import Case
from surgitwin.planning.plans.reduction import reduction_notes
from surgitwin.planning.site import BONE, SITES, site_of
from surgitwin.planning.sites.general_steps import NO_OPERATION
from surgitwin.planning.sites.work import work_of
from surgitwin.planning.solving.results import stale_reasons
from surgitwin.scene.page import NOTICE
from surgitwin.viewer.theme import set_role

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


def _stale_notes(case: Case) -> list[str]:
    """One line for every plan whose result no longer counts."""
    reasons = {name: stale_reasons(case, name) for name in case.plans()}
    return [f"Plan {n} is out of date: {'; '.join(r)}. Simulate it again." for n, r in reasons.items() if r]


class Header(QWidget):
    """Call `refresh` whenever the case or the plan in hand changed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._notes: tuple[str, ...] = ()
        self.side, self.case_name, self.line = QLabel("", self), QLabel("", self), QLabel("", self)
        for label, name in ((self.side, "side"), (self.case_name, "caseName"), (self.line, "noticeLine")):
            label.setObjectName(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setWordWrap(True)
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.notes = QPushButton("", self)
        self.notes.setObjectName("notes")
        self.notes.clicked.connect(self._open_notes)
        notice = QLabel(NOTICE.upper(), self)
        notice.setObjectName("notice")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.side)
        row.addWidget(self.case_name)
        row.addWidget(self.line, 1)
        row.addWidget(self.notes)
        row.addWidget(notice)
        desk.active_plan_changed.connect(lambda _name: self.refresh())

    def refresh(self) -> None:
        """Everything from the session as it is now."""
        session = self._desk.session
        self.side.setVisible(session is not None)
        self.notes.setVisible(False)
        if session is None:
            self.case_name.setText("No case is open")
            self.line.setText("")
            return
        case = session.case
        unsaved = "  (not saved)" if session.dirty else ""
        self.case_name.setText(f"{case.name}{'  (read only)' if session.read_only else unsaved}")
        anatomy = case.state.get("anatomy")
        if site_of(case) != BONE:
            self._show_site(case)
            return
        self.side.setText(str(anatomy["side"]).upper() if anatomy else "SIDE ?")
        self.side.setToolTip(
            f"Worked out from the anatomy: {anatomy['side_confidence']}"
            if anatomy
            else "The side is not known yet: segment the bone first."
        )
        first = []
        plan = self._desk.plan
        if plan is not None and plan.fracture is not None and plan.fracture.virtual:
            first.append("VIRTUAL FRACTURE: made by the planner, not seen in the image.")
        self.line.setText("\n".join(first))
        set_role(self.line, "warning")
        found = ((anatomy or {}).get("warnings", ()), reduction_notes(case.state), _stale_notes(case))
        self._show_notes(tuple(note for notes in found for note in notes))

    def _show_site(self, case: Case) -> None:
        """A vessel or other anatomy has no side: what it is stands there."""
        work, words = work_of(case), SITES[site_of(case)].title
        self.side.setText(words.upper())
        self.side.setToolTip(f"This case plans on the {words.lower()}" if work.operates else NO_OPERATION)
        self.line.setText("")
        self._show_notes(tuple(work.notes(case)))

    def _show_notes(self, notes: tuple[str, ...]) -> None:
        self._notes = notes
        self.notes.setVisible(bool(self._notes))
        self.notes.setText(f"{len(self._notes)} note{'s' if len(self._notes) != 1 else ''} ...")
        self.notes.setToolTip("\n".join(self._notes))

    def _open_notes(self) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Warning, "Notes on this case", "\n\n".join(self._notes), parent=self.window()
        )
        box.setObjectName("notesBox")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
