"""A narrowing opened by a balloon before the stent: a new shape free of stress."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import Calcium, Course, LumenTube
from surgitwin.meshing.vessels.tube_calcium import tube_coordinates


def widened(
    tube: LumenTube, healthy_mm: FloatArray, radius_mm: float, start_mm: float, end_mm: float
) -> LumenTube:
    """The lumen with at least this radius within the lesion, nowhere beyond the healthy outline (n, m)."""
    s = tube.course.s_mm
    inside = ((s >= start_mm) & (s <= end_mm))[:, None]
    wider = np.minimum(np.maximum(tube.radius_mm, radius_mm), np.maximum(healthy_mm, tube.radius_mm))
    return LumenTube(tube.course, np.where(inside, wider, tube.radius_mm), tube.calcified)


def pushed_outline(healthy_mm: FloatArray, before: LumenTube, after: LumenTube) -> FloatArray:
    """(n, m) the healthy outline moved out so that every sector keeps its area of plaque."""
    out: FloatArray = np.sqrt(np.maximum(healthy_mm, before.radius_mm) ** 2 + _grown(before, after))
    return out


def pushed_calcium(calcium: Calcium, before: LumenTube, after: LumenTube) -> Calcium:
    """Calcium moved out with the plaque; what lies beyond the ends of the tube stays."""
    points = calcium.points_mm
    if not len(points):
        return calcium
    course = before.course
    s, angle, radius, near = tube_coordinates(course, points)
    m = before.radius_mm.shape[1]
    column = np.round(angle / (2 * np.pi) * m).astype(int) % m
    grown = _grown(before, after)[near, column]
    kept = np.where(np.isfinite(radius), radius, 0.0)
    move = np.where(np.isfinite(radius), np.sqrt(kept**2 + grown) - kept, 0.0)
    return replace(calcium, points_mm=points + move[:, None] * _outwards(course, s, angle))


def _grown(before: LumenTube, after: LumenTube) -> FloatArray:
    return after.radius_mm**2 - before.radius_mm**2


def _outwards(course: Course, s_mm: FloatArray, angle: FloatArray) -> FloatArray:
    _, _, e1, e2 = course.frames_at(s_mm)
    return np.cos(angle)[:, None] * e1 + np.sin(angle)[:, None] * e2
