"""The Compare page of a vessel case: picture grid, linked 3D, table and curve of all plans."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTableWidgetItem, QTabWidget, QVBoxLayout, QWidget

from surgitwin.planning.case import Case
from surgitwin.planning.site import ROOT, site_of
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.scene.vessel_picture import BODY
from surgitwin.viewer.comparing.model import Shown
from surgitwin.viewer.comparing.table import CompareTable
from surgitwin.viewer.comparing.views import CompareViews
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.theme import themes
from surgitwin.viewer.vessel.chart_view import ChartView
from surgitwin.viewer.vessel.compare_model import (
    VesselComparison,
    chosen_rows,
    make_shown,
    read_comparison,
)
from surgitwin.viewer.vessel.compare_panel import VesselComparePanel
from surgitwin.viewer.vessel.flow_box import FlowBox
from surgitwin.viewer.vessel.matrix_model import MatrixPicture, make_matrix
from surgitwin.viewer.vessel.matrix_view import MatrixView
from surgitwin.viewer.widgets.empty_state import EmptyState

TOPICS = {"plans", "results", "failures", KEY, "answers"}
LEAST_BELOW_PX = 130
READING = "Reading the results ..."
Read = tuple[VesselComparison | None, MatrixPicture | None]


class VesselComparePage(Page):
    """Panel: plans, field, order, warnings. Centre: grid and 3D above, numbers and curve below."""

    step, title = "compare", "Compare"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        assert desk.session is not None
        self._session = desk.session
        self.comparison: VesselComparison | None = None
        self.views: CompareViews | None = None
        self._old, self._shown_page, self._shared = True, False, False
        self._reader, self._painter = Latest(self, desk.say_error), Latest(self, desk.say_error)
        self.flow = None if site_of(desk.session.case) == ROOT else FlowBox(desk, self)
        self.panel = VesselComparePanel(self, self.flow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        self._build_centre()
        for part in (self, self.stack):
            set_topic(part, "matrix")
        self.panel.changed.connect(self._ticks_of_panel)
        self.panel.again.clicked.connect(lambda _on: self._deploy())
        self.matrix.opened.connect(self._open)
        self.matrix.ticks_changed.connect(self._ticks_of_matrix)
        self._session.changed.connect(self._changed)
        themes().changed.connect(self._restyle)
        desk.active_plan_changed.connect(self._show_risks)
        self.panel.setEnabled(False)

    def _build_centre(self) -> None:
        self.stack = QStackedWidget()
        self.centre = self.stack
        self.stack.setObjectName("vesselCompare")
        self.empty = EmptyState("compare", "There is no plan to compare yet.", self.stack)
        self.empty.add_button("To the plans", lambda: self.desk.go_to("plans"), primary=True)
        self.split = QSplitter(Qt.Orientation.Vertical, self.stack)
        self.top, self.bottom = QTabWidget(self.split), QTabWidget(self.split)
        self.top.setObjectName("vesselTabs")
        self.bottom.setObjectName("vesselNumbers")
        self.matrix, self.view_place = MatrixView(self.top), QWidget(self.top)
        QVBoxLayout(self.view_place).setContentsMargins(0, 0, 0, 0)
        self.top.addTab(self.matrix, "Sizes and depths")
        self.top.addTab(self.view_place, "3D")
        self.table, self.chart = CompareTable(self.bottom), ChartView(self.bottom)
        self.bottom.addTab(self.table, "Numbers")
        self.bottom.addTab(self.chart, "Curve")
        self.split.addWidget(self.top)
        self.split.addWidget(self.bottom)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([620, 260])
        self.split.setChildrenCollapsible(True)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.split)
        self.top.currentChanged.connect(lambda _n: self._tab_changed())

    # ---- reading ------------------------------------------------------------------------------------

    def entered(self) -> None:
        """Read what is new."""
        self._shown_page = True
        if self._old:
            self.read()

    def left(self) -> None:
        """Reading goes on."""
        self._shown_page = False

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & TOPICS:
            self._old = True
            if self._shown_page:
                self.read()

    def read(self) -> None:
        """Everything anew, in a worker."""
        self._old = False
        self.desk.say(READING)
        self._reader.ask(partial(_read, self._session.case), self._arrived)

    def _arrived(self, read: Read) -> None:
        self.comparison, picture = read
        found = self.comparison
        self.panel.setEnabled(found is not None)
        self.stack.setCurrentWidget(self.empty if found is None else self.split)
        if found is None:
            return
        self.panel.show_comparison(found)
        self.top.setTabVisible(0, picture is not None)
        if picture is not None:
            self.matrix.show_matrix(picture)
            self.matrix.set_ticks(self.panel.ticks)
            QTimer.singleShot(0, self, self._share_height)  # once the new cells are shown
        self.bottom.setTabText(1, found.chart.title if found.chart is not None else "Curve")
        self.bottom.setTabVisible(1, found.chart is not None)
        self.chart.show_chart(found.chart, found.titles)
        self._show_risks()
        if self.flow is not None:
            self.flow.show_plans([p.name for p in found.plans if p.name in found.found and not p.stale])
        self._fill_table()
        self._ask()

    def _share_height(self) -> None:
        """Once: the whole grid and its tab bar above, what is left below."""
        if self._shared:
            return
        self._shared = True
        above, whole = self.matrix.whole_px + self.top.tabBar().sizeHint().height(), self.stack.height()
        below = max(whole - above, LEAST_BELOW_PX)
        self.split.setSizes([whole - below, below])

    # ---- what is shown ------------------------------------------------------------------------------

    def _fill_table(self) -> None:
        found = self.comparison
        if found is None:
            return
        reasons = {p.name: p.reasons for p in found.plans}
        rows, plans = chosen_rows(found, self.panel.ticks)
        self.table.show_rows(rows, plans, found.names, found.titles, reasons, "")
        count = f"{len(plans)} of {len(found.plans)} plans" if len(plans) < len(found.plans) else ""
        self.bottom.setTabText(0, f"Numbers ({count}: those that are ticked)" if count else "Numbers")
        self.table.setHorizontalHeaderItem(1, QTableWidgetItem("Level"))

    def _restyle(self) -> None:
        self._fill_table()
        found = self.comparison
        self.chart.show_chart(None if found is None else found.chart, {} if found is None else found.titles)

    def _tab_changed(self) -> None:
        if self.top.currentWidget() is self.view_place:
            self._ask()

    def _ask(self) -> None:
        """The linked views for what is ticked, once their tab is in front."""
        if self.comparison is None or self.top.currentWidget() is not self.view_place:
            return
        if self.views is None:
            self.views = CompareViews(BODY, "left", self.view_place, measured=False)
            layout = self.view_place.layout()
            assert layout is not None
            layout.addWidget(self.views)
        self.views.busy.setText("Preparing ...")
        self._painter.ask(partial(make_shown, self.comparison, self.panel.request), self._show)

    def _show(self, shown: Shown) -> None:
        if self.views is not None:
            self.views.busy.setText("")
            self.views.show_all(shown, 0.0)

    def _show_risks(self, _name: str = "") -> None:
        """Of the plan in hand."""
        if self.comparison is not None:
            self.panel.show_risks(self.comparison, self.desk.active_plan)

    # ---- choosing -----------------------------------------------------------------------------------

    def _open(self, name: str) -> None:
        """A cell was clicked: that plan alone, in 3D, and in hand."""
        self.desk.set_active_plan(name)
        self.panel.set_ticks([name])
        self.matrix.set_ticks([name])
        self._fill_table()
        self.top.setCurrentWidget(self.view_place)
        self._ask()

    def _ticks_of_matrix(self, names: tuple[str, ...]) -> None:
        self.panel.set_ticks(list(names))
        self._fill_table()
        self._ask()

    def _ticks_of_panel(self) -> None:
        self.matrix.set_ticks(self.panel.ticks)
        self._fill_table()
        self._ask()

    def _deploy(self) -> None:
        if self.desk.simulate is not None:
            self.desk.simulate()

    @property
    def busy(self) -> bool:
        """Whether something is read or prepared."""
        return self._reader.busy or self._painter.busy

    def release(self) -> None:
        """Stop listening and working, close the render windows."""
        self._session.changed.disconnect(self._changed)
        themes().changed.disconnect(self._restyle)
        self._reader.stop()
        self._painter.stop()
        self.desk.active_plan_changed.disconnect(self._show_risks)
        self.chart.release()
        if self.flow is not None:
            self.flow.release()
        if self.views is not None:
            self.views.release()


def _read(case: Case) -> Read:
    found = read_comparison(case)
    return found, None if found is None else make_matrix(found)
