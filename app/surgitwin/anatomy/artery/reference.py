"""The diameter that the vessel would have if it were healthy, from its healthy parts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.arrays import FloatArray

_WINDOW_MM = 45.0
"""Setting: half width of the stretch over which a taper is taken as straight."""
_NARROW, _WIDE = 0.95, 1.12
"""Setting: stations outside these multiples of the healthy diameter are no part of it."""
_ROUNDS = 25


def healthy_diameter(s_mm: FloatArray, diameter_mm: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Healthy diameter (n,) at every station, and which stations are healthy.

    Straight lines are fitted in a sliding window; narrowed and widened stations, with half a diameter on
    both sides, are left out and the fit repeated until nothing changes.
    """
    n = len(s_mm)
    step = float(np.median(np.diff(s_mm)))
    margin = max(1, round(0.5 * float(np.median(diameter_mm)) / step))
    reference = np.full(n, float(np.percentile(diameter_mm, 75)))
    healthy = np.ones(n, bool)
    for _ in range(_ROUNDS):
        odd = (diameter_mm < _NARROW * reference) | (diameter_mm > _WIDE * reference)
        odd = ndimage.binary_opening(odd, iterations=2) if n > 8 else odd
        keep = ~ndimage.binary_dilation(odd, iterations=margin)
        if np.count_nonzero(keep) < max(6, n // 10):
            break
        fitted = _sliding_line(s_mm, diameter_mm, keep)
        settled = bool((keep == healthy).all()) and bool(np.allclose(fitted, reference, rtol=1e-4))
        healthy, reference = keep, fitted
        if settled:
            break
    return reference, healthy


def _sliding_line(s: FloatArray, d: FloatArray, keep: npt.NDArray[np.bool_]) -> FloatArray:
    """Weighted straight lines (tricube) through the kept stations, evaluated at every station."""
    x, y = s[keep], d[keep]
    knots = np.linspace(s[0], s[-1], max(2, round((s[-1] - s[0]) / 5.0) + 1))
    gap = np.abs(knots[:, None] - x[None])
    reach = np.maximum(_WINDOW_MM, 1.01 * np.sort(gap, axis=1)[:, min(len(x) - 1, len(x) // 3)])
    weight = np.clip(1 - (gap / reach[:, None]) ** 3, 0, None) ** 3
    total = weight.sum(1)
    mean_x, mean_y = weight @ x / total, weight @ y / total
    spread = (weight * (x[None] - mean_x[:, None]) ** 2).sum(1)
    cross = (weight * (x[None] - mean_x[:, None]) * (y[None] - mean_y[:, None])).sum(1)
    slope = cross / np.maximum(spread, 1e-9)
    out: FloatArray = np.interp(s, knots, mean_y + slope * (knots - mean_x))
    return out
