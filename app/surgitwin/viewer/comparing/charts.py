"""The charts of Compare, drawn in a worker at the size of their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.metric import VALIDITY_METRIC
from surgitwin.report.chart_data import loads_of, stages_of
from surgitwin.report.charts import healing_chart, load_chart, metric_chart
from surgitwin.report.words import name_text, sentence
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.theme import theme, themes

KINDS = {"limits": "Against the limits", "loads": "Over the loads", "healing": "Over healing"}
LATER_MS = 120
"""A chart is drawn again so long after the last change of its size (handling only)."""
SMALLEST = QSize(420, 300)
HEAD_PX, ROW_PX = 150, 48
"""Smallest chart, height of its legend and words, and of a row (display only)."""
NO_PLANS: Mapping[str, Any] = {"plans": (), "ranking": ()}


class CompareCharts(QWidget):
    """Filled by `show_compare`; the chart is drawn when it is seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._compare: Mapping[str, Any] | None = None
        self._names: Mapping[str, str] = {}
        self._plans: Mapping[str, str] = {}
        self._load = self._stage = ""
        self._png = b""
        self._latest = Latest(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self._draw)
        self.kind, self.measure = QComboBox(self), QComboBox(self)
        self.kind.setAccessibleName("chart")
        self.measure.setAccessibleName("metric of the chart")
        for key, words in KINDS.items():
            self.kind.addItem(words, key)
        self.picture = QLabel(self)
        self.picture.setObjectName("chart")
        self.picture.setAccessibleName("chart of the plans")
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.place = QScrollArea(self)
        self.place.setFrameShape(QFrame.Shape.NoFrame)
        self.place.setWidgetResizable(True)
        self.place.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.place.setWidget(self.picture)
        row = QHBoxLayout()
        row.addWidget(self.kind)
        row.addWidget(self.measure, 1)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.place, 1)
        self.kind.currentIndexChanged.connect(self._changed)
        self.measure.currentIndexChanged.connect(self._changed)
        themes().changed.connect(self._changed)

    def show_compare(
        self,
        compare: Mapping[str, Any] | None,
        names: Mapping[str, str],
        plans: Mapping[str, str],
        load: str,
        stage: str,
    ) -> None:
        """Charts of a comparison under a load, at a healing stage ("" for each plan's own)."""
        self._compare, self._names, self._plans, self._load, self._stage = compare, names, plans, load, stage
        kept = self.measure.currentData()
        ids = _metrics(compare)
        self.measure.blockSignals(True)
        self.measure.clear()
        for id_ in ids:
            self.measure.addItem(sentence(name_text(id_, names)), id_)
        self.measure.setCurrentIndex(max(self.measure.findData(kept), 0))
        self.measure.blockSignals(False)
        self._changed()

    def _changed(self, *_: object) -> None:
        self._png = b""
        kind = self.kind.currentData()
        self.measure.setEnabled(kind != "limits")
        self.measure.setToolTip(
            "This chart shows every number with a limit." if kind == "limits" else "Number to show"
        )
        if self.isVisible():
            self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Drawn when first seen."""
        super().showEvent(event)
        self._later.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drawn again at the new size."""
        super().resizeEvent(event)
        if self.isVisible():
            self._later.start()

    def _task(self) -> Callable[[], bytes]:
        """What draws the chart that is chosen, at the size of its place."""
        size = self.place.viewport().size().expandedTo(self._least())
        return partial(
            chart_png,
            str(self.kind.currentData()),
            self._compare or NO_PLANS,
            str(self.measure.currentData() or ""),
            self._names,
            self._plans,
            self._load,
            self._stage,
            theme().name == "dark",
            (size.width(), size.height()),
            self.devicePixelRatioF(),
        )

    def _draw(self) -> None:
        if self.picture.pixmap().isNull():
            self.picture.setText("Drawing the chart ...")
        self._latest.ask(self._task(), self._drawn)

    def maker(self) -> Callable[[], bytes]:
        """What gives the chosen chart as a PNG file; for a worker."""
        done = self._png
        return (lambda: done) if done else self._task()

    def _least(self) -> QSize:
        """Room that the chart needs to be read: more for many rows."""
        rows = len(_limited(self._compare or NO_PLANS)) if self.kind.currentData() == "limits" else 0
        return QSize(SMALLEST.width(), max(SMALLEST.height(), HEAD_PX + ROW_PX * rows))

    def _drawn(self, png: bytes) -> None:
        self._png = png
        picture = QPixmap()
        picture.loadFromData(png)
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        self.picture.setMinimumHeight(round(picture.deviceIndependentSize().height()))
        self.picture.setPixmap(picture)

    def release(self) -> None:
        """Stop drawing."""
        self._later.stop()
        self._latest.stop()
        themes().changed.disconnect(self._changed)


def _metrics(compare: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Metric ids with a number, those with a limit first."""
    every = [m for p in (compare or NO_PLANS)["plans"] for m in p["metrics"] if m["value"] is not None]
    limited = dict.fromkeys(m["id"] for m in every if m["threshold"] is not None)
    return tuple({**limited, **dict.fromkeys(m["id"] for m in every)})


def chart_png(
    kind: str,
    compare: Mapping[str, Any],
    metric: str,
    names: Mapping[str, str],
    plans: Mapping[str, str],
    load: str,
    stage: str,
    dark: bool,
    size: tuple[int, int],
    zoom: float,
) -> bytes:
    """PNG of one chart; for a worker."""
    if kind == "loads":
        return load_chart(compare, metric, names, plans, dark, size, stage=stage, zoom=zoom)
    if kind == "healing":
        at = load if load in loads_of(compare, metric) else next(iter(loads_of(compare, metric)), load)
        stages = stages_of(compare)
        return healing_chart(compare, metric, at, stages, names, plans, dark, size, zoom=zoom)
    return metric_chart(
        compare, _limited(compare), names, plans, dark, size, load=load, stage=stage, zoom=zoom
    )


def _limited(compare: Mapping[str, Any]) -> tuple[str, ...]:
    """Metric ids with a limit; the model's own validity is no limit of a plan."""
    every = [m for p in compare["plans"] for m in p["metrics"] if m["threshold"] is not None]
    return tuple(dict.fromkeys(m["id"] for m in every if m["id"] != VALIDITY_METRIC))
