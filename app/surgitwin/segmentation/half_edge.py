"""The edge of small dense pieces at half the height between them and whatever lies beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.morphology import Mask, bounding_box

SMOOTH_MM = 0.5
"""Numerical setting: Gaussian that steadies directions and levels against noise, under one pixel of a CT."""


def half_edge(values: npt.NDArray[Any], seeds: Mask, spacing_kji: FloatArray, reach_mm: float) -> Mask:
    """`seeds` without the foot of their edge: they end where the values are half way down.

    values, seeds: [k, j, i]. The height is the local peak of the seeds; the foot is read reach_mm (one voxel
    at least) further down the slope, so that lumen on one side and fat on the other each count.
    """
    spacing = np.asarray(spacing_kji, float)
    window = np.maximum(np.ceil(reach_mm / spacing), 1).astype(int)
    box = bounding_box(seeds, 2 * window + 1)
    own, part = seeds[box], np.asarray(values[box], np.float32)
    smooth = ndi.gaussian_filter(part, SMOOTH_MM / spacing, mode="nearest")
    size = tuple(int(n) for n in 2 * window + 1)
    peak = ndi.maximum_filter(np.where(own, smooth, smooth.min()), size=size, mode="nearest")[own]
    slope = np.stack([g[own] for g in np.gradient(smooth, *spacing)], axis=1)
    down = -slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-6)
    step = np.maximum(reach_mm, np.linalg.norm(down * spacing, axis=1, keepdims=True))
    foot_at = (np.argwhere(own) + down * step / spacing).T
    foot = ndi.map_coordinates(smooth, foot_at, order=1, mode="nearest")
    out = np.zeros_like(seeds)
    out[box][own] = part[own] > 0.5 * (peak + foot)
    return out if out.any() else seeds
