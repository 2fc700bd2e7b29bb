"""The way through the lumen from click to click: cheapest where the wall is farthest away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.graph import MCP_Geometric

from surgitwin.anatomy.artery import errors
from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.level import Level
from surgitwin.anatomy.artery.sampling import Box, box_round
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume

_WEAK = 0.3  # share of the lumen's contrast that a throat narrower than the blur still keeps
_POWER, _LEAST = 3.0, 0.02  # speed (D / D_click)^3 (vessels-from-images.md), never below the second
_CALCIUM_COST, _WEAK_COST = 400.0, 150.0  # against 1 in the middle of the lumen and 50 at its edge
_LONGEST_GAP_MM = 6.0  # through calcium or weak contrast; more is an occlusion or another vessel


@dataclass(frozen=True, eq=False)
class Way:
    """points_mm (n, 3): LPS, from start to end. depth_mm: distance to the wall [k, j, i] in the box.

    mask: lumen [k, j, i] of the box. box: part of the image. bridged_mm: of the way that is not lumen.
    """

    points_mm: FloatArray
    depth_mm: FloatArray
    mask: npt.NDArray[np.bool_]
    box: Box
    bridged_mm: float


def lumen_mask(array: npt.NDArray[Any], level: Level) -> npt.NDArray[np.bool_]:
    """Voxels brighter than the lumen's edge and darker than calcium."""
    out: npt.NDArray[np.bool_] = (array > level.edge_HU) & (array < level.calcium_HU)
    return out


def find_way(volume: Volume, level: Level, clicks: FloatArray) -> Way:
    """The medial way between the clicks (2, 3). InputError "artery.clicks_apart" without a lumen between."""
    box = box_round(volume, clicks, max(15.0, 0.4 * float(np.linalg.norm(clicks[1] - clicks[0]))))
    box = _joined(box, level, clicks)
    array = box.array
    mask = lumen_mask(array, level)
    weak = array > _weak_HU(level)
    start, end = box.index(clicks[0]), box.index(clicks[1])
    mask[start] = mask[end] = True
    depth = ndimage.distance_transform_edt(mask, sampling=box.spacing_kji)
    reach = max(_local_depth(depth, start, box), _local_depth(depth, end, box))
    speed = np.clip(depth / reach, 0, 1) ** _POWER
    cost = np.where(mask, 1 / np.maximum(speed, _LEAST), np.where(weak, _WEAK_COST, -1.0))
    cost[array >= level.calcium_HU] = _CALCIUM_COST
    graph = MCP_Geometric(cost, fully_connected=True, sampling=tuple(box.spacing_kji))
    reached, _ = graph.find_costs([start], [end])
    if not np.isfinite(reached[end]):
        raise errors.clicks_apart(float(np.linalg.norm(clicks[1] - clicks[0])), clicks[1])
    kji = np.array(graph.traceback(end))
    points = box.lps(kji)
    bridged = _bridged(points, mask[tuple(kji.T)])
    points[0], points[-1] = clicks
    return Way(points, depth, mask, box, bridged)


def _weak_HU(level: Level) -> float:
    return st.SOFT_TISSUE_HU + _WEAK * (level.lumen_HU - st.SOFT_TISSUE_HU)


def _joined(box: Box, level: Level, clicks: FloatArray) -> Box:
    """The part of a box that holds everything bright that is joined to both clicks."""
    bright = box.array > _weak_HU(level)
    start, end = box.index(clicks[0]), box.index(clicks[1])
    bright[start] = bright[end] = True
    parts = cc3d.connected_components(bright, connectivity=26)
    if parts[start] != parts[end]:
        raise errors.clicks_apart(float(np.linalg.norm(clicks[1] - clicks[0])), clicks[1])
    found = cc3d.statistics(parts)["bounding_boxes"][int(parts[start])]
    part = tuple(slice(max(0, b.start - 2), b.stop + 2) for b in found)
    return Box(box.low + np.array([b.start for b in part]), box.array[part], box.volume)


def _local_depth(depth: FloatArray, at: tuple[int, ...], box: Box) -> float:
    """Largest distance to the wall within 2 mm of a voxel, at least one voxel."""
    reach = np.ceil(2.0 / box.spacing_kji).astype(int)
    part = depth[tuple(slice(max(0, c - r), c + r + 1) for c, r in zip(at, reach, strict=True))]
    return max(float(part.max()), float(box.spacing_kji.max()))


def _bridged(points: FloatArray, lumen: npt.NDArray[np.bool_]) -> float:
    """Length of the way that is not lumen; InputError "artery.clicks_apart" for a long gap."""
    step = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1)])
    parts, count = ndimage.label(~lumen)
    for n in range(1, count + 1):
        gap = float(step[parts == n].sum())
        if gap > _LONGEST_GAP_MM:
            raise errors.clicks_apart(gap, points[parts == n][0])
    return float(step[~lumen].sum())
