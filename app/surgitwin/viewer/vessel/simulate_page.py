"""The Simulate page of a vessel case: which plans to deploy, at which level, how long it takes."""

from __future__ import annotations

import os

from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.estimate import words
from surgitwin.planning.settings import read_settings
from surgitwin.planning.titles import plan_title
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.job_center import Job
from surgitwin.viewer.pages.jobs_page import JobsPage
from surgitwin.viewer.theme import set_role, themes
from surgitwin.viewer.vessel.deploy_table import DeployTable
from surgitwin.viewer.vessel.level_box import LevelBox
from surgitwin.viewer.vessel.levels import (
    LevelState,
    expected_s,
    level_states,
    time_words,
)


class VesselSimulatePage(JobsPage):
    """Panel: level, what is ticked, time. Centre: the table of plans and levels."""

    step, title = "simulate", "Simulate"

    topics = frozenset({"plans", "results", "failures", KEY, "answers"})

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, self.deploy_missing, parent)
        self.states: dict[tuple[str, str], LevelState] = {}
        self._build_panel()
        self._build_centre()
        themes().changed.connect(self.refresh)
        for part in (self, self.centre):
            assert part is not None
            set_topic(part, "deploy")
        self.refresh()

    def _build_panel(self) -> None:
        column = QVBoxLayout(self)
        self.levels = LevelBox(self)
        self.levels.changed.connect(self._level_changed)
        self.chosen = QLabel("", self)
        self.chosen.setObjectName("chosenWords")
        self.chosen.setWordWrap(True)
        self.run = self._button("Deploy selected", "runSelected", "play")
        set_role(self.run, "primary")
        self.all = self._button("Select what is missing", "selectMissing", "")
        self.stop = self._button("Cancel all", "cancelAll", "cancel")
        self.compare = self._button("Compare the results", "toCompare", "")
        set_role(self.compare, "link")
        self.run.clicked.connect(lambda _on: self.deploy_selected())
        self.all.clicked.connect(lambda _on: self._select_missing())
        self.stop.clicked.connect(lambda _on: self._jobs.cancel_all())
        self.compare.clicked.connect(lambda _on: self.desk.go_to("compare"))
        for widget in (self.levels, self.chosen, self.run, self.all, self.stop, self.compare):
            column.addWidget(widget)
        column.addStretch(1)

    def _button(self, text: str, name: str, mark: str) -> QPushButton:
        out = QPushButton(text, self)
        out.setObjectName(name)
        if mark:
            set_icon(out, mark, "on_accent" if mark == "play" else "text")
        return out

    def _build_centre(self) -> None:
        self.centre = QWidget()
        self.centre.setObjectName("simulateCentre")
        self.head = QLabel("", self.centre)
        self.head.setObjectName("simulateHead")
        self.head.setWordWrap(True)
        set_role(self.head, "title")
        self.words = QLabel("", self.centre)
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        self.table = DeployTable(self.centre)
        self.table.ticked.connect(self._ticked)
        column = QVBoxLayout(self.centre)
        for widget in (self.head, self.words):
            column.addWidget(widget)
        column.addWidget(self.table, 1)

    # ---- what is shown ------------------------------------------------------------------------------

    def entered(self) -> None:
        """Select what is missing, unless the user has chosen."""
        self.refresh()
        if not self._touched and not self._jobs.busy:
            self._select_missing()

    def release(self) -> None:
        """Stop listening."""
        themes().changed.disconnect(self.refresh)
        super().release()

    @property
    def level(self) -> str:
        """The chosen level."""
        return self.levels.level

    @property
    def ticks(self) -> list[str]:
        """Plans that are ticked."""
        return self.table.ticks

    def refresh(self) -> None:
        """Everything from the case and the jobs as they are now."""
        case = self._session.case
        plans = case.plans()
        ready = bool(case.state.get(KEY)) and bool(plans)
        self.head.setText("Deploy the devices" if ready else "There is no plan to deploy yet.")
        self.words.setText(
            "Tick plans and choose a level. Plans can be changed while it runs: a result that no longer "
            "belongs to its plan comes back marked out of date."
            if ready
            else "Make plans first (step Plans)."
        )
        self.table.setVisible(ready)
        self.states = level_states(case) if ready else {}
        titles = {name: plan_title(plan) for name, plan in plans.items()} if ready else {}
        self.table.show_plans(titles, self.states, self._job_of)
        self._show_choice()

    def _job_of(self, one: LevelState) -> Job | None:
        """The latest job that deploys this plan at this level."""
        for job in reversed(self._jobs.jobs):
            plans = job.arguments.get("plans")
            same = job.kind == "solve" and job.arguments.get("level", "L1") == one.level
            if same and (plans is None or one.plan in plans):
                return job
        return None

    def _show_choice(self) -> None:
        locked = f"{self._session.case.name} is open for reading only." if self._session.read_only else ""
        ticks = self.ticks
        why = locked or ("" if ticks else "Tick a plan first.")
        self.run.setEnabled(not why)
        self.run.setToolTip(why)
        plural = "s" if len(ticks) != 1 else ""
        self.run.setText(f"Deploy {len(ticks)} plan{plural} at {self.level}" if ticks else "Deploy selected")
        self.stop.setVisible(self._jobs.busy)
        done = {s.plan for s in self.states.values() if s.state == "current"}
        self.compare.setVisible(len(done) > 1)
        self.chosen.setText(self._choice_words(ticks))

    def _choice_words(self, ticks: list[str]) -> str:
        if self._jobs.busy:
            left = self._jobs.left_s()
            return "Deploying" + (f", about {words(left)} left." if left is not None else ".")
        if not ticks:
            return "Nothing is selected."
        return f"{len(ticks)} selected: {time_words(self._expected(ticks), self.level)}."

    def _expected(self, ticks: list[str]) -> float | None:
        at_once = read_settings().cores or os.cpu_count() or 1
        return expected_s(list(self.states.values()), self.level, len(ticks), at_once)

    # ---- choosing and running -----------------------------------------------------------------------

    def _ticked(self) -> None:
        self._touched = True
        self._show_choice()

    def _level_changed(self) -> None:
        if not self._touched:
            self._select_missing()
        self._show_choice()

    def _select_missing(self) -> None:
        """Tick every plan without a current result at the chosen level."""
        wanted = [p for (p, level), s in self.states.items() if level == self.level and s.state != "current"]
        self.table.set_ticks(wanted)
        self._touched = False
        self._show_choice()

    def deploy_selected(self) -> None:
        """Queue what is ticked as one job: neighbours start from each other."""
        ticks = self.ticks
        if not ticks or self._session.read_only:
            self.desk.say(self.run.toolTip())
            return
        many = f"{len(ticks)} plans" if len(ticks) > 1 else f"plan {ticks[0]}"
        arguments = {"plans": ticks, "level": self.level}
        started = self._jobs.start(
            "solve", arguments, f"Deploy {many} at {self.level}", self._expected(ticks)
        )
        if started is not None:
            self._touched = False
            self.refresh()

    def deploy_missing(self) -> None:
        """Queue every plan without a current result at L1."""
        self.levels.choose("L1")
        self.refresh()
        self._select_missing()
        if self.ticks:
            self.deploy_selected()
        else:
            self.desk.say("Every plan is deployed already.")
