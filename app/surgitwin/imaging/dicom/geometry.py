"""Order, spacing and direction of parallel slices from their positions and orientations.

PS3.3 C.7.6.2.1.1: pixel (i, j) of a slice lies at ImagePositionPatient + i * column spacing * row
direction + j * row spacing * column direction. SliceThickness, SpacingBetweenSlices and file names
say nothing about position and are not used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.image import ImageGrid

FARTHEST_MM = 1e7
"""Numerical setting: coordinates beyond 10 km are damage; those in a wrong unit are told by their size."""

ORIENTATION_TOLERANCE = 5e-4
"""Largest difference of a direction component: a quarter millimetre over a field of 500 mm."""

POSITION_TOLERANCE_MM = 0.1
"""How far a slice may lie from its place in the regular grid: covers positions written with one
decimal (0.05 mm), and leaves room in the 0.3 mm that a point may be off over the whole chain."""

DUPLICATE_TOLERANCE_MM = 0.01
"""Slices closer than this are at one position: the thinnest CT slices are 0.1 mm or more apart."""

PIXEL_SPACING_TOLERANCE = 1e-4
"""Largest relative difference of pixel spacing in a series: 0.05 mm over a field of 500 mm."""


@dataclass(frozen=True, eq=False)
class SliceGeometry:
    """What the positions of n slices of one orientation say.

    order: (n,) indices of the slices along row x column. at_mm: (n,) sorted positions on that normal.
    step_mm: the spacing of the regular grid. step: (3,) vector from slice to slice, LPS.
    tilt_deg: angle between step and normal. gaps: (index in order, missing count) after which slices lack.
    duplicates: (p, 2) pairs of slice indices at one position. uneven_mm and off_axis_mm: largest
    distance of a slice from the regular grid along, and across, the step direction.
    """

    order: IntArray
    at_mm: FloatArray
    step_mm: float
    step: FloatArray
    tilt_deg: float
    gaps: tuple[tuple[int, int], ...]
    duplicates: tuple[tuple[int, int], ...]
    uneven_mm: float
    off_axis_mm: float


def slice_normal(orientation: FloatArray) -> FloatArray:
    """(3,) unit normal row x column of ImageOrientationPatient (6,)."""
    normal = np.cross(orientation[:3], orientation[3:])
    out: FloatArray = normal / np.linalg.norm(normal)
    return out


def is_orthonormal(orientation: FloatArray) -> bool:
    """Whether (6,) holds two perpendicular unit vectors."""
    row, column = orientation[:3], orientation[3:]
    errors = (row @ row - 1, column @ column - 1, row @ column)
    return bool(np.abs(errors).max() < 2 * ORIENTATION_TOLERANCE)


def analyse(positions_mm: FloatArray, orientation: FloatArray) -> SliceGeometry:
    """Sort and judge n >= 2 slices: positions_mm (n, 3) LPS, orientation (6,) shared by all.

    The slices are ordered along row x column, so that the grid (i, j, k) is right-handed.
    """
    normal = slice_normal(orientation)
    along = positions_mm @ normal
    order = np.argsort(along, kind="stable")
    at = along[order]
    steps = np.diff(at)
    same = np.flatnonzero(steps <= DUPLICATE_TOLERANCE_MM)
    duplicates = tuple((int(order[n]), int(order[n + 1])) for n in same)
    base = _base_step(steps[steps > DUPLICATE_TOLERANCE_MM])
    gaps, places = _places(steps, base)
    step = _step_vector(positions_mm[order], places)
    off_grid = positions_mm[order] - (positions_mm[order[0]] + places[:, None] * step)
    uneven = np.abs(off_grid @ normal)
    across = positions_mm[order] - positions_mm[order[0]]
    across = across - np.outer(across @ normal, normal)
    tilt = math.degrees(math.atan2(np.linalg.norm(np.cross(step, normal)), abs(step @ normal)))
    return SliceGeometry(
        order, at, float(abs(step @ normal)), step, tilt, gaps, duplicates,
        float(uneven.max()), float(np.linalg.norm(across, axis=1).max()),
    )  # fmt: skip


def _base_step(steps: FloatArray) -> float:
    """Spacing of neighbours: the median of the steps that are about as small as the smallest."""
    if not len(steps):
        return 0.0
    smallest = steps.min()
    return float(np.median(steps[steps < 1.5 * smallest]))


def _places(steps: FloatArray, base: float) -> tuple[tuple[tuple[int, int], ...], FloatArray]:
    """Whole-number place of every slice in the grid, and where places stay empty.

    When the steps are no multiples of the base step, the slices are simply counted.
    """
    counted = np.arange(len(steps) + 1, dtype=float)
    if base == 0:
        return (), counted
    multiple = np.maximum(np.rint(steps / base), steps > DUPLICATE_TOLERANCE_MM)
    if (np.abs(steps - multiple * base) > np.maximum(POSITION_TOLERANCE_MM, 0.05 * base)).any():
        return (), counted
    gaps = tuple((int(n), int(multiple[n]) - 1) for n in np.flatnonzero(multiple > 1))
    return gaps, np.concatenate([[0.0], np.cumsum(multiple)])


def _step_vector(positions_mm: FloatArray, places: FloatArray) -> FloatArray:
    """(3,) step per place through the first and the last slice (exact there; between is checked)."""
    span = places[-1] - places[0]
    if span == 0:
        return np.zeros(3)
    out: FloatArray = (positions_mm[-1] - positions_mm[0]) / span
    return out


def make_grid(
    shape: tuple[int, int, int], first_mm: FloatArray, orientation: FloatArray,
    pixel_spacing_mm: tuple[float, float], step: FloatArray,
) -> ImageGrid:  # fmt: skip
    """Grid of slices [k, j, i]; pixel_spacing_mm is DICOM's (between rows, between columns).

    Column k of the direction is that of the real step from slice to slice.
    """
    length = float(np.linalg.norm(step))
    row, column = orientation[:3], orientation[3:]
    directions = (row / np.linalg.norm(row), column / np.linalg.norm(column), step / length)
    spacing = np.array([pixel_spacing_mm[1], pixel_spacing_mm[0], length])
    return ImageGrid(shape, first_mm, spacing, np.column_stack(directions))
