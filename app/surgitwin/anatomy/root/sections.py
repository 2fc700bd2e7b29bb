"""Plane sections of a tracked wall, without the image."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import LumenTube, measure_section

SLOPE_MM = 1.0
"""The change of area with level is taken over this distance to both sides."""


def cut(tube: LumenTube, plane: Plane) -> FloatArray:
    """(m, 3) LPS: where the plane meets the wall, one point for each angle of the tube.

    The normal points along the flow. Of several crossings of one wall line, the one next to the course's own
    crossing counts. InputError "root.outside_tube" when the plane leaves the tracked wall.
    """
    wall = tube.wall_mm
    distance = plane.distance(wall)
    rises = (distance[:-1] <= 0) & (distance[1:] > 0)
    if not rises.any(axis=0).all():
        raise InputError(
            "root.outside_tube",
            "The plane leaves the part of the root whose wall was tracked.",
            hint="Move the point back towards the root, or measure again with clicks that lie further apart.",
            where="plane",
        )
    middle = int(np.argmin(np.abs(plane.distance(tube.course.points_mm))))
    away = np.where(rises, np.abs(np.arange(len(rises)) - middle)[:, None], np.inf)
    at = away.argmin(axis=0)
    column = np.arange(wall.shape[1])
    low, high = distance[at, column], distance[at + 1, column]
    share = (-low / (high - low))[:, None]
    out: FloatArray = wall[at, column] * (1 - share) + wall[at + 1, column] * share
    return out


def shifted(plane: Plane, along_mm: float) -> Plane:
    """The same plane moved along its normal."""
    return Plane(plane.point_mm + along_mm * plane.normal, plane.normal)


def centre_of(points_mm: FloatArray) -> FloatArray:
    """(3,) area centroid of a closed plane polygon (m, 3)."""
    start = points_mm.mean(axis=0)
    a = points_mm - start
    b = np.roll(a, -1, axis=0)
    cross = np.cross(a, b)
    normal = cross.sum(axis=0)
    weight = cross @ normal
    out: FloatArray = start + ((a + b) * weight[:, None]).sum(axis=0) / (3 * weight.sum())
    return out


def area_slope(tube: LumenTube, plane: Plane) -> float:
    """Change of the section's area, mm2, for each mm that the plane moves along its normal."""
    areas = [measure_section(cut(tube, shifted(plane, d)), 8).area_mm2 for d in (-SLOPE_MM, SLOPE_MM)]
    return (areas[1] - areas[0]) / (2 * SLOPE_MM)
