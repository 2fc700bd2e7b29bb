"""Landmarks of the proximal femur in the shaft's own frame: trochanters, neck direction, head."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi

from surgitwin.anatomy.straight import SPACING_MM, StraightBone
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError

MAX_RADIUS_MM = 90.0
"""Numerical setting: no point of a femur lies farther from its shaft axis."""
BELOW_HEAD_MM = 15.0
"""Numerical setting: the lesser trochanter lies at least this far below the farthest point of the head."""
ANGLES = 180
"""Numerical setting: directions round the shaft in which the outer radius is taken (2 degrees)."""
SURROUND_MM, SURROUND_DEG = 8.0, 20.0
"""Numerical setting: widths of the Gaussian that a bump is compared with (the tip is 10 to 15 mm wide)."""
PEAK_BINS = (9, 9)
"""Numerical setting: a local maximum is the largest radius within 4 mm and 8 degrees."""
LESSER_DEG = (20.0, 95.0)
"""Numerical setting: angles between neck and lesser trochanter round the shaft that are searched."""
BUMP_MM = 4.0
"""Numerical setting: a trochanter stands out from the shaft at least this far."""


def radius_map(bone: StraightBone, low: float, high: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Outer radius (nz, ANGLES) mm about the frame's z axis between two heights; heights; angles (rad)."""
    heights = np.arange(low, high, SPACING_MM)
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    radii = np.arange(0.0, MAX_RADIUS_MM, 0.5)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1)[:, None, :] * radii[None, :, None]
    column, row = np.moveaxis(np.rint((ring - bone.low_mm[:2]) / SPACING_MM).astype(int), -1, 0)
    nz, ny, nx = bone.distance.shape
    seen = (row >= 0) & (row < ny) & (column >= 0) & (column < nx)
    levels = np.rint((heights - bone.low_mm[2]) / SPACING_MM).astype(int).clip(0, nz - 1)
    distance = np.where(seen, bone.distance[levels][:, row.clip(0, ny - 1), column.clip(0, nx - 1)], np.inf)
    last = (radii * (distance < 0)).argmax(axis=2)  # outermost point inside
    edge = np.take_along_axis(distance, last[..., None], axis=2)[..., 0]
    out: FloatArray = np.where(np.isfinite(edge) & (edge < 0), radii[last] - edge, 0.0)
    return out, heights, angles


def lesser_trochanter(bone: StraightBone, shaft_top: float, neck_angle: float) -> FloatArray:
    """Tip (3,) of the lesser trochanter: the sharpest bump beside the neck, above the shaft.

    Of the local maxima of the outer radius it is the one that rises most over its surroundings
    (SURROUND_MM, SURROUND_DEG); it stands BUMP_MM or more above the shaft's own radius, LESSER_DEG from the
    neck's direction on either side and below the head.
    Raises GeometryError "anatomy.no_lesser_trochanter".
    """
    radius, heights, angles = radius_map(bone, shaft_top - 40, float(bone.axis_mm(2)[-1]))
    base = np.median(radius[heights < shaft_top], axis=0)
    smooth = ndi.gaussian_filter(radius, 1.0, mode=("nearest", "wrap"))
    wide = (SURROUND_MM / SPACING_MM, SURROUND_DEG * ANGLES / 360)
    rise = smooth - ndi.gaussian_filter(radius, wide, mode=("nearest", "wrap"))
    away = np.degrees(np.abs((angles - neck_angle + np.pi) % (2 * np.pi) - np.pi))
    head_level = heights[int(np.argmax(smooth[:, np.argmin(away)]))]
    low = (heights > shaft_top - 20) & (heights < head_level - BELOW_HEAD_MM)
    beside = (away > LESSER_DEG[0]) & (away < LESSER_DEG[1])
    peaks = smooth >= ndi.maximum_filter(smooth, PEAK_BINS, mode=("nearest", "wrap"))
    found = peaks & (rise > 0) & (smooth - base > BUMP_MM) & beside & low[:, None]
    if not found.any():
        raise GeometryError(
            "anatomy.no_lesser_trochanter",
            "No lesser trochanter was found above the shaft.",
            hint="The image must show the femur from the shaft to the trochanters.",
            where="lesser trochanter",
        )
    row, column = np.unravel_index(int(np.argmax(np.where(found, rise, -np.inf))), rise.shape)
    r = smooth[row, column]
    return np.array([r * np.cos(angles[column]), r * np.sin(angles[column]), heights[row]])


def neck_angle(points: FloatArray, shaft_top: float) -> float:
    """Angle (rad) about z of the head or neck: the mean direction of the points farthest from the axis."""
    upper = points[points[:, 2] > shaft_top]
    radial = np.hypot(upper[:, 0], upper[:, 1])
    far = upper[radial > 0.75 * np.percentile(radial, 99.9)]
    return float(np.arctan2(far[:, 1].mean(), far[:, 0].mean()))


def greater_trochanter(points: FloatArray, neck: float, lesser_z: float) -> FloatArray:
    """Highest point (3,) on the side away from the neck (within 10 mm of the axis or lateral of it)."""
    medial = points[:, 0] * np.cos(neck) + points[:, 1] * np.sin(neck)
    lateral = points[(medial < 10) & (points[:, 2] > lesser_z)]
    top = lateral[lateral[:, 2] >= lateral[:, 2].max() - 1.0]
    out: FloatArray = top.mean(axis=0)
    return out
