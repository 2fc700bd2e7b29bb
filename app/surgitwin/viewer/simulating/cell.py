"""One cell of the simulation table: a plan at a healing stage, its state in words, its tick and its job."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.solving.simulation import Cell, load_words
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.job_center import Job
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.job_bar import STEPS, left_words

LOOKS = {
    "none": ("simulate", "muted", "Not simulated"),
    "current": ("ok", "ok", "Up to date"),
    "out of date": ("stale", "stale", "Out of date"),
    "queued": ("waiting", "muted", "Waiting"),
    "running": ("running", "accent", "Running"),
    "failed": ("error", "error", "Failed"),
    "blocked": ("warning", "warning", "Not possible"),
}
"""State -> icon, role of its colour, words."""


def shown_state(cell: Cell, job: Job | None) -> str:
    """Key of `LOOKS`: the job that makes this result comes before the result that is there."""
    if job is not None and job.state in ("queued", "running"):
        return job.state
    if cell.blocked:
        return "blocked"
    if job is not None and job.state == "failed" and cell.state != "current":
        return "failed"
    return cell.state


class SimulationCell(QFrame):
    """Emits `ticked` when the user ticks it, `cancel_asked` and `again_asked` with its job."""

    ticked = Signal(bool)
    cancel_asked = Signal(object)
    again_asked = Signal(object)

    def __init__(self, cell: Cell, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cell = cell
        self.job: Job | None = None
        self._key = ""
        self.setObjectName(f"cell_{cell.plan}_{cell.stage or ''}")
        set_role(self, "card")
        self.tick = QCheckBox(self)
        self.tick.setAccessibleName(f"simulate {title}")
        self.tick.toggled.connect(self.ticked)
        self.icon, self.state, self.detail = QLabel(self), QLabel("", self), QLabel("", self)
        self.state.setObjectName("cellState")
        self.detail.setObjectName("cellDetail")
        for label in (self.state, self.detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.detail.setWordWrap(True)
        set_role(self.detail, "small")
        self.own = QLabel("own", self)
        self.own.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.own.setToolTip("The healing stage of the plan's own fracture: the ranking uses this one")
        set_role(self.own, "badge")
        self.own.setVisible(cell.own and cell.stage is not None)
        self.bar = QProgressBar(self)
        self.bar.setMaximumHeight(14)
        self.bar.setTextVisible(False)
        self.button = QToolButton(self)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.clicked.connect(self._pressed)
        head = QHBoxLayout()
        for widget in (self.tick, self.icon):
            head.addWidget(widget)
        head.addWidget(self.state, 1)
        head.addWidget(self.own, 0, Qt.AlignmentFlag.AlignVCenter)
        foot = QHBoxLayout()
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addLayout(head)
        column.addWidget(self.detail)
        column.addLayout(foot)
        column.addStretch(1)

    def show_cell(self, cell: Cell, job: Job | None, took: str, *, can_tick: str) -> None:
        """State and job as they are now. took: time of its result. can_tick: why it cannot be ticked, ""."""
        self.cell, self.job = cell, job
        key = shown_state(cell, job)
        if key != self._key:
            icon, role, text = LOOKS[key]
            set_icon(self.icon, icon, role, 20)
            self.state.setText(text)
            set_role(self.state, "heading" if role == "accent" else role)
            set_icon(self.button, "reset" if key == "failed" else "stop")
        self._key = key
        self.detail.setText(self._details(key, took))
        self.detail.setVisible(bool(self.detail.text()))
        loads = load_words()
        self.setToolTip("\n".join(("Solved together:", *loads)))
        why_not = cell.blocked or can_tick or ("It is simulated already." if cell.state == "current" else "")
        active = key in ("queued", "running")
        self.tick.setEnabled(not why_not and not active)
        self.tick.setToolTip(why_not or ("It waits or runs already." if active else "Choose it for Simulate"))
        if not self.tick.isEnabled() and self.tick.isChecked():
            self.tick.setChecked(False)
        self._show_work(key)

    def _details(self, key: str, took: str) -> str:
        job, cell = self.job, self.cell
        if key == "blocked":
            return cell.blocked
        if key == "running" and job is not None:
            return "\n".join(x for x in (job.words.rpartition(": ")[2].capitalize(), left_words(job)) if x)
        if key == "failed" and job is not None and job.error is not None:
            return f"{job.error.message}\n{job.error.hint}"
        if key == "out of date":
            return f"{'; '.join(cell.reasons)[:1].upper()}{'; '.join(cell.reasons)[1:]}."
        loads = f"{len(load_words())} loads, solved together"
        return {"current": ". ".join(x for x in (took, loads) if x), "none": loads}.get(key, "")

    def _show_work(self, key: str) -> None:
        job = self.job
        known = key == "running" and job is not None and job.fraction is not None
        self.bar.setVisible(key == "running")
        self.bar.setRange(0, STEPS if known else 0)
        if known and job is not None:
            self.bar.setValue(round(STEPS * (job.fraction or 0.0)))
        self.button.setVisible(key in ("queued", "running", "failed"))
        if key == "failed":
            self.button.setText("Try again")
            self.button.setToolTip("Simulate it once more")
        else:
            self.button.setText("Cancel")
            stopping = job is not None and job.words == "Stopping"
            self.button.setEnabled(not stopping)
            self.button.setToolTip(
                "Take it out of the queue" if key == "queued" else "Stop it; results that are done stay"
            )
        if key == "failed":
            self.button.setEnabled(True)

    def _pressed(self) -> None:
        if self.job is not None:
            (self.again_asked if self.job.over else self.cancel_asked).emit(self.job)
