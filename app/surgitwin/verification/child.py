"""One case in a process of its own: the task "verify" of `jobs.worker`."""

from __future__ import annotations

import math
import sys
import time
from typing import Any

import psutil

from surgitwin.core.progress import Progress
from surgitwin.verification.registry import load_case


def run(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Run the case of `module` with the right or the `wrong` input.

    Returns {"values": {id: {"value", "study"}}, "wall_s", "peak_rss_MB"}; a value that is no finite number is
    None. Compilation and imports count in wall_s.
    """
    start = time.perf_counter()
    progress("Importing")
    case, _ = load_case(arguments["module"])
    progress(f"Running {case.title}")
    measured = case.run(bool(arguments["wrong"]))
    values = {
        name: {"value": _finite(m.value), "study": [[float(a), float(b)] for a, b in m.study]}
        for name, m in measured.items()
    }
    return {"values": values, "wall_s": time.perf_counter() - start, "peak_rss_MB": _peak_rss_MB()}


def _peak_rss_MB() -> float:
    # Not the one of `fenicsx.runtime`: cases of plain arithmetic need not load DOLFINx.
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
