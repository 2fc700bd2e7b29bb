"""Radii of a frame's rings around the device's course, and of rings that L1 found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.frame_course import DeviceCourse
from surgitwin.mechanics.devices.frame_shape import StrutFrame

ANGLES = 64
"""Values of a ring's radius (setting)."""


@dataclass(frozen=True, eq=False)
class RingShape:
    """s_mm (r,): of the rings on the course, rising. radius_mm (r, t): outer, at angles 2 pi j / t from
    e1.
    """

    s_mm: FloatArray
    radius_mm: FloatArray

    def at(self, s_mm: FloatArray, angle: FloatArray) -> FloatArray:
        """(n,) radii at arc lengths and angles, linear in both, the end rings' beyond the ends."""
        t = self.radius_mm.shape[1]
        j = (angle % (2 * np.pi)) / (2 * np.pi) * t
        low = np.floor(j).astype(int) % t
        part = (j - np.floor(j))[:, None]
        round_ = self.radius_mm[:, low].T * (1 - part) + self.radius_mm[:, (low + 1) % t].T * part
        if len(self.s_mm) == 1:
            return np.asarray(round_[:, 0])
        i = np.clip(np.searchsorted(self.s_mm, s_mm) - 1, 0, len(self.s_mm) - 2)
        share = np.clip((s_mm - self.s_mm[i]) / (self.s_mm[i + 1] - self.s_mm[i]), 0, 1)
        rows = np.arange(len(i))
        return np.asarray(round_[rows, i] * (1 - share) + round_[rows, i + 1] * share)


def polar(course: DeviceCourse, points_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Arc length, angle from e1 and distance from the course of points (n, 3)."""
    s, _, _ = course.nearest(points_mm)
    centre, _, e1, e2 = course.course.frames_at(s)
    across = points_mm - centre
    x, y = np.einsum("ij,ij->i", across, e1), np.einsum("ij,ij->i", across, e2)
    return s, np.arctan2(y, x), np.hypot(x, y)


def ring_shape(frame: StrutFrame, course: DeviceCourse, points_mm: FloatArray) -> RingShape:
    """Outer radii of the rings of a frame whose nodes stand at points (n, 3).

    Waves as short as the crowns are left out: in a cone a zig-zag runs from narrow to wide and back, and its
    outline would be far longer than the ring is round.
    """
    s, angle, r = polar(course, points_mm)
    outer = r + frame.half_thickness_mm
    grid = 2 * np.pi * np.arange(ANGLES) / ANGLES
    middle, radii = [], []
    for j in range(len(frame.device.rings)):
        own = np.flatnonzero(frame.ring == j)
        order = own[np.argsort(angle[own])]
        waves = np.fft.rfft(np.interp(grid, angle[order], outer[order], period=2 * np.pi))
        waves[frame.device.rings[j].crowns // 2 + 1 :] = 0
        radii.append(np.fft.irfft(waves, ANGLES))
        middle.append((s[own].min() + s[own].max()) / 2)
    return RingShape(np.array(middle), np.array(radii))


def outline(course: DeviceCourse, points_mm: FloatArray) -> RingShape:
    """Rings of which points (r, k, 3) all round are known."""
    grid = 2 * np.pi * np.arange(ANGLES) / ANGLES
    middle, radii = [], []
    for points in points_mm:
        s, angle, r = polar(course, points)
        middle.append(s.mean())
        radii.append(np.interp(grid, angle, r, period=2 * np.pi))
    return RingShape(np.array(middle), np.array(radii))


def diameters(shape: RingShape) -> FloatArray:
    """(r,) perimeter over pi of the rings."""
    t = shape.radius_mm.shape[1]
    turn = 2 * np.pi * np.arange(t) / t
    x, y = shape.radius_mm * np.cos(turn), shape.radius_mm * np.sin(turn)
    length = np.hypot(np.roll(x, -1, 1) - x, np.roll(y, -1, 1) - y).sum(1)
    return np.asarray(length / np.pi * (np.pi / t) / np.sin(np.pi / t))


def outer_of(shape: RingShape, course: DeviceCourse) -> Callable[[FloatArray], FloatArray]:
    """Outer diameters of a tube of this shape next to points (n, 3)."""

    def at(points_mm: FloatArray) -> FloatArray:
        s, angle, _ = polar(course, points_mm)
        return 2 * shape.at(s, angle)

    return at
