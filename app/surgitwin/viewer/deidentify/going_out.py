"""Files with pictures of the open case: its consent is asked, and what must be known of them is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from surgitwin.exchange.consent import NOT_RECORDED
from surgitwin.planning.objects.overview import file_notes
from surgitwin.planning.privacy.leaving import before_leaving, face_notes
from surgitwin.viewer.deidentify.purpose import purpose_of
from surgitwin.viewer.latest import Latest

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk
    from surgitwin.viewer.job_center import Job

PICTURES, NUMBERS = "pictures", "numbers"
"""What a file shows: the body, or figures only (its consent is asked all the same)."""


def write_out(
    desk: Desk, writer: Latest, what: str, write: Callable[[], object], told: Callable[[], str]
) -> None:
    """Ask the consent for the chosen purpose, then `write`, both in the worker of `writer`; say `told`."""
    session = desk.session
    if session is None:
        return
    case, purpose = session.case, purpose_of(desk)

    def task() -> tuple[str, ...]:
        said = before_leaving(case, what, purpose)
        write()
        return said

    writer.ask(task, lambda said: tell(desk, told(), said))


def tell(desk: Desk, words: str, said: Sequence[str]) -> None:
    """`words` and a missing consent in the status bar; what must not be overlooked stays until put away."""
    calm = [s for s in said if s == NOT_RECORDED]
    desk.say(" ".join((words, *calm)))
    if loud := [s for s in said if s != NOT_RECORDED]:
        desk.warn("\n".join((words, *loud)))


class ReportNotes(QObject):
    """Says of a report what its pictures show (the step of the report has asked the consent)."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._latest = Latest(self, desk.say_error)
        if desk.jobs is not None:
            desk.jobs.finished.connect(self._finished)

    def _finished(self, job: Job) -> None:
        session = self._desk.session
        if job.kind != "report" or session is None:
            return
        case, path = session.case, Path(str(job.arguments["path"]))
        words = f"The report is in {path.parent}: {path.name}."

        def notes() -> tuple[str, ...]:
            return (*face_notes(case, PICTURES), *file_notes(case.state))

        self._latest.ask(notes, lambda said: tell(self._desk, words, said))

    def release(self) -> None:
        """The window closes."""
        self._latest.stop()
