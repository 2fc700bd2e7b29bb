"""Run a step of an open case in a process of its own: it cannot stall the window, and it can be ended."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from surgitwin import jobs
from surgitwin.core.errors import Cancelled, SurgiTwinError
from surgitwin.core.progress import SILENT, Event, Progress
from surgitwin.planning.case import Case
from surgitwin.planning.meshes.tissues import read_ahead
from surgitwin.planning.session.draft import WORKSPACES, Snapshot, settled_state, write_workspace
from surgitwin.planning.session.merge import StepResult
from surgitwin.storage import CaseFolder
from surgitwin.storage.atomic import storage_errors

GRACE_S = 3.0
"""Time that a step gets to stop by itself: its solver processes end within a second."""
QUICK_S = {"tree": 0.5}
"""The same of steps that start no process and write nothing before their end: they are ended at once."""
LOGS = "cache"
"""Folder of the case in which the log of a failed step is kept."""


def run_step(
    folder: Path,
    workspace: Path,
    kind: str,
    arguments: Mapping[str, Any],
    progress: Progress = SILENT,
    hurry: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Run step `kind` (`planning.step_task.STEPS`) on the case at `folder` with the state in `workspace`.

    Blocks: for a worker thread. hurry: whether a step that was cancelled is ended at once, without a chance
    to tidy up. Raises the step's own error, Cancelled, or SolverError "job.died" when the process was
    killed. The log of a step that failed is kept as ``cache/step-KIND.log`` in the case.
    """
    job = workspace / "job"
    request = {
        "case": str(folder),
        "workspace": str(workspace),
        "kind": kind,
        "arguments": dict(arguments),
    }

    def tell(event: Event) -> None:
        if event.kind == "progress" and not progress.asked_to_stop():
            progress(event.message, event.fraction)

    try:
        return jobs.run(
            "step",
            job,
            request,
            on_event=tell,
            cancelled=progress.asked_to_stop,
            grace_s=QUICK_S.get(kind, GRACE_S),
            hurry=hurry,
        )
    except Cancelled:
        raise
    except SurgiTwinError:
        _keep_log(job / "worker.log", step_log(folder, kind))
        raise


def step_log(folder: Path, kind: str) -> Path:
    """Where the log of the last failed step of this kind is."""
    return folder / LOGS / f"step-{kind}.log"


def _keep_log(log: Path, to: Path) -> None:
    if log.is_file():
        with storage_errors(to):
            to.parent.mkdir(exist_ok=True)
            shutil.copyfile(log, to)


def step_result(
    snapshot: Snapshot,
    base: Case,
    kind: str,
    arguments: Mapping[str, Any],
    progress: Progress = SILENT,
    hurry: Callable[[], bool] | None = None,
) -> StepResult:
    """Run a step on `snapshot` (`Session.snapshot`; base: `Session.base`) and read back what it made.

    Blocks: for a worker thread. The workspace is a folder in the case that is removed at the end, whatever
    happens. For errors see `run_step`.
    """
    path = snapshot.folder.path
    with storage_errors(path):
        workspace = Path(tempfile.mkdtemp(prefix=WORKSPACES, dir=path))
    try:
        write_workspace(CaseFolder(path, workspace), settled_state(snapshot), snapshot.plans)
        run_step(path, workspace, kind, arguments, progress, hurry)
        made = Case.open(path, workspace)
        # Read now, while the workspace is there; the snapshot lives on in the session.
        made = Case(CaseFolder(path), made.state, made.plans(), dict(base.memory))
        read_ahead(made)  # here and not in the window's thread
        return StepResult.of(base, made)
    except BaseException:
        _clear_unfinished(path / "results")
        raise
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def _clear_unfinished(results: Path) -> None:
    """Remove what a solver that was killed left: results without their record. The case is held by us."""
    for work in results.glob("*/job*"):
        if not (work.parent / "run.json").exists():
            shutil.rmtree(work.parent, ignore_errors=True)
