"""What runs inside a worker of a sweep: it hands every task to a process of its own and watches it.

Nothing heavy is imported here, so that a scheduler of others may read these functions too.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from surgitwin import __version__
from surgitwin.core.errors import SolverError

POLL_S = 0.1
LAST_LINES = 5
_children: dict[str, Child] = {}
"""By sweep: on a scheduler of others a worker may serve several."""
_turn = threading.Lock()


class Child:
    """The process that does this worker's tasks, one after another."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "surgitwin.jobs.sweep_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            text=True,
        )
        self._answers: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None  # it was asked for
        for line in self.process.stdout:
            self._answers.put(line)

    def ask(
        self, task: str, arguments: dict[str, Any], timeout_s: float, memory_bytes: int
    ) -> dict[str, Any]:
        """{"data"} or {"error", "exit_code"} of one task; the process is ended when it takes too much."""
        assert self.process.stdin is not None  # it was asked for
        started = time.monotonic()
        try:
            self.process.stdin.write(json.dumps({"id": 0, "task": task, "arguments": arguments}) + "\n")
            self.process.stdin.flush()
        except OSError:
            return _error(self._died())
        while True:
            try:
                answer: dict[str, Any] = json.loads(self._answers.get(timeout=POLL_S))
                return answer
            except queue.Empty:
                fault = self._fault(time.monotonic() - started, timeout_s, memory_bytes)
                if fault is not None and self._answers.empty():
                    return _error(fault)

    def _fault(self, elapsed_s: float, timeout_s: float, memory_bytes: int) -> SolverError | None:
        if self.process.poll() is not None:
            self._reader.join()
            return self._died()
        if elapsed_s > timeout_s:
            self.stop()
            return SolverError(
                "sweep.timeout",
                f"The sample took longer than {timeout_s:g} s and was ended.",
                hint="Give more time with --timeout, or use a coarser mesh.",
            )
        if _memory(self.process.pid) > memory_bytes:
            self.stop()
            return SolverError(
                "sweep.memory",
                f"The sample needed more than {memory_bytes / 1e9:.1f} GB, its share of the memory.",
                hint="Use fewer workers (--workers), or a coarser mesh.",
            )
        return None

    def _died(self) -> SolverError:
        code = self.process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()[-LAST_LINES:]
        said = f" Last lines: {' | '.join(lines)}" if lines else ""
        return SolverError(
            "sweep.died",
            f"The process of this sample ended without a result (exit code {code}).{said}",
            hint="Check free memory with `surgitwin doctor`; the other samples are kept.",
        )

    @property
    def alive(self) -> bool:
        """Whether it can take a task."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout, self._log):
            if stream is not None:
                _close(stream)


def run_one(
    owner: str, task: str, arguments: dict[str, Any], timeout_s: float, memory_bytes: dict[str, int]
) -> dict[str, Any]:
    """One task of the sweep `owner` in its process: its answer with "wall_s" and "worker" (host:pid).

    memory_bytes: by host. A worker on a host that joined later keeps to the least of the others.
    """
    limit = memory_bytes.get(socket.gethostname(), min(memory_bytes.values()))
    with _turn:
        if owner not in _children or not _children[owner].alive:
            _children[owner] = Child()
        started = time.monotonic()
        answer = _children[owner].ask(task, arguments, timeout_s, limit)
        return {
            **answer,
            "wall_s": time.monotonic() - started,
            "worker": f"{socket.gethostname()}:{os.getpid()}",
        }


def stop_child(owner: str) -> None:
    """End the process of a sweep; a task that it still did is told as died."""
    one = _children.pop(owner, None)
    if one is not None and one.alive:
        one.process.kill()


def probe(paths: Sequence[str]) -> dict[str, Any]:
    """What a sweep must know of a worker: version, host, free memory, which of the paths it does not see."""
    return {
        "version": __version__,
        "missing": [p for p in paths if not Path(p).exists()],
        "host": socket.gethostname(),
        "free_bytes": psutil.virtual_memory().available,
    }


def _error(fault: SolverError) -> dict[str, Any]:
    return {"error": fault.as_dict(), "exit_code": fault.exit_code}


def _close(stream: Any) -> None:
    try:
        stream.close()
    except OSError:  # its other end is gone, and what was left in it with it
        return


def _memory(pid: int) -> int:
    """Bytes that a process holds; 0 when it has ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
