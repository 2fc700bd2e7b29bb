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
_CANDIDATES, _LEAST_VOXELS = 12, 30
_TANGLE = 4.0  # volume of the piece over that of a tube along the way: heart with vessels, or bone
_CORE_SHARE, _UNEVEN = 0.1, 0.35  # voxels inside; (90th - 10th percentile) / median of their HU

NOTE = "Start and end were proposed in the longest enhanced vessel; the flow is taken to run to the feet."

Mask = npt.NDArray[np.bool_]


def propose_ends(volume: Volume) -> tuple[FloatArray, FloatArray, str]:
    """Start (3,) and end (3,), LPS, of the longest enhanced vessel, and what to check.

    The start is the end nearer to the head. Raises InputError "artery.no_proposal" where nothing
    like an enhanced vessel is found. Only a proposal: it need not be the vessel in question.
    """
    step = np.maximum(1, np.floor(_VOXEL_MM / volume.grid.spacing_mm[::-1])).astype(int)
    small = volume.array[tuple(slice(None, None, int(n)) for n in step)]
    spacing = volume.grid.spacing_mm[::-1] * step
    parts = cc3d.connected_components((small > st.DIAGNOSTIC_HU) & (small < _BRIGHTEST_HU), connectivity=6)
    best: tuple[float, FloatArray] | None = None
    for label, box in _likely(parts):
        found = _longest_way(parts[box] == label, small[box], spacing)
        if found is not None and (best is None or found[0] > best[0]):
            best = found[0], found[1] + np.array([b.start for b in box])
    if best is None or best[0] < _LEAST_MM:
        raise errors.no_proposal()
    ends = volume.grid.index_to_lps((best[1] * step)[:, ::-1])
    first, last = (ends[0], ends[1]) if ends[0, 2] >= ends[1, 2] else (ends[1], ends[0])
    return first, last, NOTE


def _likely(parts: npt.NDArray[Any]) -> list[tuple[int, tuple[slice, ...]]]:
    """Labels and boxes of the largest pieces."""
    known = cc3d.statistics(parts)
    size = np.array(known["voxel_counts"])
    size[0] = 0
    order = [int(n) for n in np.argsort(size)[::-1][:_CANDIDATES] if size[n] > _LEAST_VOXELS]
    return [(n, known["bounding_boxes"][n]) for n in order]


def _longest_way(piece: Mask, hu: npt.NDArray[Any], spacing: FloatArray) -> tuple[float, FloatArray] | None:
    """Length mm of the longest medial way through a piece, and its inset ends (2, 3) as k, j, i of the box.

    None for what is no vessel: too short for its width, more than a tube with branches, or not like blood.
    """
    inside = np.pad(piece, 1)
    depth = ndimage.distance_transform_edt(inside, sampling=spacing)
    flat, medial = (
        np.where(inside, cost, -1.0) for cost in (1.0, (depth.max() / np.maximum(depth, 1e-3)) ** 2)
    )
    last = _farthest(flat, _where(depth, depth.argmax()), spacing)
    first = _farthest(flat, last, spacing)
    graph = MCP_Geometric(medial, fully_connected=True, sampling=tuple(spacing))
    graph.find_costs([first], [last])
    way = np.array(graph.traceback(last))
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0) * spacing, axis=1))])
    width = 2 * float(np.median(depth[tuple(way.T)]))
    tube = float(s[-1]) * np.pi / 4 * width**2 / float(np.prod(spacing))
    if s[-1] < 4 * _INSET * width or np.count_nonzero(piece) > _TANGLE * tube or not _like_blood(piece, hu):
        return None
    rows = [int(np.searchsorted(s, at)) for at in (_INSET * width, s[-1] - _INSET * width)]
    return float(s[-1]), way[rows] - 1


def _like_blood(piece: Mask, hu: npt.NDArray[Any]) -> bool:
    """Whether a piece has a core of even brightness; the spongy bone of ribs has neither."""
    core = ndimage.binary_erosion(piece)
    if np.count_nonzero(core) < _CORE_SHARE * np.count_nonzero(piece):
        return False
    smooth = ndimage.gaussian_filter(np.asarray(hu, np.float32), 0.7)
    low, middle, high = np.percentile(smooth[core], (10, 50, 90))
    return bool(high - low < _UNEVEN * middle)


def _where(values: FloatArray, at: np.intp) -> tuple[int, ...]:
    return tuple(int(v) for v in np.unravel_index(int(at), values.shape))


def _farthest(cost: FloatArray, start: tuple[int, ...], spacing: FloatArray) -> tuple[int, ...]:
    """The voxel that is farthest from a start within the piece."""
    reached, _ = MCP_Geometric(cost, fully_connected=True, sampling=tuple(spacing)).find_costs([start])
    return _where(reached, np.where(np.isfinite(reached), reached, -1.0).argmax())
