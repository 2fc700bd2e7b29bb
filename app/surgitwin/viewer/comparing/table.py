"""The table of Compare: one row per metric, value with band and traffic light per plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from surgitwin.planning.comparing.rows import Merit, TableRow
from surgitwin.report.summary import Metric
from surgitwin.report.words import (
    Kind,
    band_origin,
    band_text,
    marks,
    name_text,
    sentence,
    status,
    uncapital,
    value_text,
)
from surgitwin.viewer.theme import theme

ROLES: dict[Kind, str] = {
    "pass": "ok",
    "fail": "error",
    "uncertain": "warning",
    "outside": "stale",
    "none": "text",
    "missing": "muted",
}
"""Colour role of a traffic light; its sign and words say the same."""
MERITS: dict[Merit, str] = {"best": "★ best", "open": "≈ not distinguishable", "": ""}
MERIT_TIPS: dict[Merit, str] = {
    "best": "Better than every other plan, outside the bands.",
    "open": "The bands overlap: which plan is better here is not decided.",
    "": "",
}
FIRST = 2
"""Columns before the plans."""


class CompareTable(QTableWidget):
    """Filled by `show_rows`; read-only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("metrics")
        self.setAccessibleName("metrics of all plans")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setWordWrap(True)
        self.setAlternatingRowColors(True)
        self.verticalHeader().setVisible(False)
        self.horizontalHeader().setMinimumSectionSize(110)
        self._fit = QTimer(self)
        self._fit.setSingleShot(True)
        self._fit.setInterval(0)
        self._fit.timeout.connect(self.resizeRowsToContents)

    def show_rows(
        self,
        rows: Sequence[TableRow],
        plans: Sequence[Mapping[str, Any]],
        names: Mapping[str, str],
        titles: Mapping[str, str],
        reasons: Mapping[str, Sequence[str]],
        load: str,
    ) -> None:
        """Rows of one load ("" for all); a metric that only another load has (axial stiffness) stays.

        plans: of the comparison, in the order of the cells. reasons: plan name to why it is out of date.
        """
        loads = {r.id: {o.load_case for o in rows if o.id == r.id} for r in rows}
        shown = [r for r in rows if not load or r.load_case == load or load not in loads[r.id]]
        self.setUpdatesEnabled(False)
        self.clear()
        self.setRowCount(len(shown))
        self.setColumnCount(FIRST + len(plans))
        self._heads(plans, titles, reasons)
        for r, row in enumerate(shown):
            self._fill(r, row, plans, names, load)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setColumnHidden(1, bool(load))
        self.setUpdatesEnabled(True)
        self._fit.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows are as high as their words need at this width."""
        super().resizeEvent(event)
        self._fit.start()

    def _heads(
        self,
        plans: Sequence[Mapping[str, Any]],
        titles: Mapping[str, str],
        reasons: Mapping[str, Sequence[str]],
    ) -> None:
        self.setHorizontalHeaderLabels(["Metric", "Load", *(_head(p, titles) for p in plans)])
        for n, plan in enumerate(plans):
            head = self.horizontalHeaderItem(FIRST + n)
            if head is not None and plan.get("stale"):
                why = "; ".join(reasons.get(plan["name"], ())) or "simulate again"
                head.setToolTip(f"Out of date: {why}. These numbers are not compared.")
                head.setForeground(QColor(theme().stale))

    def _fill(
        self,
        r: int,
        row: TableRow,
        plans: Sequence[Mapping[str, Any]],
        names: Mapping[str, str],
        load: str,
    ) -> None:
        title = sentence(name_text(row.id, names))
        if row.part:
            title += f" · {name_text(row.part, names)}"
        if load and row.load_case != load:
            title += f" (under {uncapital(name_text(row.load_case, names))})"
        for c, text in enumerate((title, sentence(name_text(row.load_case, names)))):
            item = QTableWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(r, c, item)
        for n, (metric, merit) in enumerate(zip(row.cells, row.merits, strict=True)):
            self.setItem(r, FIRST + n, _cell(metric, merit, stale=bool(plans[n].get("stale"))))


def _head(plan: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    title = titles.get(plan["name"], name_text(plan["name"]))
    return f"{title}\nOUT OF DATE" if plan.get("stale") else title


def _cell(metric: Metric | None, merit: Merit, *, stale: bool) -> QTableWidgetItem:
    if metric is None:
        item = QTableWidgetItem("–")
        item.setToolTip("This plan has no such number.")
        return item
    light, band = status(metric), band_text(metric)
    lines = []
    if metric.get("value") is not None:
        lines.append(value_text(metric) + (f"   (band {band})" if band else ""))
    lines.append(" · ".join(x for x in (light.marked, MERITS[merit], *marks(metric)) if x))
    item = QTableWidgetItem("\n".join(lines))
    item.setForeground(QColor(theme().disabled if stale else getattr(theme(), ROLES[light.kind])))
    font = QFont(item.font())
    font.setItalic(stale)
    font.setBold(light.kind in ("pass", "fail") and not stale)
    item.setFont(font)
    tips = [light.text, MERIT_TIPS[merit], f"Source: {metric.get('source') or 'not stated'}"]
    tips.append(band_origin(metric))
    tips.append(metric.get("reason") or "")
    item.setToolTip("\n".join(x for x in (("Out of date",) if stale else ()) + tuple(tips) if x))
    return item
