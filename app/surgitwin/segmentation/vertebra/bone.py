"""Which voxels round a vertebra are bone: noise taken off, the edge at a share of the local cortex."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi
from skimage.restoration import denoise_tv_chambolle

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.presets import Preset

CLIP_HU = (-150.0, 1200.0)
"""Numerical settings: fat and air count as fat, metal as dense cortex."""


def ball(radius_mm: float, step: float) -> Mask:
    """Voxels within radius_mm of the middle one of a cubic lattice of `step` mm."""
    n = int(radius_mm / step + 1e-6)
    axis = np.arange(-n, n + 1) * step
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    inside: Mask = x * x + y * y + z * z <= radius_mm**2 + 1e-6
    return inside


def quiet(hu: FloatArray, noise_weight: float) -> FloatArray:
    """HU with its noise taken off and its edges kept (total variation, Chambolle), clipped to CLIP_HU."""
    out: FloatArray = denoise_tv_chambolle(np.clip(hu, *CLIP_HU), weight=noise_weight).astype(np.float32)
    return out


def edge_level(hu: FloatArray, step: float, preset: Preset) -> FloatArray:
    """HU over which a voxel is bone: soft tissue plus `edge_share` of the height of the cortex nearby.

    hu: [k, j, i] without noise (`quiet`). A fixed threshold puts the edge of dense cortex outside it by up to
    the blur of the image; a share of the local peak does not.
    """
    peak = ndi.maximum_filter(hu, footprint=ball(preset["edge_reach_mm"], step))
    peak = ndi.gaussian_filter(peak, 1.0 / step)
    soft = preset["soft_tissue_hu"]
    level = soft + preset["edge_share"] * (peak - soft)
    out: FloatArray = np.clip(level, preset["bone_hu"], preset["edge_max_hu"])
    return out
