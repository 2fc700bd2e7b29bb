"""A sheared or unevenly spaced stack made a volume of boxes, by linear interpolation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.dicom.offer import ResampleOffer

WHOLE_PX = 1e-3
"""A shift this close to whole pixels is taken as whole (numerical setting: 1 um on a pixel of 1 mm)."""

Plane = npt.NDArray[Any]
Covered = npt.NDArray[np.bool_]


def resampled(
    array: npt.NDArray[Any], offer: ResampleOffer, outside: float, progress: Progress = SILENT
) -> npt.NDArray[Any]:
    """The volume [k, j, i] on `offer.grid` from the slices (n, rows, columns); same type, whole numbers
    rounded.

    Every plane is interpolated along the normal between the two slices beside it, each moved in its own
    plane to where it was taken (bilinear). What no slice covers gets `outside`. A cancel point per plane.
    """
    grid = offer.grid
    out = np.empty(grid.shape, array.dtype)
    pixels = offer.shift_mm / grid.spacing_mm[:2]
    pixels = pixels - pixels.min(axis=0)
    step = offer.spacing_mm
    moved: dict[int, tuple[Plane, Covered]] = {}
    for k in range(grid.shape[0]):
        progress("Resampling", k / grid.shape[0])
        z = k * step
        n = int(np.clip(np.searchsorted(offer.at_mm, z, side="right") - 1, 0, len(offer.at_mm) - 2))
        share = float(np.clip((z - offer.at_mm[n]) / (offer.at_mm[n + 1] - offer.at_mm[n]), 0.0, 1.0))
        for m in [m for m in moved if m < n]:
            del moved[m]
        for m in (n, n + 1):
            if m not in moved:
                moved[m] = _moved(array[m], pixels[m], (grid.shape[1], grid.shape[2]))
        plane = _between(moved[n], moved[n + 1], share, outside)
        out[k] = np.rint(plane) if array.dtype.kind in "iu" else plane
    return out


def _moved(values: Plane, by_px: npt.NDArray[np.float64], shape: tuple[int, int]) -> tuple[Plane, Covered]:
    """`values` moved by (i, j) pixels in a plane of `shape`, and which of its pixels they cover."""
    rows, row_part = _split(float(by_px[1]))
    columns, column_part = _split(float(by_px[0]))
    soft: Plane = np.asarray(values, np.float32)
    if row_part:
        soft = (1 - row_part) * soft[1:] + row_part * soft[:-1]
        rows += 1
    if column_part:
        soft = (1 - column_part) * soft[:, 1:] + column_part * soft[:, :-1]
        columns += 1
    plane = np.zeros(shape, np.float32)
    covered = np.zeros(shape, bool)
    where = (slice(rows, rows + soft.shape[0]), slice(columns, columns + soft.shape[1]))
    plane[where], covered[where] = soft, True
    return plane, covered


def _split(pixels: float) -> tuple[int, float]:
    """Whole pixels and the rest."""
    nearest = round(pixels)
    if abs(pixels - nearest) <= WHOLE_PX:
        return nearest, 0.0
    whole = math.floor(pixels)
    return whole, pixels - whole


def _between(
    below: tuple[Plane, Covered], above: tuple[Plane, Covered], share: float, outside: float
) -> Plane:
    """Both where both cover; the nearer one alone at the leaning edges; `outside` elsewhere."""
    if share == 0.0:
        return np.where(below[1], below[0], np.float32(outside))
    if share == 1.0:
        return np.where(above[1], above[0], np.float32(outside))
    nearer = below if share < 0.5 else above
    plane = np.where(nearer[1], nearer[0], np.float32(outside))
    mixed = (1 - np.float32(share)) * below[0] + np.float32(share) * above[0]
    return np.where(below[1] & above[1], mixed, plane)
