"""Where the true edge lies: the mean profile of each section against a blurred disc.

The half maximum is off by the curvature of the lumen and by what the wall's brightness really is (plaque is
brighter than muscle, fat behind a thin wall is darker). Both follow from the whole profile when the blur is
known: disc of radius R, lumen L inside, B outside, blurred by a Gaussian, at distance a from the axis:
B + (L - B) P(R, a), P as in blur.py. R and B are fitted, B with a prior.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.blur import blurred_disc
from surgitwin.anatomy.artery.edges import Edges, Flags
from surgitwin.core.arrays import FloatArray

_OFFSETS_MM = np.arange(-1.2, 0.36, 0.1)  # of the profile; farther out lies fat
_SHIFTS_MM = np.linspace(-0.3, 0.4, 36)
_PRIOR_HU, _PRIOR_SD_HU = 60.0, 30.0  # wall and plaque: 30 to 120 HU (general knowledge)
_SAMPLE_SD_HU = 6.0  # of the mean profile of a section: noise, and what the model leaves out
_ALONG_MM = 1.0
_LEAST_RAYS = 8


def edge_shift(edges: Edges, seen: FloatArray, plain: Flags, sigma: float) -> tuple[FloatArray, FloatArray]:
    """True minus seen radius (n,), and brightness behind the edge HU (n,).

    seen (n, m): smooth half-maximum radii. plain (n, m): rays with neither calcium nor branch. Stations with
    too few of those take the values of their neighbours.
    """
    profile, rays = _mean_profiles(edges, seen, plain)
    radius = _mean_radius(seen, plain)
    share = blurred_disc(
        (radius[:, None, None] + _SHIFTS_MM[:, None]) / sigma,
        np.maximum(radius[:, None] + _OFFSETS_MM, 0.0)[:, None] / sigma,
    )
    cost, background = _fit_background(profile, share, edges.lumen_HU)
    best, rows = np.clip(cost.argmin(1), 1, len(_SHIFTS_MM) - 2), np.arange(len(cost))
    before, at, after = cost[rows, best - 1], cost[rows, best], cost[rows, best + 1]
    bow = np.maximum(before - 2 * at + after, 1e-12)
    step = _SHIFTS_MM[1] - _SHIFTS_MM[0]
    shift = _SHIFTS_MM[best] + step * np.clip(0.5 * (before - after) / bow, -1, 1)
    known = rays >= _LEAST_RAYS
    if not known.any():
        return np.zeros(len(cost)), np.full(len(cost), _PRIOR_HU)
    weight = rays.astype(float) * known
    return _along(shift, weight), _along(background[rows, best], weight)


def _mean_profiles(edges: Edges, seen: FloatArray, plain: Flags) -> tuple[FloatArray, FloatArray]:
    """HU (n, k) at _OFFSETS_MM from the wall, mean over plain rays and a little along; and rays (n,)."""
    rho = np.maximum(seen[..., None] + _OFFSETS_MM, 0.0) / st.RAY_STEP_MM
    k = np.clip(rho.astype(int), 0, edges.profiles.shape[-1] - 2)
    low = np.take_along_axis(edges.profiles, k, -1)
    value = low + (np.take_along_axis(edges.profiles, k + 1, -1) - low) * (rho - k)
    count = plain.sum(1).astype(float)
    total = np.where(plain[..., None], value, 0.0).sum(1)
    width = _ALONG_MM / st.STEP_MM / 2
    total = ndimage.gaussian_filter1d(total, width, axis=0, mode="nearest")
    weight = ndimage.gaussian_filter1d(count, width, mode="nearest")
    return total / np.maximum(weight, 1e-6)[:, None], count


def _mean_radius(seen: FloatArray, plain: Flags) -> FloatArray:
    """Mean radius (n,) over plain rays, over all where there are too few."""
    count = plain.sum(1)
    mean = np.where(plain, seen, 0.0).sum(1) / np.maximum(count, 1)
    return np.where(count >= _LEAST_RAYS, mean, seen.mean(1))


def _fit_background(
    profile: FloatArray, share: FloatArray, lumen_HU: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Cost and best brightness behind the edge (n, shifts), linear least squares with the prior."""
    dark = 1 - share
    rest = profile[:, None] - lumen_HU[:, None, None] * share
    trust = (_SAMPLE_SD_HU / _PRIOR_SD_HU) ** 2
    background = ((dark * rest).sum(-1) + trust * _PRIOR_HU) / ((dark**2).sum(-1) + trust)
    miss = rest - background[..., None] * dark
    return (miss**2).sum(-1) + trust * (background - _PRIOR_HU) ** 2, background


def _along(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted Gaussian mean (n,) along the course."""
    width = _ALONG_MM / st.STEP_MM
    total = ndimage.gaussian_filter1d(values * weight, width, mode="nearest")
    out: FloatArray = total / np.maximum(ndimage.gaussian_filter1d(weight, width, mode="nearest"), 1e-9)
    return out
