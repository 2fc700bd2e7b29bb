"""Lumens by the statistics of their own values: what the vessel presets of CT and MR share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation.click_place import voxel_at
from surgitwin.segmentation.flood import flood
from surgitwin.segmentation.morphology import Mask, bounding_box, remove_specks
from surgitwin.segmentation.reach import within

VESSEL, OTHER = 1, 2


@dataclass(frozen=True)
class LumenLevel:
    """median and spread (robust standard deviation) of the values round the clicks."""

    median: float
    spread: float


def balls(grid: ImageGrid, points_mm: FloatArray, radius_mm: float, name: str) -> Mask:
    """Voxels within `radius_mm` of the points (n, 3) LPS mm, each at least its own voxel."""
    mask = np.zeros(grid.shape, bool)
    for point in np.asarray(points_mm, float).reshape(-1, 3):
        mask[voxel_at(grid, point, name)] = True
    return within(mask, np.asarray(grid.spacing_mm)[::-1], radius_mm)


def level_in(array: npt.NDArray[Any], mask: Mask) -> LumenLevel:
    """Level of the values in `mask`."""
    values = np.asarray(array[mask], np.float32)
    median = float(np.median(values))
    return LumenLevel(median, 1.4826 * float(np.median(np.abs(values - median))))


def connected_to(mask: Mask, seeds: Mask) -> Mask:
    """The pieces of `mask` (faces) that hold a voxel of `seeds`."""
    pieces = cc3d.connected_components(mask, connectivity=6)
    wanted = np.unique(pieces[seeds & mask])
    keep = np.zeros(int(pieces.max()) + 1, bool)
    keep[wanted] = True
    keep[0] = False
    out: Mask = keep[pieces]
    return out


def parted(
    array: npt.NDArray[Any], mask: Mask, vessel: Mask, other: Mask, spacing: FloatArray, smoothing_mm: float
) -> Mask:
    """Of `mask`, what a flooding of the gradient gives to `vessel` rather than to `other`.

    array: [k, j, i]; spacing: (sk, sj, si) mm. Borders follow the steepest change between the two.
    """
    if not other.any():
        return connected_to(mask, vessel)
    box = bounding_box(mask, 2)
    values = np.asarray(array[box], np.float32)
    slope = ndi.gaussian_gradient_magnitude(values, np.maximum(smoothing_mm / spacing, 0.5), mode="nearest")
    markers = np.where(other[box], OTHER, np.where(vessel[box], VESSEL, 0))
    out = np.zeros_like(mask)
    out[box] = flood(-slope, markers, mask[box]) == VESSEL
    return connected_to(out, vessel)


def filled(mask: Mask, hole_voxels: float) -> Mask:
    """`mask` with enclosed holes under `hole_voxels` voxels filled: noise in the lumen."""
    if not mask.any():
        return mask
    box = bounding_box(mask, 1)
    out = mask.copy()
    out[box] = ~remove_specks(~mask[box], hole_voxels)
    return out


def no_lumen(fact: str) -> InputError:
    """No lumen was found."""
    return InputError(
        "segment.no_lumen",
        fact,
        hint="Click into the middle of the vessel; in a CT it must be filled with contrast agent.",
        where="lumen",
    )
