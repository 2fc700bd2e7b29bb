"""One background job of the window: what it is, how far it is, what it made."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from surgitwin.core.errors import SolverError, StorageError, SurgiTwinError
from surgitwin.core.progress import Progress
from surgitwin.planning.estimate import TimeLeft
from surgitwin.planning.session.merge import StepResult, merged_plans, merged_state
from surgitwin.planning.session.step_job import step_result

if TYPE_CHECKING:
    from surgitwin.planning.session import Session

log = logging.getLogger(__name__)

JobState = Literal["queued", "running", "done", "failed", "cancelled"]

FAULT = SolverError(
    "window.fault",
    "The step could not be finished: the program has a fault.",
    hint="Start the program from a terminal to see its log, and report it.",
)


@dataclass(eq=False)
class Job:
    """One step. words: what it does now. fraction: 0..1, None when not known. left_s: None when not known.

    error: why it failed. notes: what the user must know of its result. wall_s: how long it took.
    """

    number: int
    kind: str
    arguments: Mapping[str, Any]
    title: str
    expected_s: float | None = None
    state: JobState = "queued"
    words: str = ""
    fraction: float | None = None
    left_s: float | None = None
    error: SurgiTwinError | None = None
    notes: tuple[str, ...] = ()
    clock: TimeLeft = field(default_factory=TimeLeft)
    wall_s: float = 0.0

    @property
    def elapsed_s(self) -> float:
        """Seconds since it started; its whole time when it is over."""
        return {"queued": 0.0, "running": self.clock.elapsed()}.get(self.state, self.wall_s)

    @property
    def over(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.state not in ("queued", "running")


def run_job(
    snapshot: Any,
    base: Any,
    kind: str,
    arguments: Mapping[str, Any],
    hurry: Callable[[], bool],
    progress: Progress,
) -> StepResult:
    """The step in a process of its own; for a worker thread."""
    started = time.monotonic()
    out = step_result(snapshot, base, kind, arguments, progress, hurry)
    log.info("step %s took %.1f s", kind, time.monotonic() - started)
    return out


def changes_of(session: Session, result: StepResult) -> bool:
    """Whether the step made anything that the case does not hold (a report does not)."""
    case = session.case
    state = {k: v for k, v in merged_state(case.state, result).items() if v != case.state.get(k)}
    return bool(state) or merged_plans(case.plans(), result) != case.plans()


def no_writing(session: Session | None) -> SurgiTwinError:
    """Why no step can be started."""
    if session is None:
        return StorageError(
            "session.none", "No case is open.", hint="Open a case or import a scan first.", where="window"
        )
    return StorageError(
        "session.read_only",
        f"{session.case.name} is open for reading only.",
        hint="Close it where it is open for writing, then open it again.",
        where=str(session.path),
    )
