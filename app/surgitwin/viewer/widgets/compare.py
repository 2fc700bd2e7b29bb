"""Plans side by side: linked 3D views on one colour scale, verdict in words, table of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableWidget, QTableWidgetItem

from surgitwin.report.words import Kind, band_text, marks, name_text, rows, status, value_text, verdict

COLOURS: dict[Kind, str] = {
    "pass": "#1b6b4a",
    "fail": "#8f1d2c",
    "uncertain": "#8a5a00",
    "none": "#20242a",
    "missing": "#343a40",
}


def verdict_label(compare: Mapping[str, Any], titles: Mapping[str, str], plans: Mapping[str, str]) -> QLabel:
    """The ranking in words."""
    label = QLabel("\n".join(verdict(compare, titles, plans)))
    label.setObjectName("verdict")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def metrics_table(
    compare: Mapping[str, Any], titles: Mapping[str, str], plan_titles: Mapping[str, str]
) -> QTableWidget:
    """One row per metric, part, load and healing stage; value with band and traffic light per plan."""
    found = rows(compare)
    plans = compare["plans"]
    table = QTableWidget(len(found), 2 + len(plans))
    table.setObjectName("metrics")
    table.setAccessibleName("metrics of all plans")
    names = [
        f"{plan_titles.get(p['name'], name_text(p['name']))}{'  (OUT OF DATE)' if p.get('stale') else ''}"
        for p in plans
    ]
    table.setHorizontalHeaderLabels(["Metric", "Part, load, healing", *names])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setWordWrap(True)
    table.verticalHeader().setVisible(False)
    for r, row in enumerate(found):
        table.setItem(r, 0, QTableWidgetItem(titles.get(row.id, name_text(row.id))))
        context = ", ".join(name_text(x) for x in (row.part, row.load_case, row.healing) if x)
        table.setItem(r, 1, QTableWidgetItem(context))
        for c, metric in enumerate(row.cells):
            table.setItem(r, 2 + c, _cell(metric))
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setMinimumSectionSize(120)
    table.resizeRowsToContents()
    return table


def _cell(metric: Mapping[str, Any] | None) -> QTableWidgetItem:
    if metric is None:
        return QTableWidgetItem("not computed")
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
