"""A task that only counts: shows that worker processes start, report, fail, stop and die as they should."""

from __future__ import annotations

import os
import time
from typing import Any

from surgitwin.core.errors import SolverError
from surgitwin.core.progress import Progress


def run(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Count to `steps`, `pause_s` apart, then `end`: "done", "fail" (typed), "crash" or "die" (no word)."""
    steps = int(arguments.get("steps", 1))
    for n in range(steps):
        progress(f"Step {n + 1} of {steps}", (n + 1) / steps)
        time.sleep(float(arguments.get("pause_s", 0)))
    end = arguments.get("end", "done")
    if end == "fail":
        raise SolverError("solver.internal", "Asked to fail.", hint="Nothing to do.")
    if end == "crash":
        raise RuntimeError("asked to crash")
    if end == "die":
        os._exit(3)
    return {"steps": steps, "rank_count": int(os.environ.get("PMI_SIZE", "1"))}
