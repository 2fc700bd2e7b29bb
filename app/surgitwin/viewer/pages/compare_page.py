"""The Compare page: plans side by side, their numbers, the verdict and what would flip it, charts, export."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.comparing.comparison import Comparison, load_comparison
from surgitwin.report.words import name_text, uncapital
from surgitwin.scene.clipping import clip_plane
from surgitwin.viewer.comparing.charts import CompareCharts
from surgitwin.viewer.comparing.export import CompareExport
from surgitwin.viewer.comparing.model import Differences, Shown, make_shown
from surgitwin.viewer.comparing.numbers import Numbers, make_numbers
from surgitwin.viewer.comparing.panel import ComparePanel
from surgitwin.viewer.comparing.table import CompareTable
from surgitwin.viewer.comparing.verdict import CompareVerdict
from surgitwin.viewer.comparing.views import CompareViews
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.fields_store import FieldsStore
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.simulating.study_tables import StudyTables
from surgitwin.viewer.theme import set_role, themes
from surgitwin.viewer.widgets.empty_state import EmptyState

STUDIES = ("studies", "plan_studies")
TOPICS = frozenset(
    {"results", "plans", "mesh", "anatomy", "labels", "voxels", "solve_inputs", "body_weight_kg", *STUDIES}
)
"""Changes of the case after which numbers may be out of date."""
READING = "Reading the results ..."
OWN_STAGE = "Ranking: every plan at the healing stage of its own fracture."


class ComparePage(Page):
    """Reads the case in a worker when it is entered after a change; `views` exist once there are results."""

    step, title = "compare", "Compare"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        assert desk.session is not None
        self._session = desk.session
        self.comparison: Comparison | None = None
        self.numbers: Numbers | None = None
        self.views: CompareViews | None = None
        self.store, self._kept = FieldsStore(), Differences()
        self._here, self._old = False, True
        self._commands: list[str] = []
        self._reader = Latest(self, self._failed)
        self._painter, self._counter = Latest(self, self._failed), Latest(self, self._failed)
        self._build_panel()
        self.centre = self._build_centre()
        self.take.charts = self.charts
        self._add_commands()
        self._session.changed.connect(self._changed)
        themes().changed.connect(self._restyle)

    def _build_panel(self) -> None:
        column = QVBoxLayout(self)
        self.panel = ComparePanel(self)
        self.panel.asked.connect(self._ask)
        self.panel.moved.connect(self._move)
        self.panel.clipping.connect(self._clip_now)
        self.panel.played.connect(self._play)
        self.panel.probe_cleared.connect(lambda: self.views.probe(None) if self.views is not None else None)
        column.addWidget(self.panel)
        self.take = CompareExport(self, desk=self.desk)
        column.addWidget(self.take)
        column.addStretch(1)

    def _add_commands(self) -> None:
        """Keys of this page; they work while it is shown."""
        for name, words, keys, art, run in (
            ("play", "Play or pause the motion", "Ctrl+Space", "play", self._toggle_play),
            ("link", "Link the views, or each by itself", "Ctrl+L", "link", self._toggle_link),
            ("picture", "Picture of the views ...", "Ctrl+Shift+E", "picture", self.take.ask_picture),
            (
                "html",
                "Report for the screen ...",
                "Ctrl+Shift+R",
                "report",
                partial(self.take.ask_report, "html"),
            ),
            ("pdf", "Report to print ...", "Ctrl+P", "pdf", partial(self.take.ask_report, "pdf")),
        ):
            command = f"compare_{name}"
            self.desk.actions.add(command, words, run, shortcut=keys, icon=art, group="Compare")
            self.desk.actions[command].setEnabled(False)
            self._commands.append(command)

    def _enable_commands(self) -> None:
        usable = self._here and self.views is not None and self.panel.isEnabled()
        for command in self._commands:
            self.desk.actions[command].setEnabled(usable)

    def _toggle_play(self) -> None:
        if self.panel.play.isEnabled():
            self.panel.play.toggle()

    def _toggle_link(self) -> None:
        if self.views is not None:
            self.views.link.toggle()

    def _build_centre(self) -> QStackedWidget:
        stack = QStackedWidget()
        stack.setObjectName("compareCentre")
        self.empty = EmptyState("compare", READING, stack)
        self.empty_button = self.empty.add_button(
            "Go to Simulate", lambda: self.desk.go_to("simulate"), icon="simulate", primary=True
        )
        self.empty_button.hide()
        stack.addWidget(self.empty)
        self.split = QSplitter(Qt.Orientation.Vertical, stack)
        self.split.setChildrenCollapsible(False)
        self.verdict, self.table, self.charts = CompareVerdict(), CompareTable(), CompareCharts()
        self.tabs = QTabWidget(self.split)
        self.tabs.setObjectName("compareTabs")
        self.tabs.addTab(self.verdict, "Verdict")
        self.tabs.addTab(self._table_tab(), "Numbers")
        self.tabs.addTab(self.charts, "Charts")
        self.studies = StudyTables()
        self.tabs.addTab(self.studies, "Studies")
        self.split.addWidget(self.tabs)
        stack.addWidget(self.split)
        return stack

    def _table_tab(self) -> QWidget:
        tab = QWidget()
        column = QVBoxLayout(tab)
        self.table_words = QLabel("", tab)
        self.table_words.setWordWrap(True)
        set_role(self.table_words, "muted")
        self.all_loads = QCheckBox("All loads", tab)
        self.all_loads.setToolTip("Show the numbers of every load, not only of the chosen one")
        self.all_loads.toggled.connect(self._fill_table)
        column.addWidget(self.table_words)
        column.addWidget(self.all_loads)
        column.addWidget(self.table, 1)
        return tab

    # ---- the case -----------------------------------------------------------------------------------

    def entered(self) -> None:
        """Read the case again when it changed."""
        self._here = True
        self._enable_commands()
        if self._old:
            self._read()

    def left(self) -> None:
        """Stop the animation."""
        self._here = False
        self._enable_commands()
        self.panel.play.setChecked(False)

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & TOPICS:
            self._old = True
            if self._here:
                self._read()

    def _read(self) -> None:
        self._old = False
        self.tabs.setEnabled(False)  # what they say is of an older case until the new numbers come
        self._reader.ask(partial(load_comparison, self._session.case), self.show_comparison)

    def _failed(self, error: SurgiTwinError) -> None:
        """Before the bone is meshed there is nothing to compare; anything else is told as it is."""
        if error.code in ("case.not_segmented", "case.not_meshed"):
            self._show_empty("Nothing to compare yet: prepare the bone, plan, then simulate.")
        else:
            self.desk.say_error(error)
            if self.comparison is None:
                self._show_empty(f"{error.message} {error.hint}")

    def _show_empty(self, words: str) -> None:
        assert isinstance(self.centre, QStackedWidget)
        self.empty.set_words(words)
        self.empty_button.setVisible(words != READING)
        self.centre.setCurrentWidget(self.empty)
        self.panel.setEnabled(False)
        self.take.setEnabled(False)
        self._enable_commands()

    def show_comparison(self, comparison: Comparison) -> None:
        """Fill the page from a snapshot of the case."""
        assert isinstance(self.centre, QStackedWidget)
        self.comparison = comparison
        self.studies.show_tables(comparison.studies)
        if not comparison.solved:
            self._show_empty(
                "No plan has been simulated yet. Simulate two plans, then compare them here."
                if comparison.plans
                else "There is no plan yet. Plan the operation, simulate, then compare here."
            )
            return
        if self.views is None:
            self.views = CompareViews(comparison.frame, comparison.side, self.split)
            self.take.views = self.views
            self.views.read.connect(self._tell_readings)
            self.views.ready.connect(lambda: self.views.busy.setText("") if self.views is not None else None)
            self.split.insertWidget(0, self.views)
            self.split.setStretchFactor(0, 3)
            self.split.setStretchFactor(1, 2)
            self.split.setSizes([500, 400])
        self.views.set_frame(comparison.frame, comparison.side)
        self.panel.setEnabled(True)
        self.take.setEnabled(True)
        self._enable_commands()
        self.centre.setCurrentWidget(self.split)
        self.panel.show_comparison(comparison)
        self._ask()

    # ---- what is shown ------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Views and numbers for what is chosen, each by its own worker."""
        if self.comparison is None or self.views is None:
            return
        request = self.panel.request
        self.views.busy.setText(READING)
        self._painter.ask(partial(make_shown, self.comparison, self.store, self._kept, request), self._show)
        self._counter.ask(
            partial(make_numbers, self.comparison, request.plans, request.stage), self._show_numbers
        )

    def _show(self, shown: Shown) -> None:
        if self.views is not None:
            self.panel.show_shown(shown)
            self.views.show_all(shown, self.panel.factor)

    def _show_numbers(self, numbers: Numbers | None) -> None:
        if self.comparison is None:
            return
        self.numbers = numbers
        self.tabs.setEnabled(True)
        self.verdict.show_numbers(numbers, self.comparison.names, self.comparison.titles)
        self._fill_table()
        request = self.panel.request
        self.charts.show_compare(
            None if numbers is None else numbers.compare,
            self.comparison.names,
            self.comparison.titles,
            request.load,
            request.stage,
        )

    def _fill_table(self, *_: object) -> None:
        if self.comparison is None or self.numbers is None:
            self.table.setRowCount(0)
            return
        request, comparison = self.panel.request, self.comparison
        load = "" if self.all_loads.isChecked() else request.load
        reasons = {p.name: p.reasons for p in comparison.plans}
        self.table.show_rows(
            self.numbers.rows,
            self.numbers.compare["plans"],
            comparison.names,
            comparison.titles,
            reasons,
            load,
        )
        under = "all loads" if not load else uncapital(name_text(load, comparison.names))
        stage = (
            f" at the stage {uncapital(name_text(request.stage, comparison.names))}" if request.stage else ""
        )
        more = f" {OWN_STAGE}" if request.stage else ""
        self.table_words.setText(f"Under {under}{stage}. ✔ meets its limit, ✖ fails, ≈ not decided.{more}")

    def _restyle(self) -> None:
        self._fill_table()

    def _tell_readings(self, readings: object) -> None:
        titles = {} if self.comparison is None else self.comparison.titles
        self.panel.show_readings(readings if isinstance(readings, dict) else None, titles)

    def _move(self, factor: float) -> None:
        if self.views is not None:
            self.views.set_factor(factor)

    def _play(self, on: bool) -> None:
        if self.views is not None:
            self.views.play(on)

    def _clip_now(self) -> None:
        """While the cut is dragged the graphics card cuts; the true cut follows."""
        clip = self.panel.request.clip
        if self.views is None or self.comparison is None or clip is None:
            return
        points = self.comparison.surface.points_mm
        self.views.clip(clip_plane(self.comparison.frame, self.comparison.side, points, *clip))

    def release(self) -> None:
        """Stop listening and working, close the render windows."""
        self._session.changed.disconnect(self._changed)
        themes().changed.disconnect(self._restyle)
        for latest in (self._reader, self._painter, self._counter):
            latest.stop()
        for command in self._commands:
            self.desk.actions.remove(command)
        self.take.release()
        self.charts.release()
        if self.views is not None:
            self.views.release()
        self.store.clear()
