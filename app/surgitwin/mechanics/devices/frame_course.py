"""The curve on which a device is brought to its place, and frames put on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import Course
from surgitwin.mechanics.devices.frame_body import BeamState
from surgitwin.mechanics.devices.frame_rotation import matrices, quaternions
from surgitwin.mechanics.devices.frame_shape import StrutFrame
from surgitwin.mechanics.devices.problem import Placement

BEYOND_MM = 30.0
"""The curve goes on straight this far beyond the outer rings."""
SAMPLES = 400
BEND_DEGREE = 3
"""Of the curve on which a device lies: it can bend, and bend back once (setting of this program)."""


@dataclass(frozen=True, eq=False)
class DeviceCourse:
    """course: through the rings' origins. z_mm (r,): of the rings at rest in the frame; s_mm (r,): on the
    course. A crimped frame is longer: the middles of frame and placement stay together.
    """

    course: Course
    z_middle_mm: float
    s_middle_mm: float

    def put(self, state: BeamState) -> BeamState:
        """A frame that stands straight along z, bent on the course; its nodes turn with the course."""
        x, y, z = state.points_mm.T
        points, tangent, e1, e2 = self.course.frames_at(self.s_middle_mm + z - self.z_middle_mm)
        turn = np.stack([e1, e2, tangent], axis=2)
        rotation = quaternions(turn @ matrices(state.rotation))
        return BeamState(points + x[:, None] * e1 + y[:, None] * e2, rotation, state.history)

    def take_over(self, state: BeamState, other: DeviceCourse) -> BeamState:
        """A frame that stands on `other`, moved onto this course; its nodes turn with the sections."""
        s, _, _ = other.nearest(state.points_mm)
        before, after = other.course.frames_at(s), self.course.frames_at(s)
        across = state.points_mm - before[0]
        points, frames = after[0].copy(), []
        for _, tangent, e1, e2 in (before, after):
            frames.append(np.stack([e1, e2, tangent], axis=2))
        local = np.einsum("nji,nj->ni", frames[0], across)
        points += np.einsum("nij,nj->ni", frames[1], local)
        turn = np.einsum("nij,nkj->nik", frames[1], frames[0])
        return BeamState(points, quaternions(turn @ matrices(state.rotation)), state.history)

    def nearest(self, points_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Arc lengths (n,), points (n, 3) and directions (n, 3) of the course next to points (n, 3)."""
        dense = np.linspace(self.course.s_mm[0], self.course.s_mm[-1], 4 * SAMPLES)
        line, tangent, _, _ = self.course.frames_at(dense)
        at = cKDTree(line).query(points_mm)[1]
        s = dense[at] + np.einsum("ij,ij->i", points_mm - line[at], tangent[at])
        centre, axis, _, _ = self.course.frames_at(np.clip(s, dense[0], dense[-1]))
        return s, centre, axis


def partly_straight(placement: Placement, part: float) -> Placement:
    """Between a straight line through the middle ring (0) and the placement (1)."""
    middle = len(placement.origin_mm) // 2
    axis = (1 - part) * placement.axis[middle] + part * placement.axis
    e1 = (1 - part) * placement.e1[middle] + part * placement.e1
    axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    e1 = e1 - axis * np.einsum("ij,ij->i", axis, e1)[:, None]
    e1 = e1 / np.linalg.norm(e1, axis=1, keepdims=True)
    step = np.linalg.norm(np.diff(placement.origin_mm, axis=0), axis=1)
    s = np.concatenate([[0.0], np.cumsum(step)])
    line = placement.origin_mm[middle] + (s - s[middle])[:, None] * placement.axis[middle]
    return Placement((1 - part) * line + part * placement.origin_mm, e1, np.cross(axis, e1), axis)


def gentle(placement: Placement) -> Placement:
    """The placement of a device that takes the vessel's bend but not its waves.

    Ring origins on a curve of third degree (lower with few rings) next to the given ones, by least squares.
    An eccentric narrowing puts the lumen's centres on a wave that no metal frame follows.
    """
    origins = placement.origin_mm
    degree = min(BEND_DEGREE, len(origins) - 2)
    if degree < 1:
        return placement
    step = np.linalg.norm(np.diff(origins, axis=0), axis=1)
    s = np.concatenate([[0.0], np.cumsum(step)])
    s = 2 * s / s[-1] - 1
    line = polynomial.polyfit(s, origins, degree)
    axis = polynomial.polyval(s, polynomial.polyder(line)).T
    axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    e1 = placement.e1 - axis * np.einsum("ij,ij->i", axis, placement.e1)[:, None]
    e1 = e1 / np.linalg.norm(e1, axis=1, keepdims=True)
    return Placement(polynomial.polyval(s, line).T, e1, np.cross(axis, e1), axis)


def turning(placement: Placement) -> float:
    """Radians by which the axis turns from the first ring to the last, summed over the rings."""
    cosine = np.einsum("ij,ij->i", placement.axis[1:], placement.axis[:-1])
    return float(np.arccos(np.clip(cosine, -1, 1)).sum())


def device_course(frame: StrutFrame, placement: Placement) -> DeviceCourse:
    """The course of a frame at its placement."""
    rings = frame.device.rings
    z = frame.beams.points_mm[:, 2]
    middles = np.array([(z[frame.ring == j].min() + z[frame.ring == j].max()) / 2 for j in range(len(rings))])
    origins, axis, e1 = placement.origin_mm, placement.axis, placement.e1
    if len(rings) > 1:
        step = np.linalg.norm(np.diff(origins, axis=0), axis=1)
        s = np.concatenate([[0.0], np.cumsum(step)])
        before, after = origins[0] - BEYOND_MM * axis[0], origins[-1] + BEYOND_MM * axis[-1]
        spline = CubicSpline(s, origins, bc_type=((1, axis[0]), (1, axis[-1])))
        inner = np.linspace(0, s[-1], SAMPLES)
        points = np.concatenate([before[None], spline(inner), after[None]])
        tangent = np.concatenate([axis[:1], spline(inner, 1), axis[-1:]])
        side = np.stack([np.interp(inner, s, e1[:, c]) for c in range(3)], axis=1)
        side = np.concatenate([e1[:1], side, e1[-1:]])
        along = np.concatenate([[-BEYOND_MM], inner, [s[-1] + BEYOND_MM]])
    else:
        s, along = np.zeros(1), np.array([-BEYOND_MM, BEYOND_MM])
        points = origins + along[:, None] * axis
        tangent, side = np.repeat(axis, 2, axis=0), np.repeat(e1, 2, axis=0)
    tangent = tangent / np.linalg.norm(tangent, axis=1, keepdims=True)
    side = side - tangent * np.einsum("ij,ij->i", side, tangent)[:, None]
    side = side / np.linalg.norm(side, axis=1, keepdims=True)
    course = Course(along, points, tangent, side, np.cross(tangent, side))
    return DeviceCourse(course, float(middles[[0, -1]].mean()), float(s[[0, -1]].mean()))
