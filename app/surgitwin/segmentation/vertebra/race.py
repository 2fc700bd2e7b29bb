"""Travel times through bone: each voxel goes to the vertebra from which bone leads there soonest."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi
from skimage.graph import MCP_Geometric

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.vertebra.bone import ball

BONE_HU, SLOWEST, POWER = 250.0, 0.03, 4.0
"""Numerical settings: bone of this density or more is equally fast, so that a dense arch does not win a thin
process across the joint; the rest is slower in proportion, down to the slowest."""

VALLEY, VALLEY_MM, FAINT_HU = 2.0, 2.5, 200.0
"""Numerical settings: a dark gap narrower than twice VALLEY_MM slows by its depth as a share of the bone on
its
sides (of FAINT_HU at least), VALLEY times, to the power POWER: half as dark as its sides is all but shut."""

IN_BODY = 0.5
"""Numerical setting: least speed within the body, whose marrow has the HU of muscle."""


def speed_of(hu: FloatArray, step: float, body: Mask) -> FloatArray:
    """Speed 0..1 from HU on a lattice of `step` mm, lightly smoothed."""
    smooth = ndi.gaussian_filter(hu, 0.35 / step)
    sides = ndi.grey_closing(smooth, footprint=ball(VALLEY_MM, step))
    depth = (sides - smooth) / np.maximum(sides, FAINT_HU)
    speed = np.clip(1 - VALLEY * depth, SLOWEST, 1) ** POWER * np.clip(smooth / BONE_HU, SLOWEST, 1)
    out: FloatArray = np.where(body, np.maximum(speed, IN_BODY), speed)
    return out


def travel_time(speed: FloatArray, mask: Mask, seeds: Mask, step: float) -> FloatArray:
    """Time (mm at speed 1) from `seeds` to each voxel along `mask`; inf where no way leads."""
    times = np.full(mask.shape, np.inf)
    start = seeds & mask
    if not start.any():
        return times
    kernel = ndi.binary_erosion(start)
    cost = np.where(mask & ~kernel, 1 / speed, -1.0)
    times, _ = MCP_Geometric(cost).find_costs(np.argwhere(start & ~kernel).tolist())
    times[kernel] = 0
    out: FloatArray = times * step
    return out
