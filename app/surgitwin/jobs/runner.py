"""Run a task in another process, follow its events, stop it when asked.

The job folder holds ``request.json`` (task and arguments), ``events.jsonl`` (one event a line, with
exactly one terminal event: done, failed or cancelled), ``worker.log`` (everything else the worker
said). A process that ends without a terminal event is a failure with its exit code and last lines.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from surgitwin.core.errors import (
    Cancelled,
    SolverError,
    StorageError,
    SurgiTwinError,
    from_dict,
    storage_error,
)
from surgitwin.core.progress import TERMINAL, Event

POLL_S = 0.05
GRACE_S = 5.0
"""Time that a worker gets to stop by itself, and again after SIGTERM, before it is killed."""


def run(
    task: str,
    folder: Path,
    arguments: dict[str, Any],
    *,
    ranks: int = 1,
    on_event: Callable[[Event], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    grace_s: float = GRACE_S,
    hurry: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Run `task` (a name in `jobs.worker.TASKS`) in `folder` and return the data of its done event.

    ranks > 1 starts the worker under ``mpiexec -n ranks``. cancelled: asked often; the worker then gets
    `grace_s` to stop by itself before it is ended, no time at all when `hurry` says so. When this process
    dies, the worker and all that it started die with it (`jobs.tether`). Raises the worker's own error,
    Cancelled, or SolverError "job.died".
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("events.jsonl", "cancel"):
        (folder / name).unlink(missing_ok=True)
    (folder / "request.json").write_text(json.dumps({"task": task, "arguments": arguments}))
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            _command(folder, ranks),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=os.name == "posix",
        )
        try:
            return _follow(process, folder, on_event, cancelled, grace_s, hurry or _never)
        finally:
            _stop(process)


def _command(folder: Path, ranks: int) -> list[str]:
    worker = [sys.executable, "-m", "surgitwin.jobs.worker", str(folder), str(os.getpid())]
    if ranks == 1:
        return worker
    launcher = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
    if launcher is None:
        raise SolverError(
            "job.no_mpiexec",
            f"{ranks} ranks were asked for, but mpiexec was not found.",
            hint="Use --cores 1, or install MPI beside Python.",
        )
    launch = [launcher, "-n", str(ranks), *worker[:-1]]
    return [sys.executable, "-m", "surgitwin.jobs.tether", str(os.getpid()), *launch]


def _environment() -> dict[str, str]:
    # One thread for the linear algebra libraries: two jobs or two ranks share the cores already.
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _follow(
    process: subprocess.Popen[bytes],
    folder: Path,
    on_event: Callable[[Event], None] | None,
    cancelled: Callable[[], bool] | None,
    grace_s: float,
    hurry: Callable[[], bool],
) -> dict[str, Any]:
    position, asked_at = 0, None
    while True:
        ended = process.poll() is not None
        events, position = _new_events(folder / "events.jsonl", position)
        for event in events:
            if on_event is not None:
                on_event(event)
            if event.kind in TERMINAL:
                return _outcome(event)
        if ended:
            if asked_at is not None:
                raise Cancelled()
            raise _died(process.returncode, folder)
        if asked_at is None and cancelled is not None and cancelled():
            asked_at = time.monotonic()
            (folder / "cancel").touch()
        if asked_at is not None and (time.monotonic() - asked_at > grace_s or hurry()):
            _stop(process)
            raise Cancelled()
        time.sleep(POLL_S)


def _never() -> bool:
    return False


def _new_events(path: Path, position: int) -> tuple[list[Event], int]:
    """Complete lines after `position`, and the position after them."""
    if not path.exists():
        return [], position
    with path.open("rb") as stream:
        stream.seek(position)
        text = stream.read()
    end = text.rfind(b"\n") + 1
    return [Event(**json.loads(line)) for line in text[:end].splitlines()], position + end


def _outcome(event: Event) -> dict[str, Any]:
    data = event.data or {}
    if event.kind == "done":
        return data
    if event.kind == "cancelled":
        raise Cancelled()
    raise from_dict(data.get("error", {}), int(data.get("exit_code", SolverError.exit_code)))


def _died(code: int, folder: Path) -> SurgiTwinError:
    if code == StorageError.exit_code:  # the worker had no room to say so
        return storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), str(folder))
    lines = (folder / "worker.log").read_text(errors="replace").splitlines()[-5:]
    reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return SolverError(
        "job.died",
        f"The process of this step ended without a result ({reason})."
        + (f" Last lines: {' | '.join(lines)}" if lines else ""),
        hint="Check free memory with `surgitwin doctor`, then run the step again; the case is unchanged.",
        where=str(folder),
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, kill: the whole process group, so that MPI ranks go as well."""
    if process.poll() is not None:
        return
    for wanted in (signal.SIGTERM, signal.SIGKILL if os.name == "posix" else signal.SIGTERM):
        try:
            if os.name == "posix":
                os.killpg(process.pid, wanted)
            else:
                process.terminate()
            process.wait(GRACE_S)
            return
        except ProcessLookupError:
            process.wait(GRACE_S)
            return
        except subprocess.TimeoutExpired:
            continue
