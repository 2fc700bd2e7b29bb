"""A job that failed, told above the status bar: what happened, the next step, the log, and trying again."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.session.step_job import step_log
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.job_center import Job, JobCenter
from surgitwin.viewer.theme import set_role

WIDTH_PX = 460
MARGIN_PX = 12
LOG_LINES = 200


class JobCard(QFrame):
    """Hidden until a job fails; the next failure replaces it. Nothing is blocked by it."""

    def __init__(self, jobs: JobCenter, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._jobs = jobs
        self.job: Job | None = None
        self._log = ""
        self.setObjectName("jobCard")
        self.setAccessibleName("a job failed")
        self.setAutoFillBackground(True)
        set_role(self, "card")
        mark = QLabel(self)
        set_icon(mark, "error", "error", 24)
        self.title, self.words, self.code = (QLabel("", self) for _ in range(3))
        for label, name, role in (
            (self.title, "jobCardTitle", "heading"), (self.words, "jobCardWords", ""),
            (self.code, "jobCardCode", "small"),
        ):  # fmt: skip
            label.setObjectName(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if role:
                set_role(label, role)
        close = QToolButton(self)
        close.setObjectName("jobCardClose")
        close.setToolTip("Put this message away")
        close.setAccessibleName("close message")
        set_icon(close, "cancel")
        close.clicked.connect(self.put_away)
        self.show_log = QPushButton("Show log", self)
        self.show_log.setObjectName("jobCardLog")
        self.show_log.setCheckable(True)
        self.show_log.toggled.connect(self._toggle_log)
        self.again = QPushButton("Try again", self)
        self.again.setObjectName("jobCardAgain")
        set_role(self.again, "primary")
        self.again.clicked.connect(self._try_again)
        self.log = QPlainTextEdit(self)
        self.log.setObjectName("jobCardLogText")
        self.log.setAccessibleName("log of the step")
        self.log.setReadOnly(True)
        self.log.setMinimumHeight(160)
        self.log.hide()
        head = QHBoxLayout()
        head.addWidget(mark)
        head.addWidget(self.title, 1)
        head.addWidget(close)
        foot = QHBoxLayout()
        foot.addWidget(self.code, 1)
        foot.addWidget(self.show_log)
        foot.addWidget(self.again)
        column = QVBoxLayout(self)
        for item in (head, self.words, self.log, foot):
            if isinstance(item, QHBoxLayout):
                column.addLayout(item)
            else:
                column.addWidget(item)
        self.hide()
        jobs.failed.connect(self.show_job)
        jobs.started.connect(self._started)
        if window is not None:
            window.installEventFilter(self)

    def show_job(self, job: Job) -> None:
        """Tell of a job that failed."""
        error = job.error
        if error is None:
            return
        self.job = job
        self.title.setText(f"{job.title} failed")
        self.words.setText("\n\n".join(x for x in (error.message, error.hint) if x))
        self.code.setText(f"[{error.code}]")
        self._log = self._read_log(job)
        self.show_log.setChecked(False)
        self.show_log.setEnabled(bool(self._log))
        self.show_log.setToolTip("What the step wrote" if self._log else "The step wrote no log")
        self._place()  # it never shows, nor takes a click, at the size of an empty card
        self.show()
        self.raise_()
        QTimer.singleShot(0, self, self._place)

    def _read_log(self, job: Job) -> str:
        session = self._jobs.session
        if session is None:
            return ""
        try:
            text = step_log(session.path, job.kind).read_text(encoding="utf-8", errors="replace")
        except OSError:  # the step ended before it could write one
            return ""
        return "\n".join(text.splitlines()[-LOG_LINES:])

    def _toggle_log(self, shown: bool) -> None:
        self.log.setPlainText(self._log)
        self.log.setVisible(shown)
        QTimer.singleShot(0, self, self._place)

    def _try_again(self) -> None:
        job, self.job = self.job, None
        self.hide()
        if job is not None:
            self._jobs.again(job)

    def put_away(self) -> None:
        """Close the card; the job stays in the list as failed."""
        self.job = None
        self.hide()

    def _started(self, job: Job) -> None:
        """The same step runs again: the old message is over."""
        if self.job is not None and job.title == self.job.title:
            self.put_away()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the window is resized."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        window = self.parentWidget()
        if window is None:
            return
        self.setFixedWidth(min(WIDTH_PX, window.width() - 2 * MARGIN_PX))
        self.adjustSize()
        bottom = window.height() - MARGIN_PX - 30
        self.move(window.width() - self.width() - MARGIN_PX, max(bottom - self.height(), MARGIN_PX))
