"""Deployments at level L1, one or many."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from surgitwin.core.errors import SolverError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.devices.named import named
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.mechanics.devices.ring_law import ring_law
from surgitwin.mechanics.devices.stack import RingStack
from surgitwin.mechanics.devices.state import DeploymentState, numbering_of
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled
from surgitwin.mechanics.fenicsx.deployment.neighbours import best_start, order_of, take_over
from surgitwin.mechanics.fenicsx.deployment.path import deploy
from surgitwin.mechanics.fenicsx.deployment.report import report

log = logging.getLogger(__name__)


def solve_deployment(
    task: Deployment, progress: Progress = SILENT, start: DeploymentState | None = None
) -> tuple[DeploymentResult, DeploymentState]:
    """Equilibrium of one device in one wall, and the state that a neighbour may start from.

    start: of a task with the same wall mesh and number of rings; when its way does not lead to an
    equilibrium, the task is solved from the beginning, and then once more with care (see `deploy`).

    Raises SolverError "deployment.diverged", GeometryError "device.outside_lumen", InputError
    "wall.no_material" and those of `ring_law`; Cancelled.
    """
    began = time.perf_counter()
    stack = device_stack(task)
    ways = ("warm", "plain", "careful") if start is not None else ("plain", "careful")
    for way in ways:
        system = Coupled(task, stack)
        try:
            warm = way == "warm" and start is not None and take_over(system, start)
            if way == "warm" and not warm:
                continue
            solved = deploy(system, progress, warm, careful=way == "careful")
            result = report(system, solved, warm, time.perf_counter() - began)
            return result, _state(system)
        except SolverError as error:
            if way == ways[-1] or error.code != "deployment.diverged":
                raise
            log.info("%s: no equilibrium on the %s way, trying the next one", task.name, way)
        finally:
            system.close()
    raise AssertionError("the last way returns or raises")


def solve_deployments(
    tasks: Sequence[Deployment], progress: Progress, done: Callable[[int, DeploymentResult], None]
) -> None:
    """Solve all, each from the most similar one that is solved already; `done` gets each with its number.

    Raises what `solve_deployment` raises, at the first task that fails.
    """
    states: dict[int, DeploymentState] = {}
    for count, i in enumerate(order_of(tasks)):
        start = best_start(tasks, i, states)
        part = progress.part(count / len(tasks), (count + 1) / len(tasks))
        with named(tasks[i]):
            result, states[i] = solve_deployment(tasks[i], part, start)
        done(i, result)


def device_stack(task: Deployment) -> RingStack:
    """The rings of a task with their laws."""
    device = task.device
    # Without its place, so that equal rings share one law.
    laws = [
        ring_law(r, device.metal, device.kind, task.balloon_diameter_mm, device.crimped_diameter_mm)
        for r in (replace(ring, z_mm=0.0) for ring in device.rings)
    ]
    crowns = float(np.mean([r.crowns for r in device.rings]))
    linked = 1.0 if device.connectors == 0 else min(1.0, device.connectors / crowns)
    return RingStack(laws, linked)


def _state(system: Coupled) -> DeploymentState:
    wall = system.task.wall
    moved = system.x - wall.points_mm
    return DeploymentState(numbering_of(wall), moved, system.p, system.c, system.task.placement)
