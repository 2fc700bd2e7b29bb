"""After the reveal: reference plan and attempt side by side, in 3D, criteria, differences and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.rehearsing.outcome import Outcome, metric_lines, plan_scene
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.views.scene_view import SceneView


class RevealDialog(QDialog):
    """Two linked 3D views over three tables."""

    def __init__(self, found: Outcome, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("revealDialog")
        a = found.attempt
        self.setWindowTitle(f"Attempt {a.number} of {a.trainee} beside the reference plan")
        self.views = [SceneView(self, f"reveal_{n}") for n in ("reference", "attempt")]
        self._turning = False
        row = QHBoxLayout()
        for view, plan in zip(self.views, (found.reference, found.plan), strict=True):
            view.show_scene(plan_scene(found, plan))
            view.camera_moved.connect(partial(self._follow, view))
            row.addWidget(view, 1)
        place = QWidget(self)
        place.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.addWidget(place)
        split.addWidget(self._tables(found))
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.addWidget(split, 1)
        words = [*found.missing, "Criteria only: no score is made of them. Not for clinical use."]
        self.words = QLabel(" ".join(words), self)
        self.words.setWordWrap(True)
        set_role(self.words, "warning" if found.missing else "muted")
        column.addWidget(self.words)
        room = self.screen().availableGeometry()
        self.resize(min(1100, room.width()), min(860, room.height()))

    def _tables(self, found: Outcome) -> QTabWidget:
        tabs = QTabWidget(self)
        names = (f"Reference: {found.reference.name}", f"Attempt: {found.plan.name}")
        self.criteria = table(("", *names), [(c.name, c.reference, c.attempt) for c in found.criteria], tabs)
        rows = [(f"{d.topic}: {d.what}", d.one, d.other, d.change) for d in found.differences]
        if not rows:
            rows = [("The two plans are the same operation.", "", "", "")]
        self.differences = table(("Difference", *names, "Change"), rows, tabs)
        lines = metric_lines(found) or [("No plan of the two is simulated.", "", "")]
        self.metrics = table(("Number", *names), lines, tabs)
        tabs.addTab(self.criteria, "Criteria")
        tabs.addTab(self.differences, f"Differences ({len(found.differences)})")
        tabs.addTab(self.metrics, "Numbers")
        return tabs

    def _follow(self, source: SceneView) -> None:
        """The other view looks from the same side."""
        if self._turning:
            return
        self._turning = True
        for view in self.views:
            if view is not source:
                view.copy_camera(source)
        self._turning = False

    def done(self, result: int) -> None:
        """Close the render windows."""
        for view in self.views:
            view.release()
        self.views.clear()
        super().done(result)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], parent: QWidget) -> QTableWidget:
    """A table to read."""
    out = QTableWidget(len(rows), len(heads), parent)
    out.setHorizontalHeaderLabels(list(heads))
    out.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    out.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    out.verticalHeader().hide()
    out.setWordWrap(True)
    for n, row in enumerate(rows):
        for at, text in enumerate(row):
            out.setItem(n, at, QTableWidgetItem(text))
    out.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    out.resizeRowsToContents()
    return out
