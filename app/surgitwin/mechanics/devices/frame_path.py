"""The path of a frame by itself: crimped in a sheath, let go, inflated by a balloon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.core.vessel import Course
from surgitwin.mechanics.devices.frame_body import BeamBody, BeamState
from surgitwin.mechanics.devices.frame_bound import STIFFNESS, Hold, RadialBound
from surgitwin.mechanics.devices.frame_course import DeviceCourse
from surgitwin.mechanics.devices.frame_shape import StrutFrame
from surgitwin.mechanics.devices.frame_solve import NodeTerm, relax

HOLD = 1e-3
"""N/mm a node of the springs that keep a free frame from drifting (numerical setting)."""
FIRST, LEAST, CUT, GROW = 0.06, 1e-3, 0.4, 1.3
"""First step as a part of the diameter, smallest as a part of the path; how steps shrink after a failure
and grow after success (numerical settings)."""


def straight_course(frame: StrutFrame) -> DeviceCourse:
    """The z axis on which the frame stands at rest."""
    reach = np.array([-1e3, 1e3])
    line = reach[:, None] * np.array([0.0, 0.0, 1.0])
    unit = [np.tile(row, (2, 1)) for row in np.eye(3)]
    return DeviceCourse(Course(reach, line, unit[2], unit[0], unit[1]), 0.0, 0.0)


def bound_on(
    frame: StrutFrame, course: DeviceCourse, state: BeamState, outer_mm: float | FloatArray, side: str
) -> RadialBound:
    """A sheath or balloon that gives the frame the outer diameter `outer_mm` (one, or of each node)."""
    _, centre, axis = course.nearest(state.points_mm)
    radius = np.broadcast_to(outer_mm, len(centre)) / 2 - frame.half_thickness_mm
    stiffness = STIFFNESS * frame.tributary_mm
    return RadialBound(centre, axis, radius, "sheath" if side == "sheath" else "balloon", stiffness)


def walk(
    take: Callable[[float], None], keep: Callable[[], object], back: Callable[[object], None], first: float
) -> list[float]:
    """Goes from 0 to 1: take(t) makes a step and raises SolverError when it fails, then back(kept) undoes it
    and the step is cut. The ends of the steps that were made. Raises the last error below the smallest step.
    """
    done, t, step = [], 0.0, first
    while t < 1.0 - 1e-12:
        target = 1.0 if t + step > 1.0 - 1e-9 else t + step
        kept = keep()
        try:
            take(target)
        except SolverError:
            back(kept)
            step *= CUT
            if step < LEAST:
                raise
            continue
        t = target
        done.append(t)
        step *= GROW
    return done


class FramePath:
    """A frame on a course that is walked through diameters by itself."""

    def __init__(
        self,
        frame: StrutFrame,
        body: BeamBody,
        course: DeviceCourse,
        state: BeamState,
        tick: Callable[[], None] | None = None,
    ) -> None:
        """tick: called before each balance; it may raise to stop the work. part: how far a walk has come."""
        self.frame, self.body, self.course, self.state, self.tick = frame, body, course, state, tick
        self.iterations, self.part = 0, 0.0
        self.touching: tuple[str, npt.NDArray[np.bool_]] | None = None

    def to(self, start_mm: float | FloatArray, end_mm: float | FloatArray, side: str) -> None:
        """Move the bound's outer diameter from one to the other."""

        def take(t: float) -> None:
            self.part = t
            outer = np.asarray(start_mm) + t * (np.asarray(end_mm) - np.asarray(start_mm))
            self.settle(outer, side)

        change = float(np.max(np.abs(np.asarray(end_mm) - start_mm)))
        walk(
            take,
            lambda: self.state,
            self._back,
            min(1.0, FIRST * float(np.min(start_mm)) / max(change, 1e-9)),
        )

    def to_shape(self, target: Callable[[FloatArray], FloatArray], side: str) -> None:
        """Move a bound from where the frame is to outer diameters target(points) (n,), by parts."""
        begin = self.outer_mm()
        begin = np.maximum(begin, begin.max()) if side == "sheath" else np.minimum(begin, begin.min())

        def take(t: float) -> None:
            self.part = t
            self.settle(begin + t * (target(self.state.points_mm) - begin), side)

        change = float(np.abs(target(self.state.points_mm) - begin).max())
        first = min(1.0, FIRST * float(begin.min()) / max(change, 1e-9))
        walk(take, lambda: self.state, self._back, first)

    def settle(self, outer_mm: float | FloatArray | None, side: str = "sheath") -> None:
        """Balance inside (around) one bound, or free with None."""
        if self.tick is not None:
            self.tick()
        terms: list[NodeTerm] = [Hold(self.state.points_mm, HOLD)]
        bound = None
        if outer_mm is not None:
            bound = bound_on(self.frame, self.course, self.state, outer_mm, side)
            if self.touching is not None and self.touching[0] == side:
                bound = replace(bound, touching=self.touching[1])
            terms.append(bound)
        self.state, count = relax(self.body, self.state, terms=terms)
        self.touching = None if bound is None else (side, bound.crossed_mm(self.state.points_mm) > 0)
        self.iterations += count

    def _back(self, kept: object) -> None:
        assert isinstance(kept, BeamState)
        self.state = kept

    def outer_mm(self) -> FloatArray:
        """(n,) twice the distance of each node's outer side from the course."""
        _, centre, axis = self.course.nearest(self.state.points_mm)
        across = self.state.points_mm - centre
        across = across - axis * np.einsum("ij,ij->i", across, axis)[:, None]
        out: FloatArray = 2 * (np.linalg.norm(across, axis=1) + self.frame.half_thickness_mm)
        return out
