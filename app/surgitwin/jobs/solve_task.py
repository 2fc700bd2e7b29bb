"""The solver's task: problems in folders in, solutions in folders out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surgitwin.core.progress import Progress


def run(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Solve the problems in the folders `problems` and write each solution to the folder of `solutions`.

    cache_dir: where assembled bone matrices are kept, or None. Under MPI every rank reads the problems;
    the first one writes.
    """
    # Imported here: DOLFINx belongs to the worker process, not to everyone who starts jobs.
    from surgitwin.mechanics import serial
    from surgitwin.mechanics.fenicsx import solve

    bones: dict[str, Any] = {}
    problems = [serial.load_problem(Path(p), bones=bones) for p in arguments["problems"]]
    cache = arguments.get("cache_dir")
    solutions = solve(problems, progress, None if cache is None else Path(cache))
    for solution, folder in zip(solutions, arguments["solutions"], strict=False):
        serial.save_solution(solution, Path(folder))
    return {"solutions": list(arguments["solutions"])}
