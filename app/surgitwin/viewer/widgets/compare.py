"""Plans side by side: linked 3D views on one colour scale, verdict in words, table of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableWidget, QTableWidgetItem

from surgitwin.report.summary import healing_stages, rows, verdict
from surgitwin.report.words import Kind, band_text, marks, name_text, status, value_text

COLOURS: dict[Kind, str] = {
    "pass": "#1b6b4a",
    "fail": "#8f1d2c",
    "uncertain": "#8a5a00",
    "outside": "#3d3d6b",
    "none": "#20242a",
    "missing": "#343a40",
}


def verdict_label(compare: Mapping[str, Any], names: Mapping[str, str], plans: Mapping[str, str]) -> QLabel:
    """The ranking in words. names: machine names to words; plans: plan name to title."""
    label = QLabel("\n".join(verdict(compare, names, plans)))
    label.setObjectName("verdict")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


class MetricsTable(QTableWidget):
    """One row per metric and part under one load; value with band and traffic light per plan.

    names: machine names to words. plan_titles: plan name to a short title, full_titles to the long one.
    `show_load` chooses the load case; a metric that only one load case has (axial stiffness) stays.
    """

    def __init__(
        self,
        compare: Mapping[str, Any],
        names: Mapping[str, str],
        plan_titles: Mapping[str, str],
        full_titles: Mapping[str, str],
    ) -> None:
        self._rows = rows(compare)
        plans = compare["plans"]
        super().__init__(len(self._rows), 3 + len(plans))
        self.setObjectName("metrics")
        self.setAccessibleName("metrics of all plans")
        titles = [
            f"{plan_titles.get(p['name'], name_text(p['name']))}{'  (OUT OF DATE)' if p.get('stale') else ''}"
            for p in plans
        ]
        self.setHorizontalHeaderLabels(["Metric", "Load", "Part", *titles])
        for n, p in enumerate(plans):
            head = self.horizontalHeaderItem(3 + n)
            if head is not None:
                head.setToolTip(full_titles.get(p["name"], p["name"]))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setWordWrap(True)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        several = len(healing_stages(compare)) > 1
        for r, row in enumerate(self._rows):
            part = ", ".join(name_text(x, names) for x in (row.part, row.healing if several else "") if x)
            for c, text in enumerate((name_text(row.id, names), name_text(row.load_case, names), part)):
                self.setItem(r, c, QTableWidgetItem(text))
            for c, metric in enumerate(row.cells):
                self.setItem(r, 3 + c, _cell(metric))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(90)
        for column in (1, 2):
            self.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._loads = {x.id: {o.load_case for o in self._rows if o.id == x.id} for x in self._rows}

    def show_load(self, load: str) -> None:
        """Show the rows of one load case, all for ""."""
        for r, row in enumerate(self._rows):
            only = self._loads[row.id] == {row.load_case}
            self.setRowHidden(r, bool(load) and row.load_case != load and not only)


def _cell(metric: Mapping[str, Any] | None) -> QTableWidgetItem:
    if metric is None:
        return QTableWidgetItem("–")
    light = status(metric)
    band = band_text(metric)
    first = value_text(metric) + (f"   (band {band})" if band else "")
    text = (
        "\n".join([first, "   ".join([light.marked, *marks(metric)])])
        if metric.get("value") is not None
        else light.marked
    )
    item = QTableWidgetItem(text)
    item.setBackground(QColor(COLOURS[light.kind]))
    item.setForeground(QColor("white"))
    item.setToolTip(
        "\n".join(
            x
            for x in (
                light.text,
                f"Source: {metric.get('source') or 'not stated'}",
                metric.get("reason") or "",
            )
            if x
        )
    )
    return item
