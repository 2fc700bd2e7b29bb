"""From bone voxels of one vertebra to its solid outline: marrow filled, canal and discs left out."""

from __future__ import annotations

from itertools import product

import cc3d
import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.morphology import Mask, distance_to
from surgitwin.segmentation.vertebra.field import Lattice
from surgitwin.segmentation.vertebra.pose import Pose, Wall

FRONT_MM, PEDICLE_SHARE, FORAMEN_MM, CLOSE_MM = 2.0, 0.55, 5.0, 0.6
"""Numerical settings. The arch begins this far before the posterior wall, at the level of the pedicles
(this share
of the height above and below the middle) or, above and below them, this far behind the wall; a voxel this
close to
the body belongs to it in any case."""

RIM_MM, RIM_SHARE = 2.5, 0.25
"""Numerical settings: the rims of the end plates are sharper than the body's smooth surface; bone between
the planes
of the plates this close to it, and this far from the middle in shares of the height, is rim."""

SPAN_SHARE = 2.2
"""Numerical setting: half span of the transverse processes over the half width of the body (about 2 in L3,
2.3 in T6,
general anatomy); bone farther out is rib."""

CANAL_MM = (5.0, 9.0)
"""Numerical settings: this near the mid-plane and this far behind the posterior wall lies the canal and
nothing
else (it is 12 mm deep and 16 mm wide at least, general anatomy)."""

WAYS = tuple(way for way in product((-1, 0, 1), repeat=3) if any(way))
ENCLOSED_MM, ENCLOSED_SHARE = 8.0, 0.8
"""Numerical settings: a voxel is marrow where bone lies within this distance in this share of 26
directions; from
the middle of the canal it does not, along its axis."""

SMOOTH_MM = 0.6
"""Numerical setting: Gaussian width that takes steps of the lattice from the outline."""


def half_width(body: Mask, at: Lattice) -> float:
    """Half width of the body in mm at its middle level (5 mm either way)."""
    level = np.abs(at.z) < 5.0
    columns = np.flatnonzero(body[level].any((0, 1)))
    return float(at.x[columns[-1]] - at.x[columns[0]] + at.step) / 2


def may_be(body: Mask, at: Lattice, pose: Pose, wall: Wall) -> Mask:
    """Where this vertebra can be at all: its body, its pedicles, and what lies behind canal and foramina."""
    x, y, z = at.axes()
    behind = wall.behind(y, z)
    aside = np.abs(x) < SPAN_SHARE * half_width(body, at)
    pedicle = (behind > -FRONT_MM) & (np.abs(z) < PEDICLE_SHARE * pose.height_mm)
    gap = distance_to(body, np.full(3, at.step))
    points = at.frame.to_lps(at.points())
    between = (pose.upper.beyond(points) < 0) & (pose.lower.beyond(points) < 0)
    rim = (gap < RIM_MM) & between & (np.abs(z) > RIM_SHARE * pose.height_mm)
    near = (gap < CLOSE_MM) | rim
    mask: Mask = ((pedicle | (behind > FORAMEN_MM)) & aside) | near
    return mask


def kept_open(at: Lattice, wall: Wall) -> Mask:
    """The middle of the vertebral canal and all before it: wide holes here are the canal, or end plates'
    hollows.
    """
    x, y, z = at.axes()
    behind = wall.behind(y, z)
    mask: Mask = (behind < 0) | ((np.abs(x) < CANAL_MM[0]) & (behind < CANAL_MM[1]))
    return mask


def solid(
    bone: Mask, body: Mask, taken: Mask, kept_open: Mask, step: float, closing_mm: float, marrow_mm: float
) -> FloatArray:
    """Share 0..1 [k, j, i] of this vertebra: bone joined to the body, closed, its marrow filled, smoothed.

    taken: voxels of others, or where it cannot be. marrow_mm: half width of holes. kept_open: where holes
    wider than that stay.
    """
    joined = _with(bone | body, body)
    closed = _close(joined, step, closing_mm) & ~taken
    filled = closed | (_marrow(closed, kept_open, step, marrow_mm) & ~taken)
    filled |= enclosed(filled, step) & ~taken & ~kept_open
    smooth = ndi.gaussian_filter(filled.astype(np.float32), SMOOTH_MM / step)
    out: FloatArray = np.where(taken & ~body, np.minimum(smooth, 0.49), smooth)
    return out


def _with(mask: Mask, core: Mask) -> Mask:
    labels = cc3d.connected_components(mask, connectivity=6)
    counts = np.bincount(labels[core])
    part: Mask = labels == counts.argmax()
    return part


def _close(mask: Mask, step: float, radius_mm: float) -> Mask:
    pad = int(np.ceil(radius_mm / step)) + 1
    spacing = np.full(3, step)
    grown = distance_to(np.pad(mask, pad), spacing) <= radius_mm
    shrunk = distance_to(~grown, spacing) > radius_mm
    out: Mask = shrunk[pad:-pad, pad:-pad, pad:-pad] | mask
    return out


def enclosed(mask: Mask, step: float) -> Mask:
    """Voxels [k, j, i] outside `mask` from which it is met in most directions: marrow behind a gap in the
    cortex.
    """
    reach = round(ENCLOSED_MM / step)
    padded = np.pad(mask, reach)
    met = np.zeros(mask.shape, np.int8)
    for way in WAYS:
        hit = np.zeros_like(mask)
        for n in range(1, round(ENCLOSED_MM / step / float(np.linalg.norm(way))) + 1):
            start = [reach + n * w for w in way]
            hit |= padded[tuple(slice(s, s + size) for s, size in zip(start, mask.shape, strict=True))]
        met += hit
    out: Mask = (met >= ENCLOSED_SHARE * len(WAYS)) & ~mask
    return out


def _marrow(mask: Mask, kept_open: Mask, step: float, half_width_mm: float) -> Mask:
    """Holes of the sections in all three directions that are marrow (the base of a process may be wide)."""
    out = np.zeros_like(mask)
    for axis in range(3):
        holes = np.zeros_like(mask)
        for k in range(mask.shape[axis]):
            where = tuple(k if a == axis else slice(None) for a in range(3))
            section = mask[where]
            if section.any():
                holes[where] = _holes(section, kept_open[where], step, half_width_mm)
        out |= holes
    return out


def _holes(section: Mask, kept_open: Mask, step: float, half_width_mm: float) -> Mask:
    holes: Mask = ndi.binary_fill_holes(section) & ~section
    if not holes.any():
        return holes
    labels, n = ndi.label(holes)
    depth = ndi.distance_transform_edt(holes, sampling=step)
    number = np.arange(1, n + 1)
    wide = (ndi.maximum(depth, labels, number) > half_width_mm) & (ndi.maximum(kept_open, labels, number) > 0)
    out: Mask = holes & ~np.r_[False, wide][labels]
    return out
