"""What goes wrong while the solver runs: killed, cancelled, no room, no compiler. The case is unchanged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from small_case import SmallCase, run_cli, tree

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX systems"),
]
OTHER = ["--rtol", "1e-7"]  # another input: the stored results do not answer it


@pytest.fixture
def case(solved_case: SmallCase, tmp_path: Path) -> Path:
    return solved_case.copy(tmp_path / "mine.twin")


def kept(case: Path) -> dict[str, str]:
    """Every file but the cache of matrices and logs, which may be deleted at any time."""
    return {name: value for name, value in tree(case).items() if not name.startswith("cache")}


def start(*words: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "surgitwin", *map(str, words), "--json"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})},
        preexec_fn=_hears_interrupts,
    )  # fmt: skip


def _hears_interrupts() -> None:
    """Tests that were started in the background of a shell ignore Ctrl-C, and so would what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any], str]:
    out, err = process.communicate(timeout=240)
    return process.returncode, json.loads(out), err


def workers(case: Path) -> list[psutil.Process]:
    """Solver processes that work on this case."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if "surgitwin.jobs.worker" in line and str(case) in line and "mpiexec" not in line:
            found.append(process)
    return found


def wait_for_worker(case: Path) -> psutil.Process:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        for log in case.glob("results/*/job/events.jsonl"):
            found = workers(case)
            if "assembling" in log.read_text() and found:
                return found[0]
        time.sleep(0.05)
    raise AssertionError("no worker has started")


def test_a_killed_solver_is_5_and_the_next_solve_succeeds(case: Path) -> None:
    before = kept(case)
    process = start("solve", case, "--plan", "intact", "--cores", "1", *OTHER)
    wait_for_worker(case).kill()
    code, data, err = finish(process)
    assert (code, data["error"]["code"]) == (5, "job.died"), data
    assert "SIGKILL" in data["error"]["message"]
    assert data["error"]["hint"]
    assert "Traceback" not in err
    assert kept(case) == before
    again = run_cli("solve", case, "--plan", "intact", "--cores", 1, *OTHER)
    assert again.code == 0, again.out
    assert not any(r["cached"] for r in again.data["runs"])


def test_interrupt_is_130_and_leaves_no_worker(case: Path) -> None:
    before = kept(case)
    process = start("solve", case, "--cores", "2", *OTHER)
    wait_for_worker(case)
    process.send_signal(signal.SIGINT)
    code, data, err = finish(process)
    assert (code, data["error"]["code"]) == (130, "cancelled")
    assert "Traceback" not in err
    assert workers(case) == []
    assert kept(case) == before
    assert not (case / ".lock").exists()


def test_no_room_for_the_problem_is_6(case: Path) -> None:
    before = kept(case)
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000));"
        "from surgitwin.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["solve", str(case), "--plan", "intact", "--cores", "1", *OTHER, "--json"]
    ran = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    data = json.loads(ran.stdout)
    assert (ran.returncode, data["error"]["code"]) == (6, "storage.full"), (data, ran.stderr[-500:])
    assert data["error"]["hint"]
    assert "Traceback" not in ran.stderr
    assert kept(case) == before


NO_ROOM = """
import errno, os, pathlib, sys
import numpy
if "surgitwin.jobs.worker" in " ".join(sys.orig_argv):
    def full(path, *args, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    numpy.savez = full
    if {events}:
        whole = pathlib.Path.open
        def limited(self, *args, **named):
            if self.name == "events.jsonl" and self.exists() and self.stat().st_size > 300:
                full(self)
            return whole(self, *args, **named)
        pathlib.Path.open = limited
"""


@pytest.mark.parametrize("events", [False, True])
def test_no_room_for_the_solution_is_6_even_when_the_worker_cannot_say_so(
    case: Path, tmp_path: Path, events: bool
) -> None:
    before = kept(case)
    (tmp_path / "sitecustomize.py").write_text(NO_ROOM.replace("{events}", str(events)))
    env = {"PYTHONPATH": str(tmp_path)}
    code, data, err = finish(start("solve", case, "--plan", "intact", "--cores", "1", *OTHER, env=env))
    assert (code, data["error"]["code"]) == (6, "storage.full"), data
    assert data["error"]["hint"]
    assert "Traceback" not in err
    assert kept(case) == before


def test_no_compiler_is_5_and_says_what_to_install(case: Path, tmp_path: Path) -> None:
    before = kept(case)
    empty = tmp_path / "empty"
    empty.mkdir()
    env = {"PATH": str(empty), "XDG_CACHE_HOME": str(empty), "HOME": str(empty), "CC": ""}
    # Conjugate gradients need no compiled form any more; the direct method does.
    method = ("--method", "mumps")
    code, data, err = finish(
        start("solve", case, "--plan", "intact", "--cores", "1", *method, *OTHER, env=env)
    )
    assert (code, data["error"]["code"]) == (5, "solver.no_compiler"), data
    assert "compiler" in data["error"]["hint"]
    assert "Traceback" not in err
    assert kept(case) == before


def test_a_result_without_its_record_does_not_count(case: Path) -> None:
    """A result whose record is gone is solved again, not believed."""
    for run in case.glob("results/*/run.json"):
        run.unlink()
    state = {p["name"]: p["result"] for p in run_cli("info", case).data["plans"]}
    assert set(state.values()) == {"none"}

    said = run_cli("solve", case, "--plan", "intact", "--cores", 1)
    assert said.code == 0
    assert not any(r["cached"] for r in said.data["runs"])
