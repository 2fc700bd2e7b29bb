"""The plans of a vessel case with their results at every level: tick what to deploy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from surgitwin.planning.estimate import words
from surgitwin.planning.vessels.results import DEPLOYED
from surgitwin.viewer.icons import icon
from surgitwin.viewer.job_center import Job
from surgitwin.viewer.plans.plan_list import MARKS
from surgitwin.viewer.theme import theme
from surgitwin.viewer.vessel.levels import LevelState

NAME = Qt.ItemDataRole.UserRole
STATES = {"none": "not deployed", "out of date": "out of date", "current": "done"}
TICK_PX = 28
"""Room of the tick, which Qt leaves out of the width of a column."""
JobOf = Callable[[LevelState], Job | None]


class DeployTable(QTableWidget):
    """ticked: the user ticked or unticked a plan."""

    ticked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2 + len(DEPLOYED), parent)
        self.setObjectName("deployTable")
        self.setAccessibleName("Plans and levels")
        self.setHorizontalHeaderLabels(["Plan", "Device", *DEPLOYED])
        self.verticalHeader().setVisible(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setWordWrap(True)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.itemChanged.connect(lambda _item: self.ticked.emit())

    def show_plans(
        self, titles: Mapping[str, str], states: Mapping[tuple[str, str], LevelState], job_of: JobOf
    ) -> None:
        """titles: plan name to its full title. Ticks of plans that are still there stay."""
        ticks = self.ticks
        self.blockSignals(True)
        self.setRowCount(len(titles))
        for n, (name, title) in enumerate(titles.items()):
            short, _, device = title.partition(": ")
            first = QTableWidgetItem(short)
            first.setData(NAME, name)
            first.setFlags(first.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            first.setCheckState(_check(name in ticks))
            self.setItem(n, 0, first)
            self.setItem(n, 1, QTableWidgetItem(device))
            for c, level in enumerate(DEPLOYED):
                one = states[name, level]
                self.setItem(n, 2 + c, _state_item(one, job_of(one)))
        self.blockSignals(False)
        self.resizeColumnToContents(0)
        self.setColumnWidth(0, self.columnWidth(0) + TICK_PX)
        self.resizeRowsToContents()

    @property
    def ticks(self) -> list[str]:
        """Plans that are ticked."""
        rows = (self.item(n, 0) for n in range(self.rowCount()))
        found = [i for i in rows if i is not None and i.checkState() == Qt.CheckState.Checked]
        return [str(i.data(NAME)) for i in found]

    def set_ticks(self, names: Collection[str]) -> None:
        """Tick exactly these plans, without telling."""
        self.blockSignals(True)
        for n in range(self.rowCount()):
            item = self.item(n, 0)
            if item is not None:
                item.setCheckState(_check(item.data(NAME) in names))
        self.blockSignals(False)


def _check(on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked


def _state_item(one: LevelState, job: Job | None) -> QTableWidgetItem:
    if job is not None and not job.over:
        running = job.state == "running"
        share = f" {100 * job.fraction:.0f} %" if running and job.fraction is not None else ""
        item = QTableWidgetItem(icon("running" if running else "waiting", "accent"), f"{job.state}{share}")
        item.setToolTip(job.words)
        return item
    if one.reason:
        item = QTableWidgetItem(icon("error", "error"), "could not be deployed")
        item.setToolTip(one.reason)
        item.setForeground(QColor(theme().error))
        return item
    mark, role = MARKS[one.state]
    took = f", took {words(one.took_s)}" if one.took_s is not None and one.state == "current" else ""
    item = QTableWidgetItem(icon(mark, role), STATES[one.state] + took)
    if one.state != "current":
        item.setForeground(QColor(getattr(theme(), role)))
    return item
