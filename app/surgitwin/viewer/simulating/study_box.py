"""The box "Studies" of the Simulate page: what a study costs, and the buttons that run one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGroupBox, QLabel, QVBoxLayout, QWidget

from surgitwin.viewer.simulating.panel import button
from surgitwin.viewer.theme import set_role


class StudyBox(QGroupBox):
    """Signal asked(kind, plan): "study" of all plans, "boundary" or "mesh_study" of the chosen one."""

    asked = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Studies", parent)
        self.words = QLabel("", self)
        self.words.setObjectName("studyWords")
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        self.run = button(self, "Draw the uncertain inputs", "runStudy", lambda: self.asked.emit("study", ""))
        self.plan = QComboBox(self)
        self.plan.setObjectName("studyPlan")
        self.plan.setAccessibleName("plan of the two studies below")
        self.boundary = button(
            self,
            "Other boundary conditions",
            "runBoundary",
            lambda: self.asked.emit("boundary", str(self.plan.currentData() or "")),
        )
        self.mesh = button(
            self,
            "Three meshes",
            "runMesh",
            lambda: self.asked.emit("mesh_study", str(self.plan.currentData() or "")),
        )
        column = QVBoxLayout(self)
        for widget in (self.words, self.run, self.plan, self.boundary, self.mesh):
            column.addWidget(widget)

    def show_state(self, words: str, plans: dict[str, str], why_not: str) -> None:
        """words: cost and state. plans: name to title. why_not: why nothing can run, "" when it can."""
        self.words.setText(words)
        kept = self.plan.currentData()
        self.plan.blockSignals(True)
        self.plan.clear()
        for name, title in plans.items():
            self.plan.addItem(title, name)
        at = self.plan.findData(kept)
        self.plan.setCurrentIndex(max(at, 0))
        self.plan.blockSignals(False)
        for one in (self.run, self.boundary, self.mesh):
            one.setEnabled(not why_not)
            one.setToolTip(why_not)
