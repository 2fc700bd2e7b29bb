"""The way of a frame into the wall: crimped, brought to its place, inflated or released, left to itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, SolverError
from surgitwin.core.progress import Progress
from surgitwin.mechanics.devices.frame_bound import RadialBound
from surgitwin.mechanics.devices.frame_course import device_course, gentle, partly_straight, turning
from surgitwin.mechanics.devices.frame_path import (
    CUT,
    FIRST,
    GROW,
    LEAST,
    FramePath,
    bound_on,
    straight_course,
    walk,
)
from surgitwin.mechanics.devices.frame_solve import NodeTerm
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.mechanics.fenicsx.frame.shape import RingShape, outer_of, outline, polar, ring_shape
from surgitwin.mechanics.fenicsx.frame.system import Evaluation, FrameInWall
from surgitwin.mechanics.fenicsx.frame.touch import Pairs

CLEAR_MM = 0.03
"""Numerical setting: between frame and lumen where the wall begins to take part."""
BEND = 0.05
"""Numerical setting: radians by which the course of a frame is bent in the first step."""
DEFLATED = 0.93
"""Numerical setting: a balloon that has shrunk to this part of its diameter lets go."""

Kind = Literal["balloon", "sheath", "hand over", "free"]
WORDS: Mapping[Kind, str] = {
    "balloon": "balloon inflated and deflated",
    "sheath": "released from the sheath",
    "hand over": "L1's rings give way to it",
    "free": "coming to rest",
}


@dataclass(frozen=True)
class Stage:
    """One part of the way: outer diameter of balloon or sheath from one to the other, mm. "hand over": a
    sheath of the rings' L1 shape gives way to the wall. "free": nothing but the wall.
    """

    kind: Kind
    start_mm: float = 0.0
    end_mm: float = 0.0


class Approach:
    """The frame by itself, before the wall takes part."""

    def __init__(self, system: FrameInWall, progress: Progress) -> None:
        self.system, self.frame, self.body = system, system.frame, system.body
        frame, body, device = self.frame, self.body, self.frame.device
        self.task: Deployment = system.task
        self.progress, self.doing, self.span = progress, "crimping", (0.0, 0.02)
        self.path = FramePath(frame, body, straight_course(frame), body.at_rest(), self._tick)
        self.crimped_mm = device.crimped_diameter_mm
        self.rest_mm = float(self.path.outer_mm().max())
        self.length_mm = 0.0
        self.inflated: RingShape | None = None

    def _tick(self) -> None:
        """Says how far the frame is; a cancel point."""
        low, high = self.span
        self.progress(f"{self.task.name}: frame by itself, {self.doing}", low + (high - low) * self.path.part)

    def _begin(self, doing: str, low: float, high: float) -> None:
        self.doing, self.span, self.path.part = doing, (low, high), 0.0

    def crimp(self) -> None:
        """In a straight sheath to the crimped diameter, as long as that is smaller than at rest."""
        if self.crimped_mm < self.rest_mm:
            self.path.to(self.rest_mm, self.crimped_mm, "sheath")
        self.length_mm = float(np.ptp(self.path.state.points_mm[:, 2]))

    def _spring_back(self) -> None:
        """The sheath of a crimped balloon frame is taken off."""
        if self.path.touching is not None:
            self.path.to(self.crimped_mm, min(self.rest_mm, 1.4 * self.crimped_mm), "sheath")

    def bring(self) -> None:
        """On the course, still in the sheath when self-expanding."""
        self._begin("brought to its place", 0.02, 0.05)
        if self.task.balloon_diameter_mm is not None:
            self._spring_back()
        outer = float(self.path.outer_mm().max())
        placement = gentle(self.task.placement)
        first = device_course(self.frame, partly_straight(placement, 0.0))
        path = self.path = FramePath(self.frame, self.body, first, first.put(self.path.state), self._tick)

        def take(part: float) -> None:
            path.part = part
            new = device_course(self.frame, partly_straight(placement, part))
            path.state, path.course = new.take_over(path.state, path.course), new
            path.settle(outer, "sheath")

        def back(kept: object) -> None:
            path.state, path.course = kept  # type: ignore[misc]

        step = min(1.0, BEND / max(turning(placement), 1e-9))
        walk(take, lambda: (path.state, path.course), back, step)
        path.course = self.system.course

    def stages(self) -> list[Stage]:
        """Goes as far as the wall is not needed; what is left of the way."""
        path, balloon = self.path, self.task.balloon_diameter_mm
        lowest, highest = float(path.outer_mm().min()), float(path.outer_mm().max())
        clear = self._clear_mm()
        if clear < highest:
            raise GeometryError(
                "frame.too_tight",
                f"The crimped frame is {highest:.2f} mm wide, the lumen leaves {clear:.2f} mm on its axis.",
                hint="Plan a pre-dilatation, or start from the result of level L1.",
                where=self.task.name,
            )
        if balloon is not None:
            begin = min(clear, balloon)
            if begin > lowest:
                path.to(lowest, begin, "balloon")
            deflate = Stage("balloon", balloon, DEFLATED * balloon)
            return [Stage("balloon", max(begin, lowest), balloon), deflate, Stage("free")]
        begin = min(clear, self.rest_mm)
        if begin > self.crimped_mm:
            path.to(self.crimped_mm, begin, "sheath")
        return [Stage("sheath", max(begin, self.crimped_mm), 1.05 * self.rest_mm), Stage("free")]

    def _clear_mm(self) -> float:
        """Least diameter of the lumen around the course within the frame's reach."""
        s, _, _ = polar(self.system.course, self.path.state.points_mm)
        nodes = np.unique(self.task.wall.lumen)
        at, _, r = polar(self.system.course, self.system.x[nodes])
        near = (at > s.min()) & (at < s.max())
        return 2 * float(r[near].min()) - 2 * CLEAR_MM

    def stages_from(self, start: DeploymentResult) -> list[Stage]:
        """Into the rings of L1; what is left of the way.

        A frame that was inflated bends far easier than a crimped one, and straight inflation leaves the same
        metal behind: so it is bent last, by the rings. Nitinol is opened to the narrowest ring only, because
        beyond it the way back would follow the metal's upper stress.
        """
        path, balloon = self.path, self.task.balloon_diameter_mm
        target = outer_of(l1_shape(self.system, start), self.system.course)
        if balloon is not None:
            self._begin("inflated", 0.02, 0.08)
            self._spring_back()
            path.to(float(path.outer_mm().min()), balloon, "balloon")
            self.inflated = ring_shape(self.frame, path.course, path.state.points_mm)
            path.to(balloon, DEFLATED * balloon, "balloon")
            path.settle(None)
            straight = partly_straight(gentle(self.task.placement), 0.0)
            path.state = device_course(self.frame, straight).put(path.state)
            path.course = self.system.course
        else:
            self._begin("opened in the sheath", 0.02, 0.04)
            narrowest = float(start.ring_diameter_mm.min())
            if narrowest > self.crimped_mm:
                path.to(self.crimped_mm, narrowest, "sheath")
            self.bring()
            path = self.path
        self._begin("pressed into L1's rings", 0.08, 0.1)
        path.to_shape(target, "sheath")
        return [Stage("hand over"), Stage("free")]


def l1_shape(system: FrameInWall, start: DeploymentResult) -> RingShape:
    """The rings of an L1 result as they stand around the course."""
    turn = 2 * np.pi * np.arange(start.ring_radius_mm.shape[1]) / start.ring_radius_mm.shape[1]
    x, y = start.ring_radius_mm * np.cos(turn), start.ring_radius_mm * np.sin(turn)
    points = (
        start.ring_origin_mm[:, None]
        + x[:, :, None] * start.ring_e1[:, None]
        + y[:, :, None] * start.ring_e2[:, None]
    )
    return outline(system.course, points)


class Way:
    """Walks the stages in the wall, step by step, so that a step can be written and read again."""

    def __init__(self, system: FrameInWall, progress: Progress) -> None:
        self.system, self.frame, self.progress = system, system.frame, progress
        self.stages: list[Stage] = []
        self.at, self.done, self.step = 0, 0.0, 0.0
        self.touching: npt.NDArray[np.bool_] | None = None
        self.shape: RingShape | None = None
        self.inflated: RingShape | None = None
        self.last: tuple[Evaluation, Pairs] | None = None
        system.tick = self._tell

    @property
    def finished(self) -> bool:
        """Whether nothing is left of the way."""
        return self.at >= len(self.stages)

    def advance(self) -> None:
        """One accepted step; raises SolverError when the smallest one fails."""
        stage = self.stages[self.at]
        if self.step == 0.0:
            change = abs(stage.end_mm - stage.start_mm)
            self.step = min(1.0, FIRST * stage.start_mm / change) if change > 0 else 0.34
            self.step = 1.0 if stage.kind == "free" else self.step
        while True:
            target = 1.0 if self.done + self.step > 1.0 - 1e-9 else self.done + self.step
            kept = self.system.kept()
            try:
                self._take(stage, target)
                break
            except SolverError:
                self.system.back(kept)
                self.step *= CUT
                if self.step < LEAST:
                    raise
        self.done, self.step = target, self.step * GROW
        if self.done >= 1.0:
            if stage.kind == "balloon" and stage.end_mm > stage.start_mm:
                self.inflated = ring_shape(self.frame, self.system.course, self.system.beams.points_mm)
            self.at, self.done, self.step = self.at + 1, 0.0, 0.0

    def _tell(self) -> None:
        """Says how far the frame is; a cancel point."""
        stage = self.stages[min(self.at, len(self.stages) - 1)]
        share = min(1.0, (self.at + self.done) / len(self.stages))
        self.progress(f"{self.system.task.name}: frame in the wall, {WORDS[stage.kind]}", 0.1 + 0.85 * share)

    def rest(self) -> None:
        """The last balance once more."""
        self._take(Stage("free"), 1.0)

    def _take(self, stage: Stage, target: float) -> None:
        bound = self._bound(stage, target)
        terms: list[NodeTerm] = [] if bound is None else [bound]
        self.last = self.system.settle(terms)
        points = self.system.beams.points_mm
        self.touching = None if bound is None else bound.crossed_mm(points) > 0

    def _bound(self, stage: Stage, target: float) -> RadialBound | None:
        """The bound at this part of the stage; those that touched at its last place go along first."""
        if stage.kind == "free" or (stage.kind == "hand over" and target >= 1.0):
            return None
        beams = self.system.beams
        if stage.kind == "hand over":
            assert self.shape is not None
            outer: float | FloatArray = outer_of(self.shape, self.system.course)(beams.points_mm)
        else:
            outer = stage.start_mm + target * (stage.end_mm - stage.start_mm)
        side = "balloon" if stage.kind == "balloon" else "sheath"
        bound = bound_on(self.frame, self.system.course, beams, outer, side)
        if stage.kind == "hand over":
            return replace(bound, stiffness=bound.stiffness * (1 - target) ** 2)
        return replace(bound, touching=self.touching) if self.touching is not None else bound
