"""The Plans page of a vessel case: list, proposal, device sliders, checks, numbers from geometry."""

from __future__ import annotations

from functools import partial
from typing import cast

from PySide6.QtWidgets import QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from surgitwin.planning.site import SITES, site_of
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.procedures.registry import vessel_procedure
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.objects.entry import objects_button
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.plans.checks import PlanChecks
from surgitwin.viewer.plans.operative_table import OperativeTable
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.aim_box import AimBox
from surgitwin.viewer.vessel.bench import Looked, VesselBench
from surgitwin.viewer.vessel.facts_table import FactsTable
from surgitwin.viewer.vessel.knobs_box import KnobsBox
from surgitwin.viewer.vessel.metric_rows import metric_facts
from surgitwin.viewer.vessel.plan_list import VesselPlanList
from surgitwin.viewer.vessel.propose_dialog import ProposeDialog
from surgitwin.viewer.widgets.empty_state import EmptyState
from surgitwin.viewer.widgets.fold import Fold


class VesselPlansPage(Page):
    """Everything that makes a plan; the views show the device of the plan in hand."""

    step, title = "plans", "Plans"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        assert desk.session is not None
        assert desk.vessel is not None
        self.bench, self.place = VesselBench(desk, self), desk.vessel
        self._session = desk.session
        self.procedure = vessel_procedure(SITES[site_of(self._session.case)].procedure)
        self._definitions = {d.id: d for d in self.procedure.metric_definitions()}
        self.work, self.blocked = self._work(), self._blocked()
        set_topic(self, "device")
        self.stack = QStackedLayout()
        self.stack.addWidget(self.blocked)
        self.stack.addWidget(self.work)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addLayout(self.stack, 1)
        self.bench.list_changed.connect(self.refresh)
        self.bench.plan_changed.connect(self._summaries)
        self.bench.looked.connect(self._show_looked)
        self.place.changed.connect(self._place_changed)
        self.refresh()

    def _blocked(self) -> QWidget:
        out = EmptyState("vessel", "Plans need the measured vessel.", self)
        out.add_button("To the anatomy", lambda: self.desk.go_to("anatomy"), primary=True)
        return out

    def _work(self) -> QWidget:
        out = QWidget(self)
        self.plans = VesselPlanList(self.bench, out)
        self.checks = PlanChecks(cast(PlanBench, self.bench), out)
        self.knobs, self.facts = KnobsBox(self.bench, out), FactsTable("sizingFacts", out)
        self.aim = AimBox(self.place, out)
        self.operative = OperativeTable(cast(PlanBench, self.bench), out)
        self.propose = QPushButton("Propose plans ...", out)
        self.propose.setObjectName("propose")
        set_icon(self.propose, "propose", "on_accent")
        set_role(self.propose, "primary")
        self.propose.clicked.connect(lambda _on: self.ask_proposal())
        self.told = QLabel(out)
        self.told.setWordWrap(True)
        set_role(self.told, "small")
        self.to_simulate = QPushButton("On to the deployment", out)
        set_role(self.to_simulate, "link")
        self.to_simulate.clicked.connect(lambda _on: self.desk.go_to("simulate"))
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.folds: dict[str, Fold] = {}
        for key, heading, parts, is_open in (
            ("plans", "Plans", (self.plans, self.propose, self.told, objects_button(self.desk, out)), True),
            ("device", "Device", (self.knobs,), True),
            ("checks", "Checks", (self.checks,), True),
            ("sizing", "Sizing (L0, geometry)", (self.facts,), True),
            ("views", "Views", (self.aim,), False),
            ("operative", "Operative list", (self.operative,), False),
        ):
            fold = Fold(heading, out, name=f"fold_{key}", open_=is_open)
            for part in parts:
                fold.column.addWidget(part)
            self.folds[key] = fold
            column.addWidget(fold)
        column.addWidget(self.to_simulate)
        column.addStretch(1)
        self.checks.summed.connect(self.folds["checks"].set_summary)
        return out

    # ---- following ----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """What the boxes do not show themselves."""
        state = self._session.case.state
        ready = bool(state.get(KEY))
        self.stack.setCurrentWidget(self.work if ready else self.blocked)
        why = "The case is open for reading only: another window holds it." if self._session.read_only else ""
        self.propose.setEnabled(not why)
        self.propose.setToolTip(why or "Sizes and places that fit, to be compared with each other")
        notes = [str(n) for n in state.get("proposal_notes") or ()]
        self.told.setText("\n".join(notes))
        self.told.setVisible(bool(notes))
        self._summaries()

    def _summaries(self) -> None:
        count = len(self._session.case.plans())
        self.folds["plans"].set_summary(self.desk.active_plan or ("none chosen" if count else "none yet"))
        for key in ("device", "checks", "sizing", "operative"):
            self.folds[key].setVisible(self.bench.plan is not None)
        self.to_simulate.setVisible(bool(count))

    def _show_looked(self, seen: Looked | None) -> None:
        self.facts.show_facts(() if seen is None else metric_facts(seen.metrics, self._definitions))

    def _place_changed(self) -> None:
        self.aim.refresh()
        self.bench.look()

    # ---- page ---------------------------------------------------------------------------------------

    def ask_proposal(self) -> None:
        """The options of the procedure, then a job."""
        dialog = ProposeDialog(self.procedure, self)
        dialog.accepted.connect(partial(self._start, dialog))
        dialog.open()

    def _start(self, dialog: ProposeDialog) -> None:
        jobs = self.desk.jobs
        if jobs is not None:
            arguments = {"procedure": self.procedure.name, "options": dialog.options}
            self.desk.attempt(lambda: jobs.start("propose", arguments, "Propose plans"))

    def entered(self) -> None:
        """Show the device."""
        self.place.show_plan(True)
        self.bench.wake()
        self.refresh()

    def left(self) -> None:
        """Keep what was typed; stop following."""
        self.plans.keep_notes()
        self.bench.sleep()

    def release(self) -> None:
        """Stop listening and computing."""
        self.place.changed.disconnect(self._place_changed)
        self.aim.release()
        self.knobs.release()
        self.bench.release()
