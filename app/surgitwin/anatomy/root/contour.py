"""Closed contours through a stack of sections: the cheapest way round, section after section (compiled)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.kernels import kernel

STEP_MM = 0.25
MAX_STEPS = 3
BEND_COST, PRIOR_COST, PRIOR_REACH_MM, BEYOND_COST = 0.25, 0.12, 2.5, 5.0
"""Cost of radius change along the contour and from the neighbouring section, per mm^2; numerical settings
(vessels-from-images.md)."""


@kernel
def _closed_contour(cost: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Radius index for each angle of the cheapest closed contour; cost (m, k). Goes round 1.5 times."""
    m, k = cost.shape
    total = m + m // 2 + 1
    best = cost[0].copy()
    back = np.zeros((total, k), np.int64)
    for j in range(1, total):
        new = np.empty(k)
        for r in range(k):
            low = np.inf
            at = r
            for d in range(-MAX_STEPS, MAX_STEPS + 1):
                q = r + d
                if 0 <= q < k:
                    c = best[q] + BEND_COST * (d * STEP_MM) ** 2
                    if c < low:
                        low, at = c, q
            new[r] = low + cost[j % m, r]
            back[j, r] = at
        best = new
    way = np.zeros(total, np.int64)
    way[-1] = np.argmin(best)
    for j in range(total - 1, 0, -1):
        way[j - 1] = back[j, way[j]]
    out = way[:m].copy()
    turn = m // 2 - m // 4
    out[:turn] = way[m : m + turn]
    return out


@kernel
def _smooth_ring(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Gaussian of 1.5 samples round a ring."""
    m = values.size
    out = np.zeros(m)
    norm = 0.0
    for d in range(-5, 6):
        weight = np.exp(-0.5 * (d / 1.5) ** 2)
        norm += weight
        for j in range(m):
            out[j] += weight * values[(j + d) % m]
    return out / norm


@kernel
def _follow(
    cost: npt.NDArray[np.float64], radii: npt.NDArray[np.float64], start: int
) -> npt.NDArray[np.int64]:
    n, m, k = cost.shape
    out = np.zeros((n, m), np.int64)
    out[start] = _closed_contour(cost[start])
    for step in (1, -1):
        prior = _smooth_ring(radii[out[start]])
        i = start + step
        while 0 <= i < n:
            here = cost[i].copy()
            for j in range(m):
                for r in range(k):
                    d = abs(radii[r] - prior[j])
                    here[j, r] += PRIOR_COST * d * d + (BEYOND_COST if d > PRIOR_REACH_MM else 0.0)
            out[i] = _closed_contour(here)
            found = radii[out[i]]
            for j in range(m):
                found[j] = min(max(found[j], prior[j] - 1.2), prior[j] + 1.2)
            prior = 0.5 * prior + 0.5 * _smooth_ring(found)
            i += step
    return out


def follow_contours(cost: FloatArray, radii_mm: FloatArray, start: int) -> npt.NDArray[np.int64]:
    """(n, m) indices into radii_mm (k,): cheapest contours of cost (n, m, k).

    Begins at section `start` without prior and goes both ways; each section is held near the one before.
    """
    return np.asarray(_follow(np.ascontiguousarray(cost, np.float64), np.asarray(radii_mm, float), start))
