"""Findings about the plan in hand as traffic lights with words; a click goes to the place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from surgitwin.procedures.base import Finding, Severity
from surgitwin.viewer.icons import icon
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.theme import set_role

MARKS: dict[Severity, tuple[str, str, str]] = {
    "error": ("error", "error", "Fault"),
    "warning": ("warning", "warning", "Look at"),
    "info": ("ok", "ok", "Good"),
}
"""Icon, colour role and word; three ways to say the same."""
ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
MOST_PX = 300
"""Highest list of findings, px: more scrolls."""
BESIDE_PX = 62
"""Room of the icon, the edges and a scroll bar beside a sentence, px."""
PLACE = Qt.ItemDataRole.UserRole


def worst(findings: Sequence[Finding]) -> Finding:
    """The gravest finding, the first of equals."""
    return min(findings, key=lambda f: ORDER[f.severity])


def summary(findings: Sequence[Finding]) -> tuple[str, str]:
    """Words for the heading and their colour role."""
    count = {s: sum(f.severity == s for f in findings) for s in ORDER}
    if not findings:
        return "", "muted"
    if count["error"]:
        return f"{count['error']} fault{'s' if count['error'] > 1 else ''}", "error"
    if count["warning"]:
        return f"{count['warning']} to look at", "warning"
    return "all good", "ok"


class PlanChecks(QWidget):
    """The list; `summed` gives the words for the heading and their role."""

    summed = Signal(str, str)

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._shown: tuple[object, ...] | None = None
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        self.list = QListWidget(self)
        self.list.setObjectName("planChecks")
        self.list.setAccessibleName("Checks of the plan in hand")
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(18, 18))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._refit = QTimer(self)
        self._refit.setSingleShot(True)
        self._refit.setInterval(0)
        self._refit.timeout.connect(self._fit_height)
        self.everything = QCheckBox("Show what is good too", self)
        self.everything.toggled.connect(lambda _on: self.show_findings(self._bench.findings))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.words, self.list, self.everything):
            column.addWidget(part)
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        bench.checked.connect(self.show_findings)
        bench.ready_changed.connect(lambda _on: self.show_findings(self._bench.findings))
        self.show_findings(bench.findings)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Faults first; what is good only when it is wanted."""
        self.summed.emit(*summary(findings))
        wanted = [f for f in findings if f.severity != "info" or self.everything.isChecked()]
        wanted.sort(key=lambda f: ORDER[f.severity])
        self._say(findings, bool(wanted))
        if tuple(wanted) == self._shown:
            return
        self._shown = tuple(wanted)
        self.list.clear()
        for found in wanted:
            mark, role, word = MARKS[found.severity]
            item = QListWidgetItem(icon(mark, role), f"{word}: {found.message}")
            item.setData(PLACE, found.point_mm)
            item.setToolTip(found.message + ("" if found.point_mm is None else "\nClick to go there"))
            self.list.addItem(item)
        self._fit_height()

    def _fit_height(self) -> None:
        """As high as what it holds, within limits: the width decides how the sentences wrap."""
        room = QRect(0, 0, max(self.width() - BESIDE_PX, 80), 1000)
        total = 8
        for n in range(self.list.count()):
            item = self.list.item(n)
            text = self.list.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, item.text())
            item.setSizeHint(QSize(0, text.height() + 8))
            total += text.height() + 8
        self.list.setFixedHeight(min(max(total, 44), MOST_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sentences wrap anew; after this layout, which would not see a height that changes within it."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._refit.start()

    def _say(self, findings: Sequence[Finding], any_wanted: bool) -> None:
        why = self._bench.why_not(implant=True, bone=True)
        if self._bench.session.read_only and findings:
            why = ""
        good = f"{len(findings)} checks, all good." if findings else ""
        self.words.setText(good if findings and not any_wanted else "" if findings else why)
        self.words.setVisible(bool(self.words.text()))
        self.list.setVisible(any_wanted)
        self.everything.setVisible(bool(findings))

    def _go(self, item: QListWidgetItem) -> None:
        place, model = item.data(PLACE), self._bench.desk.model
        if place is not None and model is not None:
            model.set_crosshair(np.asarray(place, float))
