"""Places on a tree of vessels: which branch a point lies in, the course of a branch. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.artery.course import course_through
from surgitwin.anatomy.tree import TreeBranch, VesselTree, findings
from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import Course
from surgitwin.scene.tree_layers import arc_of

STEP_MM = 0.5
"""Stations of the course of a branch that has no tube (as the machinery of sections takes them)."""
REACH, ROOM_VOXELS = 1.4, 1.5
"""A point belongs to a branch when it lies within so many radii of its centreline, and some voxels more: a
click on the drawn surface lies a little outside the lumen (handling only)."""


@dataclass(frozen=True)
class Spot:
    """A place on the tree: branch, and arc length from its start."""

    branch: int
    s_mm: float


class TreeWalk:
    """One tree, prepared for finding places. voxel: largest edge of the image's voxels."""

    def __init__(self, tree: VesselTree, voxel: float) -> None:
        self.tree = tree
        self._room = ROOM_VOXELS * voxel
        self._points = np.concatenate([b.points_mm for b in tree.branches])
        self._radius = np.concatenate([b.radius_mm for b in tree.branches])
        self._s = np.concatenate([arc_of(b) for b in tree.branches])
        self._branch = np.concatenate([np.full(len(b.points_mm), b.id) for b in tree.branches])
        self._courses: dict[int, Course] = {}

    def nearest(self, point_mm: npt.ArrayLike) -> Spot | None:
        """The place of the tree that an LPS point belongs to; None beside every branch."""
        away = np.linalg.norm(self._points - np.asarray(point_mm, float), axis=1)
        inside = away <= REACH * self._radius + self._room
        if not inside.any():
            return None
        # In a bifurcation the point lies in several branches: that one of which it lies deepest.
        share = np.where(inside, away / (self._radius + self._room), np.inf)
        at = int(share.argmin())
        return Spot(int(self._branch[at]), float(self._s[at]))

    def point(self, spot: Spot) -> FloatArray:
        """(3,) LPS of a place."""
        branch = self.tree.branch(spot.branch)
        s = arc_of(branch)
        return np.array([np.interp(spot.s_mm, s, branch.points_mm[:, c]) for c in range(3)])

    def first_spot(self, number: int) -> Spot:
        """Where one looks first in a branch: the worst narrowing that can be told, else the middle."""
        branch = self.tree.branch(number)
        found = findings(self.tree, branch)
        if found:
            return Spot(number, found[0].throat_mm)
        low, high = self.span(branch)
        return Spot(number, 0.5 * (low + high))

    def span(self, branch: TreeBranch) -> tuple[float, float]:
        """Arc lengths between which the views look: those of the tube, else of the whole branch."""
        if branch.tube is None:
            return 0.0, float(arc_of(branch)[-1])
        s = branch.tube.course.s_mm
        return branch.tube_start_mm + float(s[0]), branch.tube_start_mm + float(s[-1])

    def course(self, number: int) -> Course:
        """The course that the views follow, arc lengths from the start of the branch: that of the tube, else
        the centreline.
        """
        if number not in self._courses:
            branch = self.tree.branch(number)
            if branch.tube is None:
                self._courses[number] = course_through(branch.points_mm, STEP_MM)
            else:
                c = branch.tube.course
                s = branch.tube_start_mm + c.s_mm
                self._courses[number] = Course(s, c.points_mm, c.tangent, c.e1, c.e2)
        return self._courses[number]
