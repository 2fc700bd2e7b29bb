"""The Simulate page: what to solve, with which inputs, how long it takes; nothing is blocked by it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.case import Case
from surgitwin.planning.estimate import words
from surgitwin.planning.solving.inputs import SolveOptions
from surgitwin.planning.solving.numerics_table import case_checks
from surgitwin.planning.solving.results import INTACT
from surgitwin.planning.solving.simulation import (
    Cell,
    Matrix,
    expected_s,
    job_covers,
    matrix,
    own_schemes,
    ready_words,
)
from surgitwin.planning.solving.simulation_inputs import changed_inputs, input_words
from surgitwin.planning.titles import short_title, stage_words
from surgitwin.planning.uncertainty.cost import study_blocked, study_cost, study_stamp
from surgitwin.viewer.job_center import Job
from surgitwin.viewer.pages.jobs_page import JobsPage
from surgitwin.viewer.simulating.cell import shown_state
from surgitwin.viewer.simulating.inputs import SimulationInputs
from surgitwin.viewer.simulating.numerics_box import NumericsBox
from surgitwin.viewer.simulating.panel import SchemeBox, button, loads_box
from surgitwin.viewer.simulating.study_box import StudyBox
from surgitwin.viewer.simulating.table import SimulationTable
from surgitwin.viewer.theme import set_role

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


class SimulatePage(JobsPage):
    """Panel: inputs, loads, what was chosen and how long it takes. Centre: the table of results."""

    step, title = "simulate", "Simulate"
    topics = frozenset(
        {
            "plans", "results", "studies", "labels", "anatomy", "mesh", "solve_inputs", "body_weight_kg",
            "anatomy_labels",
        }
    )  # fmt: skip

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, self.simulate_missing, parent)
        self._matrix: Matrix | None = None
        self._studied: tuple[Case, object] | None = None
        self._build_panel()
        self._build_centre()
        self.refresh()

    # ---- building -----------------------------------------------------------------------------------

    def _build_panel(self) -> None:
        self.inputs = SimulationInputs(self)
        self.inputs.changed.connect(self._set_inputs)
        self.schemes = SchemeBox(self)
        self.schemes.changed.connect(self.refresh)
        self.chosen = QLabel("", self)
        self.chosen.setObjectName("chosenWords")
        self.chosen.setWordWrap(True)
        self.run = button(self, "Simulate selected", "runSelected", self.simulate_selected)
        set_role(self.run, "primary")
        self.run_stale = button(self, "Simulate all that is out of date", "runStale", self.simulate_stale)
        self.stop = button(self, "Cancel all", "cancelAll", self._jobs.cancel_all)
        self.compare = button(self, "Compare the results", "toCompare", partial(self.desk.go_to, "compare"))
        set_role(self.compare, "link")
        self.studies = StudyBox(self)
        self.studies.asked.connect(self._study)
        column = QVBoxLayout(self)
        for widget in (
            self.chosen, self.run, self.run_stale, self.stop, self.compare, self.inputs, self.studies,
            self.schemes, loads_box(self),
        ):  # fmt: skip
            column.addWidget(widget)
        column.addStretch(1)

    def _build_centre(self) -> None:
        self.centre = QWidget()
        self.centre.setObjectName("simulateCentre")
        self.head = QLabel("", self.centre)
        self.head.setObjectName("simulateHead")
        self.head.setWordWrap(True)
        set_role(self.head, "title")
        self.words = QLabel("", self.centre)
        self.words.setObjectName("simulateWords")
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        self.table = SimulationTable(self.centre)
        self.table.ticks_changed.connect(self._ticked)
        self.table.cancel_asked.connect(self._jobs.cancel)
        self.table.again_asked.connect(self._again)
        column = QVBoxLayout(self.centre)
        column.addWidget(self.head)
        column.addWidget(self.words)
        column.addWidget(self.table, 1)
        self.numerics = NumericsBox(self.centre)
        column.addWidget(self.numerics)

    # ---- what is shown ------------------------------------------------------------------------------

    def entered(self) -> None:
        """Choose what is missing, unless the user has chosen."""
        self.refresh()
        self._preselect()

    def _job_changed(self, job: Job) -> None:
        if not self.isVisible():
            return
        if job.state == "running" and self._matrix is not None and job.kind == "solve":
            for cell in self._matrix.cells:
                if job_covers(job.arguments, cell):
                    self._show_cell(cell)
        if job.state != "running" or job.words in ("Starting", "Stopping"):
            self._refresh_soon()

    def refresh(self) -> None:
        """Everything from the case and the jobs as they are now."""
        case = self._session.case
        why_not = ready_words(case)
        self.table.setVisible(not why_not)
        self.head.setText(why_not or "Plans and healing stages of the fracture")
        self.words.setText(
            "" if why_not else "Tick what to simulate. Plans can be changed while it runs: a result that no "
            "longer belongs to its plan comes back marked out of date."
        )  # fmt: skip
        self.inputs.show_inputs(input_words(case), can_edit=self._locked())
        self._show_studies(why_not)
        if why_not:
            self._matrix = None
            self.numerics.show_checks(())
            self._show_choice()
            return
        self._matrix = matrix(case, self.schemes.chosen())
        self.schemes.show_own(own_schemes(case))
        titles = {(c.plan, c.stage): self._title(c) for c in self._matrix.cells}
        self.table.show_matrix(self._matrix, titles, self._job_of, self._took, self._locked())
        self.numerics.show_checks(case_checks(case))
        self._show_choice()

    def _show_cell(self, cell: Cell) -> None:
        card = self.table.cells.get((cell.plan, cell.stage))
        if card is not None:
            card.show_cell(cell, self._job_of(cell), self._took(cell), can_tick=self._locked())

    def _show_choice(self) -> None:
        case, locked = self._session.case, self._locked()
        stale = [c for c in self._idle() if c.state == "out of date"]
        chosen = self._chosen()
        needs = locked or ("" if input_words(case).body_weight_kg else "Give the body weight first.")
        self._enable(self.run, needs or ("" if chosen else "Tick a plan at a healing stage first."))
        self._enable(self.run_stale, needs or ("" if stale else "Nothing is out of date."))
        self.run_stale.setVisible(bool(stale))
        self.stop.setVisible(self._jobs.busy)
        current = [r for r in (self._matrix.rows[1:] if self._matrix else ()) if _own_current(r.cells)]
        self.compare.setVisible(len(current) > 1)
        self.chosen.setText(self._choice_words(case, chosen))

    def _choice_words(self, case: Case, chosen: list[Cell]) -> str:
        if self._jobs.busy:
            left = self._jobs.left_s()
            count = len(self._jobs.waiting) + (self._jobs.running is not None)
            return f"{count} to do" + (f", about {words(left)} left." if left is not None else ".")
        if not chosen:
            missing = [c for c in self._idle() if c.state != "current" and c.own and c.plan != INTACT]
            return "Nothing is selected." if missing else "Every plan is simulated at its own healing stage."
        time = expected_s(case, chosen)
        about = (
            f"about {words(time)} by earlier runs on this computer"
            if time is not None
            else "no estimate yet, as nothing was simulated on this computer; a plan takes some minutes"
        )
        return f"{len(chosen)} selected: {about}."

    def _title(self, cell: Cell) -> str:
        assert self._matrix is not None
        row = next(r.title for r in self._matrix.rows if r.name == cell.plan)
        return row if cell.stage is None else f"{row}, {stage_words(cell.stage).lower()}"

    def _took(self, cell: Cell) -> str:
        return "" if cell.took_s is None else f"Took {words(cell.took_s)}"

    def _locked(self) -> str:
        return f"{self._session.case.name} is open for reading only." if self._session.read_only else ""

    def _enable(self, button: QPushButton, why_not: str) -> None:
        button.setEnabled(not why_not)
        button.setToolTip(why_not)

    # ---- choosing and running -----------------------------------------------------------------------

    def _job_of(self, cell: Cell) -> Job | None:
        """The latest job that makes this result."""
        jobs = (j for j in reversed(self._jobs.jobs) if j.kind == "solve" and job_covers(j.arguments, cell))
        return next(jobs, None)

    def _idle(self) -> list[Cell]:
        """Cells that neither wait nor run nor are impossible; the intact bone comes with a plan that does."""
        cells = self._matrix.cells if self._matrix is not None else ()
        busy = ("queued", "running", "blocked")
        whole = any(not j.over and j.kind == "solve" for j in self._jobs.jobs)
        idle = (c for c in cells if shown_state(c, self._job_of(c)) not in busy)
        return [c for c in idle if not (whole and c.plan == INTACT)]

    def _chosen(self) -> list[Cell]:
        """Ticked cells; the intact bone is solved with every plan and stands alone only when it is alone."""
        ticked = [c for c in self._idle() if (c.plan, c.stage) in self.table.ticks]
        plans = [c for c in ticked if c.plan != INTACT]
        return plans or ticked

    def _ticked(self) -> None:
        self._touched = True
        self._show_choice()

    def _preselect(self) -> None:
        if self._touched or self._matrix is None or self._jobs.busy:
            return
        for cell in self._idle():
            if cell.own and cell.plan != INTACT and cell.state != "current":
                self.table.cells[cell.plan, cell.stage].tick.setChecked(True)
        self._touched = False

    def simulate_selected(self) -> None:
        """Queue what is ticked, one job for each result."""
        self._start(self._chosen())

    def simulate_stale(self) -> None:
        """Queue everything that is out of date."""
        stale = [c for c in self._idle() if c.state == "out of date"]
        plans = [c for c in stale if c.plan != INTACT]
        self._start(plans or stale)

    def simulate_missing(self) -> None:
        """Queue every plan that has no current result at its own healing stage."""
        self.refresh()
        wanted = [c for c in self._idle() if c.own and c.plan != INTACT and c.state != "current"]
        if not wanted or not input_words(self._session.case).body_weight_kg or self._locked():
            self.inputs.weight.setFocus()
            self.desk.say(self.run.toolTip() or "Every plan is simulated already.")
            return
        self._start(wanted)

    def _start(self, cells: list[Cell]) -> None:
        case, before = self._session.case, None
        for cell in cells:
            expected = expected_s(case, [c for c in (before, cell) if c is not None])
            if expected is not None and before is not None:
                expected -= expected_s(case, [before]) or 0.0
            title = f"Simulate {self._title(cell)[:1].lower()}{self._title(cell)[1:]}"
            self._jobs.start("solve", cell.arguments, title, expected)
            self.table.ticks.discard((cell.plan, cell.stage))
        self._touched = False
        self.refresh()

    def _again(self, job: Job) -> None:
        self._jobs.again(job)

    def _show_studies(self, why_not: str) -> None:
        case = self._session.case
        # The cost reads every sample of every plan: not again while neither case nor samples changed.
        stamp = (why_not, self._locked(), study_stamp(case))
        if self._studied is not None and self._studied[0] is case and self._studied[1] == stamp:
            return
        self._studied = (case, stamp)
        cost = None if why_not else study_cost(case)
        words_ = "" if cost is None else f"Uncertain inputs of all plans: {cost.text}"
        plans = {p.name: short_title(p) for p in case.plans().values()}
        self.studies.show_state(words_, plans, why_not or self._locked() or study_blocked(case))

    def _study(self, kind: str, plan: str) -> None:
        """Queue a study: of all plans, or of one."""
        case = self._session.case
        cost = study_cost(case) if kind == "study" else None
        titles = {p.name: short_title(p) for p in case.plans().values()}
        title = {
            "study": "Uncertainty study of all plans",
            "boundary": f"Boundary conditions, {titles.get(plan, plan).lower()}",
            "mesh_study": f"Three meshes, {titles.get(plan, plan).lower()}",
        }[kind]
        arguments = {} if kind == "study" else {"plan": plan}
        self._jobs.start(kind, arguments, title, cost.seconds if cost is not None else None)
        self.refresh()

    def _set_inputs(self, options: SolveOptions, name: str) -> None:
        case = self._session.case

        def change() -> None:
            self._session.edit(name, state=changed_inputs(case, options))

        self.desk.attempt(change)
        self.refresh()


def _own_current(cells: tuple[Cell | None, ...]) -> bool:
    return any(c is not None and c.own and c.state == "current" for c in cells)
