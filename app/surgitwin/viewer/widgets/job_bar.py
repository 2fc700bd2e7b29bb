"""The running job in the status bar: what, how far, how long still, Cancel, and how many wait."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from surgitwin.planning.estimate import words
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.job_center import Job, JobCenter
from surgitwin.viewer.widgets.job_card import JobCard

TEXT_PX = 420
BAR_PX = 150
STEPS = 1000


class JobBar(QWidget):
    """Hidden while nothing runs. A failure is told by a card above it (`card`), which blocks nothing."""

    def __init__(self, jobs: JobCenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.setObjectName("jobBar")
        self.setAccessibleName("running job")
        self.text = QLabel("", self)
        self.text.setObjectName("jobWords")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.text.setMaximumWidth(TEXT_PX)
        self.bar = QProgressBar(self)
        self.bar.setObjectName("jobProgress")
        self.bar.setFixedWidth(BAR_PX)
        self.left = QLabel("", self)
        self.left.setObjectName("jobLeft")
        self.cancel = QToolButton(self)
        self.cancel.setObjectName("jobCancel")
        self.cancel.setText("Cancel")
        self.cancel.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.cancel.setAccessibleName("cancel the running job")
        set_icon(self.cancel, "stop")
        self.cancel.clicked.connect(self._cancel)
        self.queue = QLabel("", self)
        self.queue.setObjectName("jobQueue")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        for widget in (self.text, self.bar, self.left, self.cancel, self.queue):
            row.addWidget(widget)
        self.card = JobCard(jobs, parent)
        for signal in (
            jobs.queued, jobs.started, jobs.progressed, jobs.finished, jobs.failed, jobs.cancelled,
        ):  # fmt: skip
            signal.connect(self._refresh)
        self._refresh(None)

    def _cancel(self) -> None:
        if self._jobs.running is not None:
            self._jobs.cancel(self._jobs.running)

    def _refresh(self, _job: Job | None) -> None:
        job, waiting = self._jobs.running, self._jobs.waiting
        self.setVisible(job is not None or bool(waiting))
        if job is None:
            return
        full = job_words(job)
        metrics = self.text.fontMetrics()
        self.text.setText(metrics.elidedText(full, Qt.TextElideMode.ElideRight, TEXT_PX))
        self.text.setToolTip(full)
        known = job.fraction is not None
        self.bar.setRange(0, STEPS if known else 0)
        if known:
            self.bar.setValue(round(STEPS * (job.fraction or 0.0)))
        self.left.setText(left_words(job))
        self.cancel.setEnabled(job.words != "Stopping")
        self.cancel.setToolTip("Stop this job; the case stays as it is")
        self.queue.setVisible(bool(waiting))
        self.queue.setText(f"{len(waiting)} waiting")
        self.queue.setToolTip("\n".join(j.title for j in waiting))


def job_words(job: Job) -> str:
    """Title and what it does now, without saying the plan twice."""
    what, _, doing = job.words.rpartition(": ")
    said = doing if what and what.lower() in job.title.lower() else job.words
    return job.title if said in ("", "Starting") else f"{job.title}: {said}"


def left_words(job: Job) -> str:
    """Time left, else the time that has passed."""
    if job.words == "Stopping":
        return "stopping"
    if job.left_s is not None:
        return f"{words(job.left_s)} left"
    return f"{words(job.elapsed_s)} so far" if job.elapsed_s >= 10 else ""
