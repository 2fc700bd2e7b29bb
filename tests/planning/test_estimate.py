"""Time left: from earlier runs, then from the fraction, smooth; and the progress of many results at once."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import cast

import pytest

from surgitwin.core.errors import Cancelled
from surgitwin.core.progress import Event, Progress
from surgitwin.planning.case import Case
from surgitwin.planning.estimate import TIMES, TimeLeft, keep_step_time, step_time, words
from surgitwin.planning.solving.progress import SolveProgress
from surgitwin.storage import CaseFolder


def test_nothing_is_said_without_fraction_and_earlier_runs() -> None:
    assert TimeLeft(None, now=0.0).update(None, now=5.0) is None
    assert TimeLeft(None, now=0.0).update(0.01, now=5.0) is None


def test_earlier_runs_speak_first_and_fall_silent_when_it_takes_longer() -> None:
    clock = TimeLeft(60.0, now=0.0)
    assert clock.update(None, now=0.0) == pytest.approx(60.0)
    assert clock.update(None, now=20.0) == pytest.approx(40.0)
    assert clock.update(None, now=61.0) is None


def test_a_steady_job_counts_down_to_zero() -> None:
    clock = TimeLeft(None, now=0.0)
    for t in range(10, 100):
        left = clock.update(t / 100, now=float(t))
        assert left == pytest.approx(100 - t, abs=0.5)


def test_a_wrong_estimate_is_corrected_without_jumps() -> None:
    clock = TimeLeft(20.0, now=0.0)
    clock.update(0.0, now=0.0)
    said = [clock.update(t / 200, now=float(t)) for t in range(1, 200)]
    steps = [abs(b - a) for a, b in itertools.pairwise(said) if a is not None and b is not None]
    assert max(steps) < 15
    assert said[150] == pytest.approx(200 - 151, abs=20)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (3, "a few seconds"), (22, "20 s"), (59, "1 min"), (150, "2 min"), (4000, "1 h 07 min")],
)
def test_words_are_round(seconds: float | None, text: str) -> None:
    assert words(seconds) == text


def test_step_times_count_on_the_same_computer_only(tmp_path: Path) -> None:
    case = cast(Case, type("C", (), {"folder": CaseFolder(tmp_path)})())
    assert step_time(case, "segment") is None
    keep_step_time(tmp_path, "segment", 12.0)
    keep_step_time(tmp_path, "mesh", 3.0)
    assert (step_time(case, "segment"), step_time(case, "mesh")) == (12.0, 3.0)
    data = json.loads((tmp_path / TIMES).read_text())
    data["mesh"]["machine"] = "another"
    (tmp_path / TIMES).write_text(json.dumps(data))
    assert step_time(case, "mesh") is None
    (tmp_path / TIMES).write_text("{")
    assert step_time(case, "segment") is None


def solve_two() -> tuple[SolveProgress, list[Event]]:
    said: list[Event] = []
    shown = SolveProgress(
        Progress(said.append),
        {"a": 1.0, "b": 1.0},
        {"a": "Nail, soft callus", "b": "Plate"},
        {"stance_full": "Full weight-bearing stance"},
    )
    return shown, said


def test_the_fraction_of_many_results_never_falls_and_ends_at_one() -> None:
    shown, said = solve_two()
    for key in ("a", "b"):
        shown.phase(key, "build")("Meshing", 0.5)
        shown.phase(key, "build")("Meshing", 1.0)
        for part, share in (("job", 0.6), ("job-band", 0.4)):
            at = shown.phase(key, "solve", part, share)
            for f in (0.1, 0.9, 0.3, 1.0):
                at("x: assembling", f)
        shown.phase(key, "measure")("Measuring", 0.5)
        shown.done(key)
        at("Solving: residual 1e-9 after 3 iterations", 1.0)
        assert shown.fraction() == pytest.approx(0.5 if key == "a" else 1.0)
    fractions = [e.fraction or 0.0 for e in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)


def test_words_name_plan_and_load_and_hide_residuals() -> None:
    shown, said = solve_two()
    at = shown.phase("a", "solve")
    at("nail E x 0.8: solving stance_full", 0.1)
    at("Solving: residual 1.0e-03 after 5 iterations", 0.4)
    at("nail: solving stance_full|head x+", 0.5)
    assert said[0].message == "Nail, soft callus: solving full weight-bearing stance"
    assert said[1].message == said[0].message
    assert (said[1].fraction or 0) > (said[0].fraction or 0)
    assert not any("residual" in e.message for e in said)


def test_asked_to_stop_ends_the_work() -> None:
    stop: list[bool] = []
    shown = SolveProgress(Progress(None, lambda: bool(stop)), {"a": 1.0}, {"a": "A"}, {})
    at = shown.phase("a", "solve")
    at("x: assembling", 0.1)
    stop.append(True)
    assert shown.asked_to_stop()
    with pytest.raises(Cancelled):
        at("x: assembling", 0.2)
