"""The worker's side of a job: ``python -m surgitwin.jobs.worker FOLDER [PID]``.

PID: the process that started it, with which it dies; under MPI it dies with its launcher.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from surgitwin.core.errors import DISK_FULL, Cancelled, SolverError, SurgiTwinError, storage_error
from surgitwin.core.progress import Event, Progress
from surgitwin.jobs.tether import die_with

TASKS = {
    "deploy": "surgitwin.jobs.deploy_task:run",
    "problem": "surgitwin.jobs.problem_task:run",
    "solve": "surgitwin.jobs.solve_task:run",
    "selftest": "surgitwin.jobs.selftest:run",
    "step": "surgitwin.planning.step_task:run",
    "verify": "surgitwin.verification.child:run",
    "vessel_flow": "surgitwin.jobs.vessel_flow_task:run",
}
"""Task name -> "module:function"; the function takes (arguments, progress) and returns plain values."""


def main(folder: Path) -> int:
    """Run the request in `folder`; returns the process's exit code."""
    first = _is_first_rank()
    report = _reporter(folder / "events.jsonl") if first else _nothing
    cancel = folder / "cancel"
    progress = Progress(report, cancel.exists)
    report(Event("started", data={"pid": os.getpid()}))
    try:
        request = json.loads((folder / "request.json").read_text())
        module, function = TASKS[request["task"]].split(":")
        result = getattr(importlib.import_module(module), function)(request["arguments"], progress)
    except Cancelled:
        report(Event("cancelled"))
        return Cancelled.exit_code
    except SurgiTwinError as known:
        report(_failure(known))
        return known.exit_code
    except MemoryError:
        error = SolverError(
            "solver.memory",
            "Not enough memory for this model.",
            hint="Use a larger mesh size or a computer with more memory.",
        )
        report(_failure(error))
        return SolverError.exit_code
    except Exception as fault:  # noqa: BLE001 - the border of the process: nothing may leave unreported
        traceback.print_exc()
        if isinstance(fault, OSError) and fault.errno in DISK_FULL:
            full = storage_error(fault, str(fault.filename or folder))
            with contextlib.suppress(OSError):  # no room for the event either: the exit code tells it
                report(_failure(full))
            return full.exit_code
        error = SolverError(
            "solver.internal",
            f"Internal fault: {type(fault).__name__}: {fault}",
            hint="Please report it with the file worker.log.",
            where=str(folder),
        )
        report(_failure(error))
        return SolverError.exit_code
    report(Event("done", fraction=1.0, data=result))
    return 0


def _failure(error: SurgiTwinError) -> Event:
    return Event("failed", error.message, data={"error": error.as_dict(), "exit_code": error.exit_code})


def _is_first_rank() -> bool:
    """Whether this is rank 0 (MPICH's launcher sets PMI_RANK), without starting MPI."""
    return int(os.environ.get("PMI_RANK", "0")) == 0


def _nothing(event: Event) -> None:
    del event


def _reporter(path: Path) -> Callable[[Event], None]:
    def report(event: Event) -> None:
        line: Any = json.dumps(event.as_dict(), allow_nan=False) + "\n"
        with path.open("a", encoding="utf-8") as stream:
            stream.write(line)

    return report


if __name__ == "__main__":
    die_with(int(sys.argv[2]) if len(sys.argv) > 2 else os.getppid())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sys.exit(main(Path(sys.argv[1])))
