"""Points in the coordinates of a tube: arc length, angle, distance from the course."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import LumenTube


@dataclass(frozen=True, eq=False)
class TubePlace:
    """Of points (k,): row: nearest station. rho_mm: distance from the course. wall_mm: radius of the lumen in
    that direction. between: not beyond the first or last station.
    """

    row: npt.NDArray[np.intp]
    rho_mm: FloatArray
    wall_mm: FloatArray
    between: npt.NDArray[np.bool_]


def place_in_tube(tube: LumenTube, points_mm: FloatArray, before_mm: float = 0.0) -> TubePlace:
    """Tube coordinates of LPS points (k, 3). before_mm: length before the first station that still counts."""
    course = tube.course
    row = cKDTree(course.points_mm).query(points_mm)[1]
    offset = points_mm - course.points_mm[row]
    along = np.einsum("ij,ij->i", offset, course.tangent[row])
    a = np.einsum("ij,ij->i", offset, course.e1[row])
    b = np.einsum("ij,ij->i", offset, course.e2[row])
    m = tube.radius_mm.shape[1]
    at = np.mod(np.arctan2(b, a), 2 * np.pi) * m / (2 * np.pi)
    low = at.astype(int) % m
    share = at - np.floor(at)
    wall = tube.radius_mm[row, low] * (1 - share) + tube.radius_mm[row, (low + 1) % m] * share
    last = len(course.s_mm) - 1
    beyond = ((row == 0) & (along < -before_mm)) | ((row == last) & (along > 0))
    return TubePlace(row, np.hypot(a, b), wall, ~beyond)
