"""A procedure's chart in the window: drawn by a worker, as sharp as the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from surgitwin.planning.vessels.pictures import chart_lines
from surgitwin.procedures.vessel import Chart
from surgitwin.report.curves import Line, curve_chart
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.theme import DARK, theme

REST_MS = 150
LEAST = (420, 180)


class ChartView(QWidget):
    """Call `show_chart`; it is drawn anew when the size rests."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("vesselChart")
        self.setAccessibleName("chart")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(*LEAST)
        self._chart: Chart | None = None
        self.lines: list[Line] = []
        self._picture: QPixmap | None = None
        self._drawer = Latest(self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._ask)

    def show_chart(self, chart: Chart | None, titles: Mapping[str, str]) -> None:
        """titles: words for curves that are called like a plan."""
        self._chart = chart
        lines = [] if chart is None else chart_lines(chart)
        self.lines = [replace(x, title=titles.get(x.title, x.title)) for x in lines]
        self._picture = None
        self._ask()
        self.update()

    def _ask(self) -> None:
        if self._chart is None or not self.isVisible():
            return
        size = max(self.width(), LEAST[0]), max(self.height(), LEAST[1])
        ratio = self.devicePixelRatioF()
        self._drawer.ask(
            partial(
                curve_chart, self.lines, self._chart.x_title, self._chart.y_title, theme() is DARK, size,
                zoom=ratio,
            ),
            self._show,
        )  # fmt: skip

    def _show(self, png: bytes) -> None:
        made = QPixmap()
        made.loadFromData(png, "PNG")
        made.setDevicePixelRatio(self.devicePixelRatioF())
        self._picture = made
        self.update()

    def showEvent(self, event: object) -> None:
        """Drawn when it is first seen."""
        if self._picture is None:
            self._rest.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drawn anew once the size rests."""
        super().resizeEvent(event)
        self._rest.start()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture as it was last drawn."""
        with QPainter(self) as pen:
            if self._picture is None:
                words = "" if self._chart is None else "Drawing the curves ..."
                pen.setPen(QColor(theme().muted))
                pen.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
                return
            pen.drawPixmap(0, 0, self._picture)

    def release(self) -> None:
        """Stop the worker and the clock."""
        self._rest.stop()
        self._drawer.stop()
