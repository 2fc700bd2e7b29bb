"""Solve a problem file without a case."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from surgitwin import jobs
from surgitwin.core.errors import Cancelled, InputError, SolverError
from surgitwin.core.progress import SILENT, Event, Progress

SUFFIXES = (".toml", ".json")


def is_problem(path: Path) -> bool:
    """Whether `path` names a problem file rather than a case."""
    return path.suffix in SUFFIXES


def solve_problem(
    path: Path,
    fields: Path | None = None,
    restart: Path | None = None,
    time_limit_s: float | None = None,
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """{"runs": [...], "curves": {...}, "warnings": [...], "files": [...]} of a .toml or .json problem.

    fields: folder for one .vtu a part. restart: file of the last good increment (written, and used when it
    is there). Raises InputError "problem.missing", "model.faults" and what the engine raises, SolverError
    "solver.time_limit".
    """
    if not path.is_file():
        raise InputError(
            "problem.missing",
            f"There is no problem file {path}.",
            hint="Give a .toml or .json file as in packaging/docs/problem.md.",
            where=str(path),
        )
    started = time.monotonic()

    def tell(event: Event) -> None:
        if event.kind == "progress":
            progress(event.message, event.fraction)

    def late() -> bool:
        return time_limit_s is not None and time.monotonic() - started > time_limit_s

    arguments = {
        "problem": str(path.resolve()),
        "fields": None if fields is None else str(fields.resolve()),
        "restart": None if restart is None else str(restart.resolve()),
    }
    with tempfile.TemporaryDirectory(prefix="surgitwin-problem-") as folder:
        try:
            return jobs.run(
                "problem",
                Path(folder),
                arguments,
                on_event=tell,
                cancelled=lambda: late() or progress.asked_to_stop(),
                hurry=late,
            )
        except Cancelled:
            if not late():
                raise
            kept = ""
            if restart is not None:
                kept = " It fell before the first increment was done, so nothing was kept."
                if restart.exists():
                    kept = f" The last good increment is in {restart}; run again to go on."
            raise SolverError(
                "solver.time_limit",
                f"The time limit of {time_limit_s:g} s was reached.{kept}",
                hint="Give more time with --time-limit, a coarser mesh, or --restart FILE to go on later.",
                where=str(path),
            ) from None
