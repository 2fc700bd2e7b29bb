"""Screws of the implant in hand: every hole on or off, its length from those that are made."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.plans.edit import ScrewRow, screw_rows
from surgitwin.procedures.base import Finding
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.plans.checks import MARKS, worst

ARROW_PX = 62
"""Room of a chooser's arrow and edges beside its text."""
COLUMNS = ("Hole", "Length", "Check")


class ScrewTable(QWidget):
    """One row per hole, proximal first. The check beside a screw is the worst finding about it."""

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._rows: tuple[ScrewRow, ...] = ()
        self._key: tuple[object, ...] = ()
        self.table = QTableWidget(0, len(COLUMNS), self)
        self.table.setObjectName("screwTable")
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.table.setColumnWidth(1, self.table.fontMetrics().horizontalAdvance("000 mm") + ARROW_PX)
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.empty = QLabel("The plan has no implant yet.", self)
        self.ticks: dict[int, QCheckBox] = {}
        self.lengths: dict[int, QComboBox] = {}
        self.marks: dict[int, QLabel] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.empty)
        column.addWidget(self.table)
        bench.plan_changed.connect(self.refresh)
        bench.checked.connect(self._mark)
        bench.ready_changed.connect(lambda _on: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Rows of the implant in hand; the widgets are kept while its holes are the same."""
        bench, plan = self._bench, self._bench.plan
        rows = screw_rows(plan, bench.index) if plan is not None and plan.implants else ()
        self.empty.setVisible(not rows)
        self.table.setVisible(bool(rows))
        key = tuple((r.place, r.lengths_mm) for r in rows)
        if key != self._key:
            self._key = key
            self._build(rows)
        self._rows = rows
        why, follow = bench.why_not(implant=True), bench.why_not(implant=True, bone=True)
        for row in rows:
            tick, length = self.ticks[row.number], self.lengths[row.number]
            tick.setChecked(row.length_mm is not None)
            tick.setEnabled(not follow)
            tick.setToolTip(follow or "A screw in this hole: its length follows from the far side")
            at = -1 if row.length_mm is None else length.findData(row.length_mm)
            if row.length_mm is not None and at < 0:
                length.insertItem(0, f"{row.length_mm:g} mm (not made)", row.length_mm)
                at = 0
            length.setCurrentIndex(at)
            length.setEnabled(row.length_mm is not None and not why)
            length.setToolTip(
                why or ("The hole is empty" if row.length_mm is None else "Lengths that are made")
            )
        self._mark(bench.findings)

    def _build(self, rows: tuple[ScrewRow, ...]) -> None:
        self.table.setRowCount(0)
        self.ticks, self.lengths, self.marks = {}, {}, {}
        self.table.setRowCount(len(rows))
        for n, row in enumerate(rows):
            tick, length, mark = QCheckBox(row.place, self), _Lengths(self), QLabel(self)
            tick.setObjectName(f"hole_{row.number}")
            length.setObjectName(f"length_{row.number}")
            length.setAccessibleName(f"Length of the screw in {row.place.lower()}")
            for mm in row.lengths_mm:
                length.addItem(f"{mm:g} mm", mm)
            tick.clicked.connect(lambda on, number=row.number: self._fill(number, on))
            length.activated.connect(partial(self._chosen, row.number))
            mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
            for column, widget in enumerate((tick, length, mark)):
                self.table.setCellWidget(n, column, widget)
            self.ticks[row.number], self.lengths[row.number], self.marks[row.number] = tick, length, mark
        for n, row in enumerate(rows):
            self.table.setRowHeight(n, self.lengths[row.number].sizeHint().height() + 4)
        height = self.table.horizontalHeader().height() + sum(
            self.table.rowHeight(n) for n in range(len(rows))
        )
        self.table.setFixedHeight(min(height + 4, 420))

    def _fill(self, number: int, on: bool) -> None:
        if not self._bench.fill_hole(number, on):
            self.refresh()

    def _chosen(self, number: int, at: int) -> None:
        if not self._bench.set_length(number, float(self.lengths[number].itemData(at))):
            self.refresh()

    def _mark(self, findings: tuple[Finding, ...]) -> None:
        for row in self._rows:
            label = self.marks[row.number]
            about = [f for f in findings if _is_about(f, row.number)]
            if row.length_mm is None or not about:
                label.clear()
                label.setToolTip("")
                continue
            found = worst(about)
            mark, role, word = MARKS[found.severity]
            set_icon(label, mark, role, 16)
            label.setToolTip(f"{word}: {found.message}")
            label.setAccessibleName(f"{word}: {found.message}")


class _Lengths(QComboBox):
    """A chooser that leaves the wheel to the panel."""

    def wheelEvent(self, event: object) -> None:
        """Scrolling over it changes nothing."""
        event.ignore()  # type: ignore[attr-defined]


def _is_about(finding: Finding, number: int) -> bool:
    words = finding.message.lower()
    return any(
        words.startswith((f"{kind} {number} ",)) or f": {kind} {number} " in words
        for kind in ("screw", "bolt")
    )
