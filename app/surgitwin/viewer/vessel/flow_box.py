"""Flow and FFR of an artery: the 0D answer at once, the 3D one as a background job."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.titles import short_title
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.job_center import Job
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.facts_table import FactsTable
from surgitwin.viewer.vessel.flow_model import (
    FLOW,
    MASS,
    TABLE,
    FlowSeen,
    FlowWish,
    flow_facts,
    flow_notes,
    read_flow,
    vessel_choices,
)
from surgitwin.viewer.widgets.number import Number

KIND = "flow"
ENTERED = {
    FLOW: ("Flow at rest", "mL/min", 1.0, 2000.0, 350.0, "Mean flow through the inlet at rest"),
    MASS: ("Myocardium", "g", 1.0, 400.0, 60.0, "Mass of the myocardium that the vessel supplies"),
}
"""Words, unit, ends of the slider, where it begins (display only), and the tip."""
JOB_SIGNALS = ("queued", "started", "progressed", "finished", "failed", "cancelled")


class FlowBox(QWidget):
    """`show_plans` gives the plans whose deployed lumen is known."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        assert desk.jobs is not None
        self.setObjectName("flowBox")
        self._desk, self._session, self._jobs = desk, desk.session, desk.jobs
        self._plans: tuple[str, ...] = ()
        self.seen: FlowSeen | None = None
        self._reader = Latest(self, self._refused)
        self._build()
        for signal in JOB_SIGNALS:
            getattr(self._jobs, signal).connect(self._job_changed)
        set_topic(self, "flow")
        self._show_choice()

    def _build(self) -> None:
        self.vessel, self.source = QComboBox(self), QComboBox(self)
        for box, name, words in (
            (self.vessel, "flowVessel", "Which vessel it is"),
            (self.source, "flowSource", "Where the flow at rest comes from"),
        ):
            box.setObjectName(name)
            box.setAccessibleName(words)
            box.setToolTip(words)
        for key, words in vessel_choices():
            self.vessel.addItem(words, key)
        for key, words in (
            (TABLE, "Flow from the table"),
            (FLOW, "Flow entered"),
            (MASS, "Flow from the myocardium"),
        ):
            self.source.addItem(words, key)
        self.numbers = {}
        for key, (words, unit, low, high, start, tip) in ENTERED.items():
            self.numbers[key] = Number(words, unit, low, high, start, self, tip=tip)
            self.numbers[key].setObjectName(f"flow_{key}")
        self.asks, self.notes, self.progress = QLabel(self), QLabel(self), QProgressBar(self)
        for label, role in ((self.asks, "warning"), (self.notes, "small")):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            set_role(label, role)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts = FactsTable("flowFacts", self)
        self.solve, self.cancel = QPushButton("Compute in 3D", self), QPushButton("Cancel", self)
        self.solve.setObjectName("flowSolve")
        self.cancel.setObjectName("flowCancel")
        set_icon(self.solve, "simulate")
        set_icon(self.cancel, "cancel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (
            self.vessel, self.source, *self.numbers.values(), self.asks, self.facts, self.solve,
            self.progress, self.cancel, self.notes,
        ):  # fmt: skip
            column.addWidget(widget)
        self.vessel.activated.connect(lambda _n: self.read())
        self.source.activated.connect(lambda _n: self.read())
        for number in self.numbers.values():
            number.changed.connect(lambda _value: self.read())
        self.solve.clicked.connect(lambda _on: self.solve_3d())
        self.cancel.clicked.connect(lambda _on: self._cancel())

    @property
    def wish(self) -> FlowWish:
        """What is chosen."""
        source = str(self.source.currentData())
        entered = self.numbers[source].field.value() if source in self.numbers else None
        vessel = self.vessel.currentData()
        return FlowWish(vessel, entered if source == FLOW else None, entered if source == MASS else None)

    def show_plans(self, names: Sequence[str]) -> None:
        """Deployed plans, whose flow is shown after the one of the vessel as it is."""
        self._plans = tuple(names)
        self.read()

    def read(self) -> None:
        """The 0D answers anew, in a worker."""
        self._show_choice()
        self._reader.ask(partial(read_flow, self._session.case, self._plans, self.wish), self._arrived)

    def _arrived(self, seen: FlowSeen) -> None:
        self.seen = seen
        plans = self._session.case.plans()
        titles = {name: short_title(plan) for name, plan in plans.items()}
        self.facts.show_facts(flow_facts(seen.rows, titles))
        self.notes.setText("\n".join(flow_notes(seen.rows)))
        self._show_choice()

    def _refused(self, error: SurgiTwinError) -> None:
        """The inputs allow no answer: said in the box, where they are changed."""
        self.seen = None
        self.facts.show_facts(())
        self.notes.setText(f"{error.message} {error.hint}")
        self._show_choice()

    def _show_choice(self) -> None:
        source = str(self.source.currentData())
        for key, box in self.numbers.items():
            box.setVisible(key == source)
        self.asks.setText(self.wish.missing)
        self.asks.setVisible(bool(self.wish.missing))
        job = self._job
        self.progress.setVisible(job is not None)
        self.cancel.setVisible(job is not None)
        if job is not None:
            self.progress.setRange(0, 100 if job.fraction is not None else 0)
            self.progress.setValue(round(100 * (job.fraction or 0.0)))
            self.progress.setToolTip(job.words)
            self.cancel.setEnabled(job.words != "Stopping")
        left = () if self.seen is None else self.seen.missing_3d
        self.solve.setVisible(bool(left) and job is None)
        self.solve.setEnabled(not self._session.read_only)
        self.solve.setText(f"Compute in 3D ({len(left)} lumen{'s' if len(left) > 1 else ''}, minutes each)")

    # ---- 3D -----------------------------------------------------------------------------------------

    @property
    def _job(self) -> Job | None:
        return next((j for j in self._jobs.jobs if j.kind == KIND and not j.over), None)

    def solve_3d(self) -> None:
        """Queue what is missing as one job."""
        if self.seen is None or self._job is not None:
            return
        arguments = {"plans": list(self._plans), **self.wish.arguments}
        self._jobs.start(KIND, arguments, "Flow in 3D")

    def _cancel(self) -> None:
        job = self._job
        if job is not None:
            self._jobs.cancel(job)

    def _job_changed(self, job: Job) -> None:
        if job.kind != KIND:
            return
        if job.over:
            self.read()
        else:
            self._show_choice()

    @property
    def busy(self) -> bool:
        """Whether an answer is worked out."""
        return self._reader.busy

    def release(self) -> None:
        """Stop listening and computing."""
        for signal in JOB_SIGNALS:
            getattr(self._jobs, signal).disconnect(self._job_changed)
        self._reader.stop()
