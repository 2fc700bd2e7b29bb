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


MOST_BLUR = 0.175
"""Numerical setting: sigma over radius to which the first order holds; beyond it the peak is lowered as
well.
"""
EDGE_VOXELS = 0.2
"""Numerical setting: share of a voxel by which an edge at half height lies wrong. On phantoms of 3 and 6 mm
in slices of 0.6 to 3 mm the volume was further off in 1 image of 54 (packaging/docs/presets.md).
"""


def volume_doubt(mask: Mask, spacing_kji: FloatArray) -> float:
    """Share of the volume of `mask` that an edge wrong by EDGE_VOXELS of a voxel changes."""
    return edge_share(mask, spacing_kji, EDGE_VOXELS * float(np.cbrt(np.prod(spacing_kji))))


def edge_share(mask: Mask, spacing_kji: FloatArray, edge_mm: float) -> float:
    """Share of the volume of `mask` that an edge wrong by `edge_mm` changes; faces of voxels are 3/2 of the
    area.
    """
    spacing = np.asarray(spacing_kji, float)
    faces = sum(float(np.diff(mask, axis=a).sum()) / spacing[a] for a in range(3))
    return float(edge_mm * faces / 1.5 / max(float(mask.sum()), 1.0))


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
    share = _share(own, part[own], peak, foot, np.linalg.norm(slope, axis=1), spacing)
    out = np.zeros_like(seeds)
    out[box][own] = part[own] > foot + share * (peak - foot)
    return out if out.any() else seeds


def _share(
    own: Mask, values: FloatArray, peak: FloatArray, foot: FloatArray, slope: FloatArray, spacing: FloatArray
) -> float:
    """Share of the height at which the border of a blurred ball lies, under one half.

    Blur of sigma lowers the value at the border of a ball of radius r by sigma / (r sqrt(2 pi)) of its
    height (to first order; twice that of a tube, vessels-from-images.md). sigma follows from the slope of
    the edges, without the smoothing before; r from volume over area.
    """
    height = peak - foot
    middle = np.abs(values - foot - 0.5 * height) < 0.1 * height
    if not middle.any():
        return 0.5
    seen = float(np.median(height[middle] / slope[middle])) / np.sqrt(2 * np.pi)
    voxel = float(np.prod(spacing))
    faces = [float(np.diff(own, axis=a).sum()) * voxel / spacing[a] for a in range(3)]
    radius = 4.5 * float(own.sum()) * voxel / sum(faces)  # 3 V / A, faces of voxels being 3/2 of the area
    sigma = np.sqrt(max(seen**2 - SMOOTH_MM**2, 0.0))
    return float(0.5 - min(sigma / radius, MOST_BLUR) / np.sqrt(2 * np.pi))
