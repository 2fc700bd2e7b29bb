"""Local filters only where there is something: a volume cut into tiles with a margin, empty tiles skipped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.morphology import Box, Mask

EDGE = 48
"""Numerical setting: voxels along a tile; small enough to skip air, large against the margins of the
filters.
"""


def tiles(used: Mask, margin: npt.ArrayLike) -> Iterator[tuple[Box, Box, Box]]:
    """(outer, inner, core) of every tile that holds a voxel of `used` [k, j, i] within `margin` voxels (per
    axis).

    outer: the tile with its margin, in the volume. inner: the tile inside `outer`. core: the tile in the
    volume.
    """
    wide = np.broadcast_to(np.asarray(margin, int), 3)
    for corner in product(*(range(0, n, EDGE) for n in used.shape)):
        outer, inner, core = [], [], []
        for at, n, m in zip(corner, used.shape, wide, strict=True):
            low, end = max(at - int(m), 0), min(at + EDGE, n)
            outer.append(slice(low, min(end + int(m), n)))
            inner.append(slice(at - low, end - low))
            core.append(slice(at, end))
        box: Box = (outer[0], outer[1], outer[2])
        if used[box].any():
            yield box, (inner[0], inner[1], inner[2]), (core[0], core[1], core[2])


def smooth_mask(mask: Mask, sigma_voxels: FloatArray) -> Mask:
    """Where the Gaussian mean of `mask` is over a half; sigma per axis [k, j, i] in voxels."""
    out = mask.copy()
    for outer, inner, core in tiles(mask, np.ceil(3 * sigma_voxels).astype(int)):
        piece = mask[outer]
        if piece.all():
            continue
        soft = ndi.gaussian_filter(piece.astype(np.float32), sigma_voxels, mode="nearest", truncate=3)
        out[core] = soft[inner] > 0.5
    return out
