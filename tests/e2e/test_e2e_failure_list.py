"""One of two MPI ranks is killed; equations that cannot be solved: the step ends, the case is kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from test_e2e_failures import OTHER, finish, kept, start, wait_for_worker, workers

from small_case import SmallCase

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems"),
]
SECONDS = 20.0
"""From the kill to the last word, on a busy machine; some seconds on an idle one."""


@pytest.fixture
def mine(solved_case: SmallCase, tmp_path: Path) -> Path:
    return solved_case.copy(tmp_path / "mine.twin")


def test_a_killed_rank_ends_the_job_within_seconds(mine: Path) -> None:
    before = kept(mine)
    process = start("solve", mine, "--plan", "intact", "--cores", "2", *OTHER)
    wait_for_worker(mine)
    ranks = [p for p in workers(mine) if "PMI_RANK" in p.environ()]
    assert sorted(p.environ()["PMI_RANK"] for p in ranks) == ["0", "1"]
    second = next(p for p in ranks if p.environ()["PMI_RANK"] == "1")
    killed = time.monotonic()
    second.kill()
    code, data, err = finish(process)
    assert time.monotonic() - killed < SECONDS
    assert (code, data["error"]["code"]) == (5, "job.died"), data
    assert "run the step again" in data["error"]["hint"]
    assert "Traceback" not in err
    assert workers(mine) == []
    assert kept(mine) == before


IMPATIENT = """
import sys
if "surgitwin.jobs.worker" in " ".join(sys.orig_argv):
    from dataclasses import replace
    from surgitwin.mechanics import serial
    whole = serial.load_problem
    def impatient(*arguments, **named):
        problem = whole(*arguments, **named)
        few = replace(problem.settings, max_iterations=1, fallback_to_direct=False)
        return replace(problem, settings=few)
    serial.load_problem = impatient
"""
"""One iteration and no direct solution: equations that are really not solved."""


def test_equations_that_do_not_converge_leave_the_case_as_it_was(mine: Path, tmp_path: Path) -> None:
    before = kept(mine)
    (tmp_path / "sitecustomize.py").write_text(IMPATIENT)
    env = {"PYTHONPATH": str(tmp_path)}
    code, data, err = finish(start("solve", mine, "--plan", "intact", "--cores", "1", *OTHER, env=env))
    assert (code, data["error"]["code"]) == (5, "solver.not_converged"), data
    assert data["error"]["hint"]
    assert "Traceback" not in err
    assert kept(mine) == before
