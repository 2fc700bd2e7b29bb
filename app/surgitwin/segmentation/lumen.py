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


def level_of_core(values: npt.NDArray[Any], mask: Mask, near: Mask, fallback: LumenLevel) -> LumenLevel:
    """Level of `mask` in `near` without its outermost voxels: steadier than a ball; `fallback` under 27
    voxels.
    """
    box = bounding_box(mask | near, 1)
    core = np.zeros_like(mask)
    core[box] = ndi.binary_erosion(mask[box], np.ones((1, 3, 3), bool))
    core &= near
    return level_in(values, core) if int(core.sum()) >= 27 else fallback


def edge_share(
    values: npt.NDArray[Any], mask: Mask, wall: float, height: float, spacing: FloatArray
) -> float:
    """Share of the height between surroundings and lumen at which a tube's wall lies: a little under one
    half.

    values: [k, j, i], `wall` outside and `height` higher inside `mask`; spacing: (sk, sj, si) mm. Blur of
    sigma moves the half level of a tube of radius r inwards by sigma^2 / (2 r) (vessels-from-images.md),
    which is sigma / (2 r sqrt(2 pi)) of the height. sigma follows from the slope of the walls, r from
    volume over area.
    """
    box = bounding_box(mask, 2)
    inside, part = mask[box], np.asarray(values[box], np.float32)
    rim = ndi.binary_dilation(inside) & ~ndi.binary_erosion(inside)
    rim &= np.abs(part - wall - 0.5 * height) < 0.1 * height  # where the slope is steepest
    if not rim.any():
        return 0.5
    slope = np.sqrt(sum(g[rim] ** 2 for g in np.gradient(part, *spacing)))
    step = float(np.cbrt(np.prod(spacing)))
    sigma2 = (height / (float(np.median(slope)) * np.sqrt(2 * np.pi))) ** 2 - step**2 / 3
    voxel = float(np.prod(spacing))
    area = sum(
        float(np.diff(inside.astype(np.int8), axis=a).astype(bool).sum()) * voxel / spacing[a]
        for a in range(3)
    )
    radius = 3 * float(inside.sum()) * voxel / area  # 2 V / A, faces of voxels being 3/2 of the area
    sigma = float(np.sqrt(max(sigma2, 0.0)))
    return float(max(0.5 - sigma / (2 * radius * np.sqrt(2 * np.pi)), 0.25))


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
