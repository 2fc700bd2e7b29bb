"""The sample case in a process of its own, for the window: it can be stopped, and a failure is said."""

from pathlib import Path

import pytest

from surgitwin.core.errors import Cancelled, SolverError
from surgitwin.core.progress import Event, Progress
from surgitwin.planning import demo


def test_cancel_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    popen = demo.subprocess.Popen

    def keep(*args: object, **options: object) -> object:
        started.append(popen(*args, **options))
        return started[-1]

    monkeypatch.setattr(demo.subprocess, "Popen", keep)
    with pytest.raises(Cancelled):
        demo.demo_in_process(
            "femur", tmp_path, size_mm=9.0, cores=1, progress=Progress(cancelled=lambda: True)
        )
    assert started[0].poll() is not None


def test_a_failure_names_its_reason(tmp_path: Path) -> None:
    events: list[Event] = []
    with pytest.raises(SolverError, match="is not one of 'femur'") as caught:
        demo.demo_in_process("skull", tmp_path, size_mm=None, cores=None, progress=Progress(events.append))
    assert caught.value.code == "demo.failed"
    assert any("Error [usage.arguments]" in e.message for e in events)
