"""A worker does not outlive the process that started it, however that one ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
PROGRAM = (
    "import sys; from pathlib import Path; from surgitwin.jobs import run;"
    "run('selftest', Path(sys.argv[1]), {'steps': 1000, 'pause_s': 0.1}, ranks=int(sys.argv[2]))"
)


def started(folder: Path) -> list[psutil.Process]:
    """Every process of the job in `folder`, once it counts."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        events = folder / "events.jsonl"
        if events.exists() and "Step 2" in events.read_text():
            return [
                p
                for p in psutil.process_iter(["cmdline"])
                if str(folder) in " ".join(p.info["cmdline"] or [])
            ]
        time.sleep(0.05)
    raise AssertionError("the worker has not started")


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_die_with_who_started_them(tmp_path: Path, ranks: int, how: signal.Signals) -> None:
    folder = tmp_path / "job"
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), str(ranks)])
    found = [p for p in started(folder) if p.pid != parent.pid]
    assert len([p for p in found if "surgitwin.jobs.worker" in " ".join(p.cmdline())]) >= ranks
    parent.send_signal(how)
    parent.wait(10)
    _, alive = psutil.wait_procs(found, timeout=10)
    assert alive == []


def test_a_worker_whose_starter_is_gone_does_not_begin(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    (tmp_path / "request.json").write_text(json.dumps({"task": "selftest", "arguments": {}}))
    worker = [sys.executable, "-m", "surgitwin.jobs.worker", str(tmp_path), str(gone.pid)]
    assert subprocess.run(worker, check=False, timeout=30).returncode == 128 + signal.SIGTERM
    assert not (tmp_path / "events.jsonl").exists()
