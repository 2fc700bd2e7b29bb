"""Two points proposed in the longest enhanced vessel of the image."""

from __future__ import annotations

from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.graph import MCP_Geometric

from surgitwin.anatomy.artery import errors
from surgitwin.anatomy.artery import settings as st
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume

_VOXEL_MM = 0.8  # grid of the search: a lumen of 2 mm is still two voxels wide
_BRIGHTEST_HU = 700.0
_INSET = 1.5  # the points lie this many diameters inside the ends
_LEAST_MM = 20.0
_CANDIDATES = 6

NOTE = "Start and end were proposed in the longest enhanced vessel; the flow is taken to run to the feet."

Mask = npt.NDArray[np.bool_]


def propose_ends(volume: Volume) -> tuple[FloatArray, FloatArray, str]:
    """Start (3,) and end (3,), LPS, of the longest enhanced vessel, and what to check.

    The start is the end nearer to the head. Raises InputError "artery.no_contrast" where nothing like an
    enhanced vessel is found. Only a proposal: the longest bright tube need not be the vessel in question.
    """
    step = np.maximum(1, np.floor(_VOXEL_MM / volume.grid.spacing_mm[::-1])).astype(int)
    small = volume.array[tuple(slice(None, None, int(n)) for n in step)]
    spacing = volume.grid.spacing_mm[::-1] * step
    bright = (small > st.DIAGNOSTIC_HU) & (small < _BRIGHTEST_HU)
    parts = cc3d.connected_components(bright, connectivity=6)
    best: tuple[float, FloatArray] | None = None
    for label in _likely(parts, small):
        found = _longest_way(parts == label, spacing)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    if best is None or best[0] < _LEAST_MM:
        raise errors.no_contrast(float(np.percentile(small, 99.9)))
    ends = volume.grid.index_to_lps((best[1] * step)[:, ::-1])
    first, last = (ends[0], ends[1]) if ends[0, 2] >= ends[1, 2] else (ends[1], ends[0])
    return first, last, NOTE


def _likely(parts: npt.NDArray[Any], small: npt.NDArray[Any]) -> list[int]:
    """Labels of the largest pieces that are not the rim of bone (no shell round something brighter)."""
    size = np.bincount(parts.ravel())
    size[0] = 0
    order = [int(n) for n in np.argsort(size)[::-1][: 3 * _CANDIDATES] if size[n] > 30]
    out = []
    boxes = cc3d.statistics(parts)["bounding_boxes"]
    for label in order:
        box = tuple(slice(max(0, b.start - 3), b.stop + 3) for b in boxes[label])
        piece = parts[box] == label
        rim = ndimage.binary_dilation(piece, iterations=2) & ~piece
        if np.mean(small[box][rim] >= _BRIGHTEST_HU) < 0.25:
            out.append(label)
    return out[:_CANDIDATES]


def _longest_way(piece: Mask, spacing: FloatArray) -> tuple[float, FloatArray] | None:
    """Length mm of the longest medial way through a piece, and its inset ends (2, 3) as k, j, i."""
    box = ndimage.find_objects(piece.astype(np.uint8))[0]
    inside = np.pad(piece[box], 1)
    depth = ndimage.distance_transform_edt(inside, sampling=spacing)
    cost = np.where(inside, (depth.max() / np.maximum(depth, 1e-3)) ** 2, -1.0)
    seed = tuple(int(v) for v in np.unravel_index(int(depth.argmax()), depth.shape))
    way = np.array([seed])
    for _ in range(2):
        graph = MCP_Geometric(np.where(inside, 1.0, -1.0), fully_connected=True, sampling=tuple(spacing))
        reached, _ = graph.find_costs([seed])
        seed_next = tuple(
            int(v)
            for v in np.unravel_index(
                int(np.where(np.isfinite(reached), reached, -1).argmax()), reached.shape
            )
        )
        medial = MCP_Geometric(cost, fully_connected=True, sampling=tuple(spacing))
        medial.find_costs([seed], [seed_next])
        way, seed = np.array(medial.traceback(seed_next)), seed_next
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0) * spacing, axis=1))])
    width = 2 * float(np.median(depth[tuple(way.T)]))
    if s[-1] < 4 * _INSET * width:
        return None
    rows = [int(np.searchsorted(s, at)) for at in (_INSET * width, s[-1] - _INSET * width)]
    return float(s[-1]), way[rows] - 1 + np.array([b.start for b in box])
