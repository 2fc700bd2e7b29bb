"""Implicit shapes: functions of points that are negative inside, near the surface close to a distance.

Coordinates come as three arrays of one shape (x, y, z); float32 in, float32 out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

Array = npt.NDArray[np.float32]
Points = tuple[Array, Array, Array]
Triple = tuple[float, float, float]

_TABLE_STEP_MM = 0.5  # numerical setting: linear interpolation in so fine a table errs by under 0.01 mm


class Profile:
    """Smooth, monotone-preserving curve through (position, value) pairs, constant beyond its ends."""

    def __init__(self, positions: Sequence[float], values: Sequence[float]) -> None:
        order = np.argsort(positions)
        x, y = np.asarray(positions, float)[order], np.asarray(values, float)[order]
        self._x = np.arange(x[0], x[-1] + _TABLE_STEP_MM, _TABLE_STEP_MM).clip(max=x[-1])
        self._y = PchipInterpolator(x, y)(self._x)

    def __call__(self, position: Array | float) -> Array:
        """Values (...,) at positions (...,)."""
        return np.asarray(np.interp(position, self._x, self._y), np.float32)


def ramp(value: Array, low: float, high: float) -> Array:
    """Smooth step: 0 at or below `low`, 1 at or above `high`."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    out: Array = t * t * (3 - 2 * t)
    return out


def union(a: Array, b: Array, blend_mm: float) -> Array:
    """Smooth minimum; the two surfaces are untouched where they are further apart than `blend_mm`."""
    h = np.maximum(np.float32(blend_mm) - np.abs(a - b), 0) / np.float32(blend_mm)
    out: Array = (np.minimum(a, b) - h * h * np.float32(blend_mm / 4)).astype(np.float32, copy=False)
    return out


def subtract(a: Array, b: Array, blend_mm: float) -> Array:
    """`a` without `b`, with a smooth edge."""
    return -union(-a, b, blend_mm)


def intersect(a: Array, b: Array, blend_mm: float) -> Array:
    """Smooth maximum."""
    return -union(-a, -b, blend_mm)


def ball(q: Points, centre: Triple, radius: float) -> Array:
    """Exact distance to a sphere."""
    x, y, z = (v - np.float32(c) for v, c in zip(q, centre, strict=True))
    return np.sqrt(x * x + y * y + z * z) - np.float32(radius)


def ellipsoid(q: Points, centre: Triple, radii: Triple) -> Array:
    """Ellipsoid; first-order distance k(k-1)/|grad k|."""
    d = [v - np.float32(c) for v, c in zip(q, centre, strict=True)]
    k0 = np.sqrt(sum((v / np.float32(r)) ** 2 for v, r in zip(d, radii, strict=True)))
    k1 = np.sqrt(sum((v / np.float32(r * r)) ** 2 for v, r in zip(d, radii, strict=True)))
    out: Array = k0 * (k0 - 1) / np.maximum(k1, np.float32(1e-6))
    return out


def ellipse(u: Array, v: Array, ru: Array, rv: Array) -> Array:
    """First-order distance to an ellipse with half-axes that may differ from point to point."""
    k0 = np.sqrt((u / ru) ** 2 + (v / rv) ** 2)
    k1 = np.sqrt((u / (ru * ru)) ** 2 + (v / (rv * rv)) ** 2)
    # On the axis itself k1 vanishes and the distance is minus the shorter half-axis.
    return np.where(k1 > 1e-5, k0 * (k0 - 1) / np.maximum(k1, 1e-5), -np.minimum(ru, rv))


def round_cone(q: Points, start: Triple, end: Triple, r_start: float, r_end: float) -> Array:
    """Capsule whose radius runs linearly from one end to the other (nearly a distance)."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis, length2 = b - a, float((b - a) @ (b - a))
    d = [v - np.float32(c) for v, c in zip(q, a, strict=True)]
    t = np.clip(sum(np.float32(c / length2) * v for c, v in zip(axis, d, strict=True)), 0, 1)
    rest = [v - t * np.float32(c) for v, c in zip(d, axis, strict=True)]
    radius = np.float32(r_start) + t * np.float32(r_end - r_start)
    out: Array = np.sqrt(sum(v * v for v in rest)) - radius
    return out
