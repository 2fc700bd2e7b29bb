"""The way through the lumen between two clicks, and a smooth course along it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.interpolate import splev, splprep
from skimage.graph import MCP_Geometric

from surgitwin.anatomy.root.image import RootImage
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.vessel import Course

GRID_MM = 1.5
MIDDLE_MM, POWER, LEAST_SPEED = 12.0, 2.5, 0.004
"""Speed (depth / 12 mm)^2.5 + 0.004: the way keeps to the middle, and leaflets can be passed
(vessels-from-images.md)."""
STATION_MM = 0.5


def medial_path(image: RootImage, start_mm: FloatArray, end_mm: FloatArray) -> FloatArray:
    """(k, 3) LPS points from start to end through the middle of the bright lumen, on a coarse grid."""
    step = np.maximum(1, np.round(GRID_MM / image.grid.spacing_mm[::-1])).astype(int)
    coarse = ndimage.uniform_filter(image.array, tuple(step))[:: step[0], :: step[1], :: step[2]]
    sampling = image.grid.spacing_mm[::-1] * step
    depth = ndimage.distance_transform_edt(coarse > image.threshold_HU, sampling=sampling)
    speed = np.clip(depth / MIDDLE_MM, 0, 1) ** POWER + LEAST_SPEED

    def nearest(point: FloatArray) -> tuple[int, ...]:
        index = np.rint(image.grid.lps_to_index(point)[::-1] / step).astype(int)
        return tuple(int(v) for v in np.clip(index, 0, np.array(coarse.shape) - 1))

    walk = MCP_Geometric(1.0 / speed, sampling=tuple(sampling))
    walk.find_costs([nearest(start_mm)], [nearest(end_mm)])
    index = np.array(walk.traceback(nearest(end_mm)), float) * step
    points = image.grid.index_to_lps(index[:, ::-1])
    if len(points) < 8:
        raise InputError(
            "root.clicks_too_near",
            "The two clicks lie too near to each other for a root between them.",
            hint="Click the ascending aorta some 4 cm above the valve and the ventricle 2 cm below it.",
            where="clicks",
        )
    points[0], points[-1] = start_mm, end_mm
    out: FloatArray = ndimage.gaussian_filter1d(points, 2.0, axis=0, mode="nearest")
    return out


def course_along(points_mm: FloatArray, smoothing_mm: float) -> Course:
    """A spline within about smoothing_mm of the points, stations every 0.5 mm, frames that turn least."""
    steps = np.linalg.norm(np.diff(points_mm, axis=0), axis=1)
    keep = np.r_[True, steps > 1e-6]
    s = np.r_[0, np.cumsum(steps)][keep]
    spline, _ = splprep(points_mm[keep].T, u=s, s=smoothing_mm**2 * len(s))
    at = np.arange(0, s[-1], STATION_MM)
    points = np.array(splev(at, spline)).T
    tangent = np.array(splev(at, spline, der=1)).T
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    e1 = _least_turning(tangent)
    return Course(length, points, tangent, e1, np.cross(tangent, e1))


def _least_turning(tangent: FloatArray) -> FloatArray:
    """(n, 3) unit vectors across the tangents, each carried on from the one before."""
    first = np.eye(3)[np.argmin(np.abs(tangent[0]))]
    e1 = np.zeros_like(tangent)
    for i, t in enumerate(tangent):
        v = first - t * (first @ t)
        first = e1[i] = v / np.linalg.norm(v)
    return e1
