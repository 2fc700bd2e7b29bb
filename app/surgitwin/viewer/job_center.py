"""Background jobs: steps of the open case in processes of their own, brought back as undo steps."""

from __future__ import annotations

import itertools
import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.estimate import TimeLeft, step_time
from surgitwin.planning.session.merge import StepResult
from surgitwin.viewer.job import FAULT, Job, JobState, changes_of, no_writing, run_job
from surgitwin.viewer.worker import Worker

if TYPE_CHECKING:
    from surgitwin.planning.session import Session
    from surgitwin.viewer.desk import Desk

__all__ = ["Job", "JobCenter"]

log = logging.getLogger(__name__)

TICK_MS = 1000
KEPT = 50
"""So many finished jobs are remembered."""
ONLY_READING = ("report",)
"""Steps that change nothing in the case: also for a window that may only read."""
STOP_MS = 20000
"""The step's process ends within seconds; the rest is for a machine that is very busy."""


class JobCenter(QObject):
    """Runs jobs on the session of the desk, in the order they were started. Signals carry the `Job`.

    The snapshot that a job works on is taken when its turn comes; edits made meanwhile stay, and a result
    that no longer belongs to what is edited comes back marked out of date.
    """

    queued = Signal(object)
    started = Signal(object)
    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._numbers = itertools.count(1)
        self.jobs: list[Job] = []
        self._worker: Worker | None = None
        self._job: Job | None = None
        self._of: Session | None = None
        self._hurry = threading.Event()
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._ticked)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._start_next)

    @property
    def session(self) -> Session | None:
        """The open case."""
        return self._desk.session

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return any(not j.over for j in self.jobs)

    @property
    def running(self) -> Job | None:
        """The job at work."""
        return next((j for j in self.jobs if j.state == "running"), None)

    @property
    def waiting(self) -> tuple[Job, ...]:
        """Jobs in the queue, the next one first."""
        return tuple(j for j in self.jobs if j.state == "queued")

    def start(
        self, kind: str, arguments: dict[str, Any], title: str, expected_s: float | None = None
    ) -> Job | None:
        """Queue a step of `planning.step_task.STEPS`. expected_s: its time in s by earlier runs.

        None without a case that can be changed, which is said.
        """
        session = self._desk.session
        if session is None or (session.read_only and kind not in ONLY_READING):
            self._desk.say_error(no_writing(session))
            return None
        expected = expected_s if expected_s is not None else step_time(session.case, kind)
        job = Job(next(self._numbers), kind, dict(arguments), title, expected, left_s=expected)
        self.jobs.append(job)
        self._forget_old()
        self.queued.emit(job)
        if self._worker is None and not self._next.isActive():
            self._next.start(0)
        return job

    def again(self, job: Job) -> Job | None:
        """Queue the same step once more, in place of the job that failed."""
        if job in self.jobs and job.over:
            self.jobs.remove(job)
        return self.start(job.kind, dict(job.arguments), job.title, job.expected_s)

    def cancel(self, job: Job) -> None:
        """Take a job out of the queue, or ask it to stop; `cancelled` follows."""
        if job.state == "queued":
            job.state = "cancelled"
            self.cancelled.emit(job)
        elif job.state == "running" and self._worker is not None:
            job.words = "Stopping"
            self._worker.cancel()
            self.progressed.emit(job)

    def cancel_all(self) -> None:
        """Empty the queue and ask the running job to stop."""
        for job in reversed([j for j in self.jobs if not j.over]):
            self.cancel(job)

    def stop(self) -> None:
        """Cancel everything, wait for the running process to end, forget all jobs (the case is closed)."""
        self._next.stop()
        self._hurry.set()
        self.cancel_all()
        worker, self._worker = self._worker, None
        self._job = self._of = None
        if worker is not None:
            if not worker.stop_and_wait(STOP_MS):
                log.error("a step did not stop within %d ms", STOP_MS)
            worker.deleteLater()
        job = self.running
        if job is not None:
            self._end(job, "cancelled")
        self._tick.stop()
        self.jobs.clear()

    # ---- inside -------------------------------------------------------------------------------------

    def _start_next(self) -> None:
        session, waiting = self._desk.session, self.waiting
        if self._worker is not None or not waiting or session is None:
            return
        if session.drawing:  # a stroke is not a step yet: wait until the mouse is released
            self._next.start(100)
            return
        job = waiting[0]
        job.state, job.words, job.clock = "running", "Starting", TimeLeft(job.expected_s)
        self._hurry = threading.Event()
        task = partial(
            run_job, session.snapshot(), session.base(), job.kind, job.arguments, self._hurry.is_set
        )
        worker = Worker(task, self)
        self._worker = worker
        self._job, self._of = job, session
        # Bound methods only: their slots run in the window's thread. After `stop` they find no job.
        worker.progressed.connect(self._progressed)
        worker.finished_with.connect(self._done)
        worker.failed.connect(self._failed)
        worker.was_cancelled.connect(self._stopped)
        worker.crashed.connect(self._crashed)
        worker.finished.connect(self._over)
        worker.start()
        self._tick.start()
        self.started.emit(job)

    def _progressed(self, words: str, fraction: float) -> None:
        job = self._job
        if job is None or job.over:
            return
        job.words = job.words if job.words == "Stopping" else words
        job.fraction = job.fraction if fraction < 0 else fraction
        job.left_s = job.clock.update(job.fraction)
        self.progressed.emit(job)

    def _ticked(self) -> None:
        job = self.running
        if job is not None:
            job.left_s = job.clock.update(job.fraction)
            self.progressed.emit(job)

    def _done(self, result: StepResult) -> None:
        job, session = self._job, self._of
        if job is None or session is None or self._desk.session is not session:
            return
        try:
            if changes_of(session, result):
                job.notes = session.merge_step(job.title, result)
        except SurgiTwinError as error:
            self._failed(error)
            return
        for note in job.notes:
            self._desk.say(note)
        self._end(job, "done")

    def _failed(self, error: SurgiTwinError) -> None:
        if self._job is not None:
            self._job.error = error
            self._end(self._job, "failed")

    def _crashed(self) -> None:
        self._failed(FAULT)

    def _stopped(self) -> None:
        if self._job is not None:
            self._end(self._job, "cancelled")

    def _end(self, job: Job, state: JobState) -> None:
        if job.over:
            return
        job.wall_s = job.clock.elapsed()
        job.state, job.left_s = state, None
        {"done": self.finished, "failed": self.failed}.get(state, self.cancelled).emit(job)

    def _over(self) -> None:
        """The thread has ended: after its outcome."""
        worker, self._worker = self._worker, None
        if worker is not None:
            self._job = self._of = None
            worker.deleteLater()
            self._tick.stop()
            self._next.start(0)

    def _forget_old(self) -> None:
        over = [j for j in self.jobs if j.over]
        for job in over[: max(len(over) - KEPT, 0)]:
            self.jobs.remove(job)

    def left_s(self) -> float | None:
        """Seconds until the queue is empty; None when it is not known of every job."""
        parts = [j.left_s if j.state == "running" else j.expected_s for j in self.jobs if not j.over]
        return None if not parts or None in parts else sum(p for p in parts if p is not None)
