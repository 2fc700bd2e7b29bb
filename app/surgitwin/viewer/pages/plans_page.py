"""The Plans page: side, list of plans, fracture, implant, place, screws, checks, operative list."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from surgitwin.planning.freshness import mesh_current
from surgitwin.planning.plans.side_check import side_check
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.objects.entry import objects_button
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.plans.checks import PlanChecks
from surgitwin.viewer.plans.fracture_box import FractureBox
from surgitwin.viewer.plans.implant_box import ImplantBox
from surgitwin.viewer.plans.operative_table import OperativeTable
from surgitwin.viewer.plans.placement_box import PlacementBox
from surgitwin.viewer.plans.plan_list import PlanList
from surgitwin.viewer.plans.propose_box import ask_proposal
from surgitwin.viewer.plans.screw_table import ScrewTable
from surgitwin.viewer.simulating.contact_box import ContactBox
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.empty_state import EmptyState
from surgitwin.viewer.widgets.fold import Fold
from surgitwin.viewer.widgets.hand_tools import HandTools

SIDE_ROLES = {"unsure": "warning", "contradicts": "error"}


class PlansPage(Page):
    """Everything that makes a plan; the views show the plan in hand."""

    step, title = "plans", "Plans"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        assert desk.session is not None
        self.bench = PlanBench(desk, self)
        self.side, self.side_words = QLabel(self), QLabel(self)
        self.side.setObjectName("plan_side")
        self.side.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_role(self.side, "title")
        self.side_words.setWordWrap(True)
        self.work, self.blocked = self._work(), self._blocked()
        self.stack = QStackedLayout()
        self.stack.addWidget(self.blocked)
        self.stack.addWidget(self.work)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addLayout(self.stack, 1)
        self.bench.list_changed.connect(self.refresh)
        self.bench.plan_changed.connect(self._summaries)
        self.refresh()

    def _blocked(self) -> QWidget:
        out = EmptyState("plans", "Plans need the bone measured and meshed.", self)
        out.add_button(
            "Measure and mesh the bone",
            lambda: self.desk.mend("prepare"),
            primary=True,
            tip="Takes about a minute; you can go on looking meanwhile",
        )
        return out

    def _work(self) -> QWidget:
        bench = self.bench
        out = QWidget(self)
        self.plans, self.checks = PlanList(bench, out), PlanChecks(bench, out)
        self.fracture, self.implant = FractureBox(bench, out), ImplantBox(bench, out)
        self.placement, self.screws = PlacementBox(bench, out), ScrewTable(bench, out)
        self.contact = ContactBox(bench, out)
        self.operative, self.hands = OperativeTable(bench, out), HandTools(bench, out)
        self.propose = QPushButton("Propose plans ...", out)
        self.propose.setObjectName("propose")
        set_icon(self.propose, "propose", "on_accent")
        set_role(self.propose, "primary")
        self.propose.clicked.connect(lambda: ask_proposal(bench, self))
        self.to_reduce = QPushButton("Displaced? Put the fragment back first", out)
        self.to_reduce.setToolTip("On the page Anatomy: the bone is then measured and meshed as reduced")
        set_role(self.to_reduce, "link")
        self.to_reduce.clicked.connect(lambda: self.desk.go_to("anatomy"))
        self.told = QLabel(out)
        self.told.setWordWrap(True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.told, "small")
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        banner = QFrame(out)
        set_role(banner, "card")
        rows = QVBoxLayout(banner)
        rows.setContentsMargins(6, 3, 6, 3)
        rows.addWidget(self.side)
        rows.addWidget(self.side_words)
        column.addWidget(banner)
        self.folds: dict[str, Fold] = {}
        for key, heading, parts, is_open in (
            ("plans", "Plans", (self.plans, self.propose, self.told), True),
            ("checks", "Checks", (self.checks,), True),
            ("implant", "Implant", (self.implant, objects_button(self.desk, out)), True),
            ("placement", "Place and turn", (self.hands, self.placement), True),
            ("screws", "Screws", (self.screws,), False),
            ("contact", "How it touches the bone", (self.contact,), False),
            ("fracture", "Fracture", (self.fracture, self.to_reduce), False),
            ("operative", "Operative list", (self.operative,), False),
        ):
            fold = Fold(heading, out, name=f"fold_{key}", open_=is_open)
            for part in parts:
                fold.column.addWidget(part)
            self.folds[key] = fold
            column.addWidget(fold)
        column.addStretch(1)
        self.checks.summed.connect(self.folds["checks"].set_summary)
        return out

    def refresh(self) -> None:
        """What the boxes do not show themselves: side, summaries, notes of the proposal."""
        case, plan = self.bench.session.case, self.bench.plan
        ready = bool(case.state.get("anatomy")) and bool(case.state.get("mesh"))
        self.stack.setCurrentWidget(self.work if ready else self.blocked)
        if not ready:
            return
        found = side_check(case.anatomy, plan)
        self.side.setText(found.title)
        self.side_words.setText(found.text)
        plain = found.state == "agrees"
        set_role(self.side, "title" if plain else SIDE_ROLES[found.state])
        set_role(self.side_words, "muted" if plain else SIDE_ROLES[found.state])
        why = "" if not self.bench.session.read_only else self.bench.why_not()
        if not why and not mesh_current(case):
            why = "The segments changed: measure and mesh the bone again (step Anatomy)."
        self.propose.setEnabled(not why)
        self.propose.setToolTip(why or "One plan with a plate and one with a nail, the best that fit")
        notes = [str(n) for n in case.state.get("proposal_notes") or ()]
        self.told.setText("\n".join(notes))
        self.told.setVisible(bool(notes))
        self._summaries()

    def _summaries(self) -> None:
        if self.stack.currentWidget() is not self.work:
            return
        plan = self.bench.plan
        implants = () if plan is None else plan.implants
        screws = sum(len(i.parameters["lengths_mm"]) for i in implants)
        self.folds["plans"].set_summary(self.desk.active_plan or "none chosen")
        self.folds["implant"].set_summary("" if implants else "none yet")
        self.folds["screws"].set_summary(f"{screws} screws" if screws else "none")
        fracture = None if plan is None else plan.fracture
        words = "none"
        if fracture is not None:
            words = f"{'virtual, ' if fracture.virtual else ''}gap {fracture.gap_mm:g} mm"
        self.folds["fracture"].set_summary(words)
        self.folds["contact"].set_summary(self.contact.summary())

    def entered(self) -> None:
        """Prepare the bone and check."""
        self.bench.wake()

    def left(self) -> None:
        """Keep what was typed; stop following."""
        self.plans.keep_notes()
        self.implant.release()
        self.hands.put_away()
        self.bench.sleep()

    def release(self) -> None:
        """Stop listening and computing."""
        self.implant.release()
        self.hands.release()
        self.bench.release()
