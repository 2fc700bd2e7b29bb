"""Sweeps: outcomes, failures, time-outs, lost workers, cancelling, and what listens where."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import psutil
import pytest

from surgitwin.core.errors import Cancelled, SolverError, UsageError
from surgitwin.core.progress import Progress
from surgitwin.jobs.sweep import Outcome, SweepOptions, _memory_limits, sweep, worker_count
from surgitwin.jobs.sweep_worker import probe

TWO = SweepOptions(workers=2, memory_bytes=2_000_000_000, timeout_s=60.0)


def _collected(arguments: list[dict], options: SweepOptions = TWO, **more: object) -> dict[int, Outcome]:  # type: ignore[type-arg]
    out: dict[int, Outcome] = {}
    sweep("selftest", arguments, out.__setitem__, options, **more)  # type: ignore[arg-type]
    return out


def _offspring() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def test_all_kinds_of_ends_are_told_and_none_stops_the_others() -> None:
    ends = ["done", "fail", "crash", "die", "done"]
    before = {p.pid for p in _offspring()}
    found = _collected([{"steps": n + 1, "end": end} for n, end in enumerate(ends)])
    assert sorted(found) == list(range(5))
    assert [o.data["steps"] for o in (found[0], found[4]) if o.data] == [1, 5]
    codes = [found[n].error["code"] for n in (1, 2, 3)]  # type: ignore[index]
    assert codes == ["solver.internal", "solver.internal", "sweep.died"]
    assert "exit code 3" in found[3].error["message"]  # type: ignore[index]
    assert all(o.data is None for n, o in found.items() if n in (1, 2, 3))
    left = [p for p in _offspring() if p.pid not in before and "sweep_child" in " ".join(_line(p))]
    assert not left


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_task_that_takes_too_long_fails_and_the_next_one_is_done() -> None:
    options = SweepOptions(workers=1, memory_bytes=2_000_000_000, timeout_s=3.0)
    found = _collected([{"steps": 200, "pause_s": 0.1}, {"steps": 2}], options)
    assert found[0].error is not None
    assert found[0].error["code"] == "sweep.timeout"
    assert found[1].data is not None


def test_a_task_that_takes_too_much_memory_fails() -> None:
    options = SweepOptions(workers=1, memory_bytes=1_000_000, timeout_s=30.0)
    found = _collected([{"steps": 40, "pause_s": 0.1}], options)
    assert found[0].error is not None
    assert found[0].error["code"] == "sweep.memory"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_killed_in_the_middle_costs_nothing_but_time() -> None:
    killed: list[int] = []
    found: dict[int, Outcome] = {}

    def note(number: int, outcome: Outcome) -> None:
        found[number] = outcome
        if not killed and outcome.worker:
            victim = next(
                p for p in _offspring() if any("sweep_child" in " ".join(_line(c)) for c in p.children())
            )
            killed.append(victim.pid)
            os.kill(victim.pid, signal.SIGKILL)

    arguments = [{"steps": n + 1, "pause_s": 0.02} for n in range(12)]
    sweep("selftest", arguments, note, TWO)
    assert killed
    assert {n: o.data["steps"] for n, o in found.items() if o.data} == {n: n + 1 for n in range(12)}


def test_cancelling_ends_what_runs() -> None:
    asked = threading.Event()
    found: dict[int, Outcome] = {}

    def note(number: int, outcome: Outcome) -> None:
        found[number] = outcome
        asked.set()

    started = time.monotonic()
    with pytest.raises(Cancelled):
        sweep(
            "selftest",
            [{"steps": 1}, *({"steps": 600, "pause_s": 0.1} for _ in range(4))],
            note,
            TWO,
            Progress(None, asked.is_set),
        )
    assert time.monotonic() - started < 30
    assert 0 in found
    assert not [p for p in _offspring() if "sweep_child" in " ".join(_line(p))]


def test_it_listens_on_the_loopback_address_only_and_serves_no_page() -> None:
    seen: list[str] = []
    pages: list[int] = []
    # MPI of earlier tests may listen in this very process; what counts is what the sweep adds.
    before = {c.laddr for c in psutil.Process().net_connections("inet") if c.status == psutil.CONN_LISTEN}

    def note(number: int, outcome: Outcome) -> None:
        for process in (psutil.Process(), *_offspring()):
            for c in process.net_connections("inet"):
                if c.status == psutil.CONN_LISTEN and c.laddr not in before:
                    seen.append(c.laddr.ip)
                    pages.append(c.laddr.port)

    sweep("selftest", [{"steps": 1}], note, SweepOptions(workers=1, memory_bytes=2_000_000_000))
    assert seen
    assert set(seen) <= {"127.0.0.1", "::1"}
    assert 8787 not in pages


def test_no_scheduler_and_no_workers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surgitwin.jobs.sweep.CONNECT_S", 2.0)
    with pytest.raises(SolverError) as error:
        _collected([{"steps": 1}], SweepOptions(scheduler="tcp://127.0.0.1:1"))
    assert error.value.code == "sweep.no_scheduler"
    with pytest.raises(UsageError) as usage:
        _collected([{"steps": 1}], SweepOptions(workers=0))
    assert usage.value.code == "sweep.workers"


def test_a_scheduler_of_others_is_used_and_its_workers_are_checked() -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as own:
        options = SweepOptions(scheduler=own.scheduler_address, memory_bytes=2_000_000_000)
        assert _collected([{"steps": 3}], options)[0].data == {"steps": 3, "rank_count": 1}
        assert worker_count(options) == 1
        assert worker_count(TWO) == 2
        needs = SweepOptions(scheduler=own.scheduler_address, needs=("/nowhere/at/all",))
        with pytest.raises(SolverError) as error:
            _collected([{"steps": 3}], needs)
        assert error.value.code == "sweep.worker_unfit"
        assert "/nowhere/at/all" in error.value.message
        own.scale(0)
        while own.scheduler.workers:
            time.sleep(0.1)
        with pytest.raises(SolverError) as none:
            _collected([{"steps": 3}], options)
        assert none.value.code == "sweep.no_workers"


class FakeClient:
    """Two workers on a large host, one on a small host with a limit of its own."""

    def scheduler_info(self, n_workers: int) -> dict[str, object]:
        limits = {"tcp://a:1": None, "tcp://a:2": 0, "tcp://b:1": 3_000_000_000}
        return {"workers": {k: {"memory_limit": v} for k, v in limits.items()}}


FACTS = {
    "tcp://a:1": {"host": "a", "free_bytes": 100_000_000_000},
    "tcp://a:2": {"host": "a", "free_bytes": 100_000_000_000},
    "tcp://b:1": {"host": "b", "free_bytes": 8_000_000_000},
}


def test_memory_of_a_task_is_a_share_of_its_own_host_not_of_this_computer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    little = type("Memory", (), {"available": 1_000_000})()
    far = SweepOptions(scheduler="tcp://s:1")
    with monkeypatch.context() as patch:
        patch.setattr(psutil, "virtual_memory", lambda: little)
        found = _memory_limits(FakeClient(), far, FACTS)  # type: ignore[arg-type]
        given = replace(far, memory_bytes=5)
        assert _memory_limits(FakeClient(), given, FACTS) == {"a": 5, "b": 5}  # type: ignore[arg-type]
    assert found == {"a": 40_000_000_000, "b": 3_000_000_000}
    assert set(probe(["/nowhere"])) == {"version", "missing", "host", "free_bytes"}


def test_who_starts_a_sweep_loads_neither_mpi_nor_petsc() -> None:
    code = (
        "import sys\n"
        "from surgitwin.jobs.sweep import SweepOptions, sweep\n"
        "if __name__ == '__main__':\n"
        "    got = {}\n"
        "    sweep('selftest', [{'steps': 1}], got.__setitem__, SweepOptions(workers=1))\n"
        "    assert got[0].data\n"
        "    bad = {'mpi4py', 'petsc4py', 'dolfinx', 'dolfinx_solver'} & set(sys.modules)\n"
        "    sys.exit(', '.join(sorted(bad)) or 0)\n"
    )
    script = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert script.returncode == 0, script.stderr
