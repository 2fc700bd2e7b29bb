"""Solve the flow of one vessel inside the worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surgitwin.core.progress import Progress


def run(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Solve the task in the file `task` and write its result to the file `out`.

    Returns {"out": path, "warnings": [...]}.
    """
    # Imported here: DOLFINx belongs to the worker process, not to everyone who starts jobs.
    from surgitwin.mechanics.fenicsx.flow.vessel import solve_vessel_flow
    from surgitwin.mechanics.flow.vessel_files import load_flow_task
    from surgitwin.mechanics.flow.vessel_result import save_vessel_flow

    result = solve_vessel_flow(load_flow_task(Path(arguments["task"])), progress)
    out = Path(arguments["out"])
    part = out.with_name(f".part-{out.name}")
    save_vessel_flow(result, part)
    part.replace(out)
    return {"out": str(out), "warnings": list(result.warnings)}
