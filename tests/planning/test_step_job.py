"""Steps of an open case in a process of their own: what comes back, cancel, kill, log, left-overs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from small_case import SmallCase, tree
from surgitwin.core.errors import Cancelled, SolverError, SurgiTwinError
from surgitwin.core.progress import SILENT, Event, Progress
from surgitwin.planning.estimate import step_time
from surgitwin.planning.session import Session
from surgitwin.planning.session.step_job import step_log, step_result

QUICK = {"procedure": "fracture_fixation"}


@pytest.fixture
def session(meshed_case: SmallCase, tmp_path: Path) -> Iterator[Session]:
    made = Session.open(meshed_case.copy(tmp_path / "mine.twin"))
    yield made
    made.close()


def run(session: Session, kind: str, arguments: dict[str, object], progress: Progress = SILENT) -> None:
    result = step_result(session.snapshot(), session.base(), kind, arguments, progress)
    session.merge_step(kind, result)


def workers(path: Path) -> list[psutil.Process]:
    found = psutil.process_iter(["cmdline"])
    return [
        p
        for p in found
        if "surgitwin.jobs.worker" in (p.info["cmdline"] or []) and str(path) in str(p.info["cmdline"])
    ]


def kept(path: Path) -> dict[str, str]:
    """Files of the case that belong to the user."""
    return {k: v for k, v in tree(path).items() if not k.startswith(("cache", "blobs", "results"))}


def test_measure_comes_back_as_one_step_and_the_saved_case_stays(session: Session) -> None:
    before, events = kept(session.path), list[Event]()
    run(session, "measure", {"side": "left"}, Progress(events.append))
    assert session.undo_name == "measure"
    assert session.case.state["mesh"] is None
    assert kept(session.path) == before
    assert [e.fraction for e in events if e.fraction is not None]
    assert session.undo() == "measure"
    assert session.case.state["mesh"]
    assert (step_time(session.case, "measure") or 0) > 0
    assert list(session.path.glob(".step-*")) == []


def test_proposals_for_the_fracture_of_a_plan_come_back_as_plans(session: Session) -> None:
    fracture = session.case.plans()["nail"].fracture
    assert fracture is not None
    session.edit("Delete", plans={"nail": None})
    run(session, "propose", {**QUICK, "fracture_of": "plate", "options": {}})
    made = session.case.plans()["nail"].fracture
    assert made is not None
    assert made.hash == fracture.hash
    assert session.undo() == "propose"
    assert set(session.case.plans()) == {"plate"}


@pytest.mark.parametrize(
    ("kind", "arguments", "code"),
    [
        ("fly", {}, "usage.step"),
        ("propose", {**QUICK, "fracture_of": "none"}, "plan.unknown"),
        ("propose", {"procedure": "witchcraft"}, ""),
    ],
)
def test_a_failed_step_says_why_and_changes_nothing(
    session: Session, kind: str, arguments: dict[str, object], code: str
) -> None:
    before, case = kept(session.path), session.case
    with pytest.raises(SurgiTwinError) as caught:
        run(session, kind, arguments)
    assert not code or caught.value.code == code
    assert caught.value.hint
    assert session.case is case
    assert kept(session.path) == before
    assert list(session.path.glob(".step-*")) == []


def test_cancel_ends_the_process(session: Session) -> None:
    case, stop = session.case, list[bool]()
    progress = Progress(lambda e: stop.append(True), lambda: bool(stop))
    started = time.monotonic()
    with pytest.raises(Cancelled):
        run(session, "measure", {}, progress)
    assert time.monotonic() - started < 20
    assert session.case is case
    assert workers(session.path) == []


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_process_is_a_failure_with_a_next_step(session: Session) -> None:
    def kill(event: Event) -> None:
        if event.fraction is not None:
            for process in workers(session.path):
                process.send_signal(signal.SIGKILL)

    case = session.case
    with pytest.raises(SolverError) as caught:
        run(session, "measure", {}, Progress(kill))
    assert caught.value.code == "job.died"
    assert "SIGKILL" in caught.value.message
    assert caught.value.hint
    assert session.case is case
    assert step_log(session.path, "measure").exists()
    run(session, "measure", {})
    assert session.undo_name == "measure"


@pytest.mark.e2e
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_the_solver_processes_of_a_killed_step_die_with_it(solved_case: SmallCase, tmp_path: Path) -> None:
    session = Session.open(solved_case.copy(tmp_path / "solved.twin"))
    seen: list[psutil.Process] = []

    def kill(event: Event) -> None:
        solvers = [p for p in workers(session.path) if "results" in str(p.info["cmdline"])]
        if "assembling" in event.message and solvers and not seen:
            seen.extend(solvers)
            for process in workers(session.path):
                if process not in solvers:
                    process.send_signal(signal.SIGKILL)

    arguments = {"plans": ["nail"], "options": {"body_weight": 83.0, "cores": 2}}
    with pytest.raises(SolverError) as caught:
        run(session, "solve", arguments, Progress(kill))
    assert caught.value.code == "job.died"
    assert seen
    _, alive = psutil.wait_procs(seen, timeout=10)
    assert alive == []
    session.close()
