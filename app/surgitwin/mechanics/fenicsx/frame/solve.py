"""Deployment at level L2, from the result of L1 or from the crimped frame."""

from __future__ import annotations

import time
from pathlib import Path

from surgitwin.core.errors import SolverError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.devices.frame_body import BeamBody
from surgitwin.mechanics.devices.frame_course import device_course, gentle
from surgitwin.mechanics.devices.frame_metal import fibre_of
from surgitwin.mechanics.devices.frame_shape import strut_frame
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.mechanics.fenicsx.frame import restart as files
from surgitwin.mechanics.fenicsx.frame.path import Approach, Way, l1_shape
from surgitwin.mechanics.fenicsx.frame.report import report
from surgitwin.mechanics.fenicsx.frame.system import FrameInWall
from surgitwin.mechanics.point_laws.tables import metal

FAILED = (
    "Keep to the result of level L1 for this plan, or change its device, diameter or position, or pre-dilate."
)


def solve_frame(
    task: Deployment,
    progress: Progress = SILENT,
    start: DeploymentResult | None = None,
    restart: Path | None = None,
) -> DeploymentResult:
    """The frame of strut beams at rest in the wall.

    start: result of L1 in the same wall; then the frame is inflated by itself on a straight balloon (a
    self-expanding one is opened in a straight sheath and brought to its place), pressed into L1's rings, and
    handed over to the wall as L1 left it. Without it the frame is opened in the wall from its crimped state.
    restart: file that is written after each accepted step, and that an interrupted run continues from.

    Raises SolverError "frame.diverged", GeometryError "frame.crowns" and "frame.too_tight", InputError
    "frame.other_task", "wall.no_material", "material.unknown"; Cancelled.
    """
    began = time.perf_counter()
    frame = strut_frame(task.device)
    body = BeamBody(frame.beams, fibre_of(metal(task.device.metal)))
    system = FrameInWall(task, frame, body, device_course(frame, gentle(task.placement)), body.at_rest())
    way = Way(system, progress)
    try:
        if restart is not None and restart.is_file():
            length = files.load(restart, system, way)
        else:
            length = _approach(system, way, start, progress)
            if restart is not None:
                files.save(restart, system, way, length)
        while not way.finished:
            way.advance()
            if restart is not None:
                files.save(restart, system, way, length)
        if way.last is None:  # the file was written after the last step
            way.rest()
        return report(system, way, length, time.perf_counter() - began)
    except SolverError as error:
        raise SolverError(
            error.code, f"{task.name}: {error.message}", hint=FAILED, where=task.name
        ) from error
    finally:
        system.close()


def _approach(system: FrameInWall, way: Way, start: DeploymentResult | None, progress: Progress) -> float:
    """The frame by itself up to the wall; the length of the crimped frame, mm."""
    approach = Approach(system, progress)
    approach.crimp()
    if start is None:
        approach.bring()
        way.stages = approach.stages()
    else:
        way.stages = approach.stages_from(start)
    if start is not None:
        system.x = system.x + start.displacement_mm
        system.p = system.wall.pressure(system.x)
        way.shape = l1_shape(system, start)
        way.inflated = approach.inflated
    system.begin(approach.path.state)
    return approach.length_mm
