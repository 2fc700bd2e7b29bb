"""The task of a worker that deploys devices: task files in, result files out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surgitwin.core.progress import Progress


def run(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Deploy the files `tasks` and write each result to its place in `out` as soon as it is there.

    level: "L1", or "L2" with `starts`: for each task the file of its L1 result or None, and `restarts`: where
    each keeps what it needs to go on after it was stopped. An error's `where` is the name of its task.
    """
    # Imported here: PETSc belongs to the worker process, not to everyone who starts jobs.
    from surgitwin.mechanics.devices.files import load_task

    tasks = [load_task(Path(p)) for p in arguments["tasks"]]
    out = [Path(p) for p in arguments["out"]]
    if arguments.get("level", "L1") == "L2":
        _frames(tasks, out, arguments, progress)
    else:
        _rings(tasks, out, progress)
    return {"out": [str(p) for p in out]}


def _rings(tasks: list[Any], out: list[Path], progress: Progress) -> None:
    from surgitwin.mechanics.devices.result import DeploymentResult, save_result
    from surgitwin.mechanics.fenicsx.deployment import solve_deployments

    def done(i: int, result: DeploymentResult) -> None:
        save_result(result, out[i])

    solve_deployments(tasks, progress, done)


def _frames(tasks: list[Any], out: list[Path], arguments: dict[str, Any], progress: Progress) -> None:
    from surgitwin.mechanics.devices.named import named
    from surgitwin.mechanics.devices.result import load_result, save_result
    from surgitwin.mechanics.fenicsx.deployment import solve_deployment
    from surgitwin.mechanics.fenicsx.frame.solve import solve_frame

    starts = arguments.get("starts") or [None] * len(tasks)
    restarts = arguments.get("restarts") or [None] * len(tasks)
    for i, (task, start, restart) in enumerate(zip(tasks, starts, restarts, strict=True)):
        part = progress.part(i / len(tasks), (i + 1) / len(tasks))
        kept = Path(restart) if restart else None
        with named(task):
            rings = load_result(Path(start)) if start else solve_deployment(task, part.part(0.0, 0.1))[0]
            found = solve_frame(task, part.part(0.1, 1.0), start=rings, restart=kept)
        save_result(found, out[i])
