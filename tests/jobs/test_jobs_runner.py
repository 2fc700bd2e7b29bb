import json
import os
import time
from pathlib import Path

import pytest

from surgitwin.core.errors import Cancelled, SolverError
from surgitwin.core.progress import TERMINAL, Event
from surgitwin.jobs import run


def test_a_job_reports_and_returns(tmp_path: Path) -> None:
    events: list[Event] = []
    result = run("selftest", tmp_path, {"steps": 3}, on_event=events.append)
    assert result == {"steps": 3, "rank_count": 1}
    assert [e.kind for e in events] == ["started", "progress", "progress", "progress", "done"]
    assert [e.fraction for e in events if e.kind == "progress"] == pytest.approx([1 / 3, 2 / 3, 1])


@pytest.mark.parametrize(
    ("end", "code", "word"),
    [("fail", "solver.internal", "Asked to fail"), ("crash", "solver.internal", "asked to crash"),
     ("die", "job.died", "exit code 3")],
)  # fmt: skip
def test_failures_are_typed(tmp_path: Path, end: str, code: str, word: str) -> None:
    with pytest.raises(SolverError) as caught:
        run("selftest", tmp_path, {"end": end})
    assert caught.value.code == code
    assert word in caught.value.message
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert sum(k in TERMINAL for k in kinds) == (0 if end == "die" else 1)


def test_cancel_stops_the_process(tmp_path: Path) -> None:
    pids: list[int] = []

    def note(event: Event) -> None:
        if event.kind == "started" and event.data:
            pids.append(event.data["pid"])

    with pytest.raises(Cancelled):
        run(
            "selftest",
            tmp_path,
            {"steps": 1000, "pause_s": 0.05},
            on_event=note,
            cancelled=lambda: bool(pids),
        )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pids[0], 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the worker is still alive")


def test_a_killed_worker_is_a_named_failure(tmp_path: Path) -> None:
    def kill(event: Event) -> None:
        if event.kind == "progress":
            started = json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])
            os.kill(started["data"]["pid"], 9)

    with pytest.raises(SolverError) as caught:
        run("selftest", tmp_path, {"steps": 1000, "pause_s": 0.05}, on_event=kill)
    assert caught.value.code == "job.died"
    assert "SIGKILL" in caught.value.message


def test_two_ranks_speak_once(tmp_path: Path) -> None:
    events: list[Event] = []
    result = run("selftest", tmp_path, {"steps": 2}, ranks=2, on_event=events.append)
    assert result["rank_count"] == 2
    assert [e.kind for e in events].count("done") == 1
