"""What the blur of the image does to the edge of a tube, and how wide that blur is.

A round lumen of radius R, blurred by a Gaussian of standard deviation sigma, has its half maximum at a radius
smaller by about sigma^2 / (2 R): 0.12 mm on a 3 mm tube at 0.9 mm (vessels-from-images.md). Here the exact
relation is inverted: a point at distance a from the axis keeps the share P(|X| < R) of the contrast, X being
normal round that point, which is a noncentral chi-squared distribution with two degrees of freedom.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import ndimage
from scipy.interpolate import RegularGridInterpolator
from scipy.special import chndtr

from surgitwin.anatomy.artery import settings as st
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid

KERNEL_FWHM_MM = (((10, 39), 1.15), ((40, 49), 0.98), ((50, 80), 0.65))
"""FWHM by the number in a kernel's name (B30f, B46f ...), dimensions.md C5 (GK)."""


@cache
def _half_maximum_table() -> tuple[FloatArray, FloatArray]:
    """Radius of the half maximum and true radius, both over sigma."""
    true = np.concatenate([np.linspace(1.1775, 2.5, 60), np.linspace(2.55, 12, 100)])
    low, high = np.zeros_like(true), true.copy()
    for _ in range(50):
        middle = 0.5 * (low + high)
        bright = chndtr(true**2, 2, middle**2) > 0.5
        low, high = np.where(bright, middle, low), np.where(bright, high, middle)
    return 0.5 * (low + high), true


def true_radius(radius_mm: FloatArray, sigma_mm: float) -> FloatArray:
    """Radius of the tube whose blurred half maximum lies at radius_mm (any shape)."""
    seen, true = _half_maximum_table()
    ratio = np.asarray(radius_mm) / sigma_mm
    far = ratio + 0.5 / np.maximum(ratio, 1.0)
    out: FloatArray = sigma_mm * np.where(ratio > seen[-1], far, np.interp(ratio, seen, true))
    return out


@cache
def _disc() -> RegularGridInterpolator:
    """Share of the contrast over (R / sigma, (a - R) / sigma)."""
    radius, offset = np.linspace(0.4, 12.0, 233), np.linspace(-5.0, 5.0, 201)
    away = np.maximum(radius[:, None] + offset, 0.0)
    return RegularGridInterpolator((radius, offset), chndtr(radius[:, None] ** 2, 2, away**2 + 1e-12))


def blurred_disc(radius: FloatArray, distance: FloatArray) -> FloatArray:
    """Share of the contrast at a distance from the axis of a disc; both over sigma, broadcast together."""
    r, a = np.broadcast_arrays(radius, distance)
    offset = np.clip(a - r, -5.0, 5.0)
    out: FloatArray = _disc()(np.stack([np.clip(r, 0.4, 12.0), offset], -1))
    return out


def spacing_across(tangent: FloatArray, grid: ImageGrid) -> FloatArray:
    """Spacing of voxels in mm (1,) as rays square to a course cross them, root of the mean of the squares.

    tangent: (n, 3) of the course, LPS. Slices of 3 mm blur a vessel that runs square to them along itself
    only.
    """
    along = tangent @ grid.direction
    square = 0.5 * (1.0 - np.mean(along**2, axis=0))  # mean over all rays of their part along each axis
    return np.sqrt(np.sum(grid.spacing_mm**2 * square, keepdims=True))


def sampled_sigma(fwhm_mm: float, spacing_mm: FloatArray) -> float:
    """Standard deviation of the blur as trilinear samples show it: the image's and that of the sampling."""
    return float(np.sqrt((fwhm_mm * st.SIGMA_PER_FWHM) ** 2 + float(np.mean(spacing_mm**2)) / 6))


def image_fwhm(sigma_mm: float, spacing_mm: FloatArray) -> float:
    """FWHM of the image from the blur that trilinear samples show (inverse of `sampled_sigma`)."""
    own = max(sigma_mm**2 - float(np.mean(spacing_mm**2)) / 6, (0.1 * sigma_mm) ** 2)
    return float(np.sqrt(own)) / st.SIGMA_PER_FWHM


def kernel_fwhm(kernel: str) -> float | None:
    """FWHM mm that the name of a kernel suggests, None for names without a known number."""
    digits = "".join(c for c in kernel if c.isdigit())[:2]
    if not digits:
        return None
    return next((fwhm for (low, high), fwhm in KERNEL_FWHM_MM if low <= int(digits) <= high), None)


def bend(radius_mm: FloatArray, step_mm: float) -> FloatArray:
    """Second derivative (n,) along the course of the mean radius of (n, m), smoothed over 1 mm."""
    mean = ndimage.gaussian_filter1d(radius_mm.mean(1), 1.0 / step_mm, mode="nearest")
    out: FloatArray = np.gradient(np.gradient(mean, step_mm), step_mm)
    return out
