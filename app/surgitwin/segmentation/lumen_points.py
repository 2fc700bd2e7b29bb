"""Clicks into a vessel that is segmented already, for presets that start from its lumen."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import LabelMap
from surgitwin.segmentation.morphology import bounding_box, distance_to

LUMEN_CODES = ("59820001", "8128003", "91747007")
"""Codes of the segments that vessel presets make: blood vessel, lumen, lumen of a blood vessel."""
EVERY_MM = 10.0
"""Numerical setting: one point in each cube of this edge, so that points follow a vessel along all of it."""
DEEP_MM = 1.5
"""Numerical setting: points lie this deep, as the ball of the preset "calcium" needs, or in the deepest
voxel.
"""


def lumen_points(labels: LabelMap) -> tuple[FloatArray, tuple[str, ...]]:
    """Points (n, 3) LPS mm in the middle of the vessels of `labels`, and the names of those; n = 0 without
    one.
    """
    vessels = [s for s in labels.segments if s.code in LUMEN_CODES]
    mask = np.isin(labels.array, [s.label for s in vessels])
    if not vessels or not mask.any():
        return np.zeros((0, 3)), ()
    spacing = np.asarray(labels.grid.spacing_mm)[::-1]
    box = bounding_box(mask, 1)
    depth = distance_to(~mask[box], spacing)
    deep = depth >= min(DEEP_MM, float(depth.max()))
    index = np.argwhere(deep)
    cube = np.floor(index * spacing / EVERY_MM).astype(int)
    order = np.lexsort((-depth[deep], *cube.T))
    first = order[np.r_[True, (np.diff(cube[order], axis=0) != 0).any(axis=1)]]
    whole = index[first] + [s.start for s in box]
    return np.asarray(labels.grid.index_to_lps(whole[:, ::-1])), tuple(s.name for s in vessels)
