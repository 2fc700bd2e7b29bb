"""A process that runs one task after another for a worker of a sweep: MPI and PETSc live here, nowhere else.

``python -m surgitwin.jobs.sweep_child`` reads one JSON request a line from stdin ({"id", "task",
"arguments"}) and writes one JSON answer a line to what was its stdout. It ends at once when stdin closes,
also amid native code: so it never outlives the worker that started it.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading
import traceback
from typing import Any, TextIO

from surgitwin.core.errors import SolverError, SurgiTwinError
from surgitwin.core.progress import SILENT

TASKS = {
    "sample": "surgitwin.planning.uncertainty.sample_task:run",
    "selftest": "surgitwin.jobs.selftest:run",
}
"""Task name -> "module:function"; the function takes (arguments, progress) and returns plain values."""


def main() -> int:
    """Serve requests until stdin closes."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not stand between the answers
    requests: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(sys.stdin, requests), daemon=True).start()
    while True:
        request = json.loads(requests.get())
        answer = json.dumps({"id": request["id"], **_answer(request)}, allow_nan=False)
        answers.write(answer + "\n")
        answers.flush()


def _read(stream: TextIO, requests: queue.Queue[str]) -> None:
    for line in stream:
        requests.put(line)
    os._exit(0)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        module, function = TASKS[request["task"]].split(":")
        data = getattr(importlib.import_module(module), function)(request["arguments"], SILENT)
    except SurgiTwinError as error:
        return _failure(error)
    except MemoryError:
        return _failure(
            SolverError(
                "solver.memory",
                "Not enough memory for this model.",
                hint="Use a larger mesh size, fewer workers or a computer with more memory.",
            )
        )
    except Exception as fault:  # noqa: BLE001 - the border of the process: nothing may leave unreported
        traceback.print_exc()
        return _failure(
            SolverError(
                "solver.internal",
                f"Internal fault: {type(fault).__name__}: {fault}",
                hint="Please report it.",
                where=str(request["task"]),
            )
        )
    return {"data": data}


def _failure(error: SurgiTwinError) -> dict[str, Any]:
    return {"error": error.as_dict(), "exit_code": error.exit_code}


if __name__ == "__main__":
    sys.exit(main())
