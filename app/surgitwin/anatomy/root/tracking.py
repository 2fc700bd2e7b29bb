"""The inner wall between two clicks: sections along the course, rays, contours, half-maximum edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.root.contour import STEP_MM, follow_contours
from surgitwin.anatomy.root.image import TISSUE_HU, RootImage
from surgitwin.anatomy.root.path import course_along, medial_path
from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.vessel import Course, LumenTube

ANGLES = 72
ONWARDS_MM, ONWARDS_STEP_MM, ONWARDS_CLEAR_MM, HEADING_MM = 18.0, 1.0, 6.0, 12.0
"""The aorta is followed 18 mm beyond the click, while 6 mm round the point are contrast."""
RADII_MM = np.arange(2.0, 26.0, STEP_MM)
FALL_MM = 0.75
"""Brightness is compared this far inside and outside a radius."""
DARK_SHARE, DARK_MM, DARK_COST = 0.25, 2.0, 0.25
"""A ray may cross 2 mm of dark tissue (a leaflet) before it pays: it stops at the atrium's wall."""
CALCIUM_ABOVE_LUMEN_HU = 150.0
"""A ray that passes brighter voxels beside its edge is calcified (vessels-from-images.md)."""
CALCIUM_REACH_MM = 1.75
EDGE_SIGMA_MM = 0.52
"""Blur of an edge: a point spread of 0.9 mm (dimensions.md C5, GK) and the smoothing together. A round edge
is read sigma^2 / 2r too far inside (vessels-from-images.md)."""
OUTSIDE_MM = (0.6, 1.7)
"""Where the level outside an edge is read: within the wall, before the fat."""


def track_tube(
    image: RootImage, aorta_mm: FloatArray, ventricle_mm: FloatArray, progress: Progress = SILENT
) -> LumenTube:
    """The inner wall from the ventricle to the aorta: 72 radii every 0.5 mm, calcified rays marked.

    Two passes: along the medial path, then along the centres of the sections found. InputError
    "root.clicks_too_near".
    """
    progress("Path from aorta to ventricle", 0.0)
    way = medial_path(image, ventricle_mm, aorta_mm)
    course = course_along(np.concatenate([way, _onwards(image, way)]), 1.4)
    progress("Sections, first pass", 0.3)
    first = _sections(image, course)
    centres = ndimage.gaussian_filter1d(_centroids(first), 8.0, axis=0, mode="nearest")
    progress("Sections, second pass", 0.6)
    return _sections(image, course_along(centres, 0.3))


def _onwards(image: RootImage, way: FloatArray) -> FloatArray:
    """(k, 3) points straight on beyond the end of the way, as long as they lie well inside contrast."""
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    back = int(np.searchsorted(np.cumsum(steps[::-1]), HEADING_MM)) + 1
    heading = way[-1] - way[-1 - back]
    ahead = np.arange(ONWARDS_STEP_MM, ONWARDS_MM + 1e-9, ONWARDS_STEP_MM)
    points = way[-1] + ahead[:, None] * heading / np.linalg.norm(heading)
    around = points[:, None] + ONWARDS_CLEAR_MM * np.concatenate([np.eye(3), -np.eye(3)])
    good = image.contains(around).all(axis=1) & (image.sample(around) > image.threshold_HU).all(axis=1)
    out: FloatArray = points[: len(points) if good.all() else int(np.argmin(good))]
    return out


def _centroids(tube: LumenTube) -> FloatArray:
    """(n, 3) area centres of the sections."""
    r = tube.radius_mm
    out: FloatArray = tube.course.points_mm + (tube.rays * (r**3)[..., None]).sum(axis=1) * (
        2 / 3 / (r**2).sum(axis=1)[:, None]
    )
    return out


def _sections(image: RootImage, course: Course) -> LumenTube:
    n = len(course.s_mm)
    unit = LumenTube(course, np.ones((n, ANGLES)))
    start = course.points_mm[:, None, None]
    profile = image.sample(start + unit.rays[:, :, None] * RADII_MM[:, None])
    index = follow_contours(_cost(profile, image), RADII_MM, max(0, n - 7))
    calcified = _beside_calcium(profile, index, image.lumen_HU)
    radius = _half_maximum(profile, index, image)
    radius += EDGE_SIGMA_MM**2 / (2 * radius)
    return LumenTube(course, _filled(radius, calcified), calcified)


def _cost(profile: FloatArray, image: RootImage) -> FloatArray:
    """(n, m, k): low where brightness falls from lumen to tissue, rising after dark tissue was crossed."""
    contrast = image.lumen_HU - TISSUE_HU
    q = np.clip(profile, TISSUE_HU - 50, image.lumen_HU + 80)
    k = round(FALL_MM / STEP_MM)
    fall = np.zeros_like(q)
    fall[:, :, k:-k] = (q[:, :, : -2 * k] - q[:, :, 2 * k :]) / contrast
    near = np.exp(-(((q - image.threshold_HU) / (0.28 * contrast)) ** 2))
    dark = np.cumsum(q < TISSUE_HU + DARK_SHARE * contrast, axis=2) * STEP_MM
    out: FloatArray = DARK_COST * np.clip(dark - DARK_MM, 0, 4) - np.clip(fall, 0, 1) * (0.4 + 0.6 * near)
    return out


def _beside_calcium(
    profile: FloatArray, index: npt.NDArray[np.int64], lumen_hu: float
) -> npt.NDArray[np.bool_]:
    """(n, m): whether a ray is much brighter than the lumen close to its edge."""
    reach = round(CALCIUM_REACH_MM / STEP_MM)
    near = index[..., None] + np.arange(-reach, reach + 1)
    values = np.take_along_axis(profile, np.clip(near, 0, profile.shape[2] - 1), axis=2)
    bright = (values > lumen_hu + CALCIUM_ABOVE_LUMEN_HU).any(axis=2)
    return np.asarray(ndimage.binary_dilation(bright, np.ones((3, 3), bool)) & (bright.sum() > 0))


def _half_maximum(profile: FloatArray, index: npt.NDArray[np.int64], image: RootImage) -> FloatArray:
    """(n, m) radius where the ray falls half-way from the lumen to what lies outside, within 1 mm."""
    cells = np.arange(round(OUTSIDE_MM[0] / STEP_MM), round(OUTSIDE_MM[1] / STEP_MM) + 1)
    beyond = np.take_along_axis(profile, np.clip(index[..., None] + cells, 0, profile.shape[2] - 1), axis=2)
    smooth = ndimage.gaussian_filter(beyond, (1.5, 1.0, 0.0), mode=("nearest", "wrap", "nearest"))
    outside = np.clip(smooth.min(axis=2), TISSUE_HU - 20, 0.5 * image.lumen_HU)
    level = 0.5 * (outside + image.lumen_HU)
    near = np.clip(index[..., None] + np.arange(-4, 5), 0, profile.shape[2] - 1)
    p = np.take_along_axis(profile, near, axis=2)
    falls = (p[..., :-1] >= level[..., None]) & (p[..., 1:] < level[..., None])
    away = np.where(falls, np.abs(np.arange(8) - 3.5), np.inf)
    at = away.argmin(axis=2)[..., None]
    high, low = (np.take_along_axis(p, at + d, axis=2)[..., 0] for d in (0, 1))
    share = (high - level) / np.where(high > low, high - low, 1.0)
    crossing = RADII_MM[np.take_along_axis(near, at, axis=2)[..., 0]] + STEP_MM * share
    return np.where(falls.any(axis=2), crossing, RADII_MM[index])


def _filled(radius: FloatArray, hidden: npt.NDArray[np.bool_]) -> FloatArray:
    """Radii with the hidden rays replaced by a smooth surface through their neighbours."""
    if not hidden.any():
        return radius
    seen = (~hidden).astype(float)
    modes = ("nearest", "wrap")
    total, weight = np.zeros_like(radius), np.zeros_like(radius)
    for width in (1.5, 3.0, 6.0):
        need = weight < 0.05
        w = ndimage.gaussian_filter(seen, width, mode=modes)
        total = np.where(need, ndimage.gaussian_filter(radius * seen, width, mode=modes), total)
        weight = np.where(need, w, weight)
    return np.where(hidden & (weight > 0), total / np.maximum(weight, 1e-9), radius)
