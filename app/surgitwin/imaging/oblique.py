"""Oblique views: the image on one plane, and along a course through a vessel.

All views are trilinear, float32, in the unit of the image; `outside` stands where the image does not reach.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Plane
from surgitwin.core.image import Volume
from surgitwin.core.vessel import Course

AIR_HU = -1000.0
"""Value of what lies outside the image unless the caller names another."""

View = npt.NDArray[np.float32]


def plane_axes(normal: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Unit directions x (columns) and y (rows) in a plane, LPS, with x cross y = normal.

    x points as far to the patient's left as the plane allows, so an axial plane (normal +z) looks as an
    axial slice does: left to the right, posterior down. Where the normal is within 10 degrees of left, x
    points to posterior.
    """
    n = np.asarray(normal, float) / np.linalg.norm(normal)
    near = np.array([0.0, 1.0, 0.0]) if abs(n[0]) > np.cos(np.radians(10)) else np.array([1.0, 0.0, 0.0])
    x = near - n * (n @ near)
    x /= np.linalg.norm(x)
    return x, np.cross(n, x)


def double_oblique(
    volume: Volume, plane: Plane, half_mm: float, pixel_mm: float, outside: float = AIR_HU
) -> tuple[View, FloatArray, FloatArray]:
    """The image on `plane`, and the in-plane axes x and y (3,) of `plane_axes`.

    Rows run along y, columns along x; the plane's point is the central pixel [n, n] of (2n + 1, 2n + 1) with
    n = round(half_mm / pixel_mm). Pixel [r, c] lies at point + (c - n) pixel_mm x + (r - n) pixel_mm y.
    """
    x, y = plane_axes(plane.normal)
    n = max(1, round(half_mm / pixel_mm))
    offset = pixel_mm * np.arange(-n, n + 1)
    points = plane.point_mm + offset[:, None, None] * y + offset[None, :, None] * x
    return _sampled(volume, points, outside), x, y


def reformat_axes(course: Course, half_width_mm: float, step_mm: float) -> tuple[FloatArray, FloatArray]:
    """Arc lengths s_mm (n,) of the rows and offsets mm (2h + 1,) of the columns of the views below."""
    s = np.arange(course.s_mm[0], course.s_mm[-1] + 1e-9, step_mm)
    h = max(1, round(half_width_mm / step_mm))
    return s, step_mm * np.arange(-h, h + 1)


def curved_reformat(
    volume: Volume,
    course: Course,
    angle_rad: float,
    half_width_mm: float,
    step_mm: float,
    outside: float = AIR_HU,
) -> View:
    """The vessel laid straight, cut lengthwise: (stations, 2h + 1), axes as `reformat_axes` gives them.

    The columns run along cos(angle) e1 + sin(angle) e2 of the course, the rows with the flow.
    """
    s, offset = reformat_axes(course, half_width_mm, step_mm)
    points, _, e1, e2 = course.frames_at(s)
    across = np.cos(angle_rad) * e1 + np.sin(angle_rad) * e2
    return _sampled(volume, points[:, None] + offset[None, :, None] * across[:, None], outside)


def straightened(
    volume: Volume, course: Course, half_width_mm: float, step_mm: float, outside: float = AIR_HU
) -> View:
    """Sections perpendicular to the course, stacked: (stations, 2h + 1, 2h + 1), [s, along e2, along e1]."""
    s, offset = reformat_axes(course, half_width_mm, step_mm)
    points, _, e1, e2 = course.frames_at(s)
    plane = offset[:, None, None] * e2[:, None, None] + offset[None, :, None] * e1[:, None, None]
    return _sampled(volume, points[:, None, None] + plane, outside)


def _sampled(volume: Volume, points: FloatArray, outside: float) -> View:
    """Trilinear float32 values (...,) at LPS points (..., 3)."""
    index = np.moveaxis(volume.grid.lps_to_index(points)[..., ::-1], -1, 0)
    out: View = ndimage.map_coordinates(
        volume.array, index, output=np.float32, order=1, mode="constant", cval=outside
    )
    return out
