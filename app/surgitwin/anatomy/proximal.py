"""Landmarks of the proximal femur in the shaft's own frame: trochanters, neck direction, head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
import scipy.optimize
from skimage.morphology import h_maxima

from surgitwin.anatomy.straight import SPACING_MM, StraightBone
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError

ANGLES = 180
"""Numerical setting: directions round the shaft in which the outer radius is taken (2 degrees)."""
PROMINENCE_MM = 2.0
"""Numerical setting: a bump of the surface counts from this height on."""
BUMP_MM = 4.0
"""Numerical setting: a trochanter stands out from the shaft at least this far."""


@dataclass(frozen=True, eq=False)
class Sphere:
    """centre_mm (3,), radius_mm, rms_mm of the fit, coverage 0..1 of the sphere's surface."""

    centre_mm: FloatArray
    radius_mm: float
    rms_mm: float
    coverage: float


def radius_map(bone: StraightBone, low: float, high: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Outer radius (nz, ANGLES) mm about the frame's z axis between two heights; heights; angles (rad)."""
    heights = np.arange(low, high, SPACING_MM)
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    radii = np.arange(0.0, 90.0, 0.5)
    out = np.zeros((len(heights), ANGLES))
    ring = np.stack([np.cos(angles), np.sin(angles)], 1)[:, None, :] * radii[None, :, None]
    for n, height in enumerate(heights):
        points = np.concatenate([ring, np.full((*ring.shape[:2], 1), height)], 2)
        inside = bone.distance_at(points) < 0
        out[n] = np.where(inside, radii, 0).max(axis=1)
    return out, heights, angles


def lesser_trochanter(bone: StraightBone, shaft_top: float, neck_angle: float) -> FloatArray:
    """Tip (3,) of the lesser trochanter: the lowest bump above the shaft on the neck's side.

    The bump is a maximum of the outer radius, at least BUMP_MM above the shaft's radius, less than 100
    degrees from the neck's direction. Raises GeometryError "anatomy.no_lesser_trochanter".
    """
    radius, heights, angles = radius_map(bone, shaft_top - 40, float(bone.axis_mm(2)[-1]))
    base = np.median(radius[heights < shaft_top], axis=0)
    smooth = ndi.gaussian_filter(radius, 1.5, mode=("nearest", "wrap"))
    wide = np.concatenate([smooth, smooth, smooth], axis=1)
    peaks = h_maxima(wide, PROMINENCE_MM)[:, ANGLES : 2 * ANGLES] > 0
    near = np.cos(angles - neck_angle) > np.cos(np.radians(100))
    found = peaks & (smooth - base > BUMP_MM) & near & (heights > shaft_top - 20)[:, None]
    if not found.any():
        raise GeometryError(
            "anatomy.no_lesser_trochanter",
            "No lesser trochanter was found above the shaft.",
            hint="The image must show the femur from the shaft to the trochanters.",
            where="lesser trochanter",
        )
    rows, columns = np.nonzero(found)
    row, column = rows[np.argmin(rows)], columns[np.argmin(rows)]
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


def fit_sphere(points: FloatArray) -> tuple[FloatArray, float, float]:
    """Least-squares sphere (soft L1 against outliers): centre (3,), radius, RMS distance, in mm."""
    a = np.c_[2 * points, np.ones(len(points))]
    start = np.linalg.lstsq(a, (points**2).sum(axis=1), rcond=None)[0]
    radius = float(np.sqrt(max(start[3] + start[:3] @ start[:3], 1.0)))

    def residual(p: npt.NDArray[np.float64]) -> FloatArray:
        out: FloatArray = np.linalg.norm(points - p[:3], axis=1) - p[3]
        return out

    fit = scipy.optimize.least_squares(residual, np.r_[start[:3], radius], loss="soft_l1", f_scale=0.5)
    error = residual(fit.x)
    return fit.x[:3], float(fit.x[3]), float(np.sqrt(np.mean(error**2)))
