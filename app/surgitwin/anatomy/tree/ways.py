"""Medial ways from the root to every end, and how the ends are found.

The cost of a step is (D_max / D)^3, D the distance to the wall (vessels-from-images.md). All ways come from
one shortest-path tree, so they join exactly and never cross. Ends are the places farthest from the root along
the lumen; what sticks out of its parent less than a vessel does is taken for roughness of the wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.graph import MCP_Geometric

from surgitwin.anatomy.tree.lumen import BALL_SHORT_VOXELS, Index, Lumen, Mask
from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress

# Numerical settings. The wall of a voxel model is rough by a voxel or two; corners of a cut vessel stick out
# of the inscribed ball by 0.41 radii, the far sides of an oval of 1.5 to 1 by 0.5 radii.
_POWER = 3.0
_WINDOW = 5  # voxels in which an end is the farthest
_LEAST_OUT_VOXELS = 3.0
_OUT_PER_PARENT, _OUT_PER_OWN = 1.0, 4.0
_COVER, _COVER_VOXELS = 1.5, 2.0
_ROUNDS = 20
_TOLD = 25  # ends tried between two signs of progress, which are the cancel points

Voxel = tuple[int, ...]


class Ways:
    """The shortest-path tree of one root. accepted: ways (n, 3) of voxels from the root, one for each end."""

    def __init__(self, lumen: Lumen, root: Voxel) -> None:
        self.lumen, self.root = lumen, root
        depth = lumen.depth_mm
        cost = np.where(lumen.mask, (float(depth.max()) / np.maximum(depth, 1e-3)) ** _POWER, -1.0)
        self._graph = MCP_Geometric(cost, fully_connected=True, sampling=tuple(lumen.spacing_kji))
        reached, _ = self._graph.find_costs([root])
        self.cost: FloatArray = np.where(np.isfinite(reached), reached, -1.0)
        self.accepted: list[Index] = []
        self._tree: set[Voxel] = {root}
        self._centre = np.array([root]) * lumen.spacing_kji
        self._ball = lumen.depth_mm[root][None]

    @cached_property
    def ridge(self) -> Mask:
        """Voxels that no neighbour is deeper than."""
        depth = self.lumen.depth_mm
        out: Mask = depth >= ndimage.maximum_filter(depth, size=3)
        return out

    def way(self, end: Voxel) -> Index:
        """Voxels (n, 3) from the root to an end."""
        return np.array(self._graph.traceback(end))

    def accept(self, way: Index) -> None:
        """Keep a way."""
        self.accepted.append(way)
        self._tree.update(map(tuple, way.tolist()))
        tree = np.array(list(self._tree))
        self._centre = tree * self.lumen.spacing_kji
        self._ball = self.lumen.depth_mm[tuple(tree.T)]

    def offer(self, end: Voxel, prune: float, least_mm: float = 0.0) -> bool:
        """Keep the way to an end when it leads out of what is there as far as a vessel does.

        prune: multiple of the usual demands. least_mm: radius that its widest part needs (`drop_thin` asks
        for its mean).
        """
        lumen = self.lumen
        centre, ball = self._centre, self._ball
        out = _outside(np.array([end]) * lumen.spacing_kji, centre, ball)[0]
        if out < _LEAST_OUT_VOXELS * lumen.voxel_mm:
            return False
        way = self.way(end)
        fresh = np.array([tuple(v) not in self._tree for v in way.tolist()])
        own = way[fresh]
        own_depth = lumen.depth_mm[tuple(own.T)]
        away = _outside(own * lumen.spacing_kji, centre, ball)
        out = max(out, float(away.max(initial=0.0)))  # the second arm of a loop ends beside the first
        beyond = away > 0
        width = float(np.percentile(own_depth[beyond], 90)) if beyond.any() else float(own_depth.max())
        if width < least_mm - BALL_SHORT_VOXELS * lumen.voxel_mm:
            return False
        parent = float(lumen.depth_mm[tuple(way[~fresh][-1])]) if (~fresh).any() else 0.0
        if out > prune * _OUT_PER_PARENT * parent or out > prune * _OUT_PER_OWN * width:
            self.accept(way)
            return True
        return False


def _outside(points: FloatArray, centre: FloatArray, ball: npt.NDArray[np.float32]) -> FloatArray:
    """Distance (n,) of points (n, 3) to the nearest of the balls; negative inside."""
    out = np.empty(len(points))
    for n in range(0, len(points), 64):
        gap = np.linalg.norm(points[n : n + 64, None] - centre[None], axis=-1) - ball
        out[n : n + 64] = gap.min(1)
    return out


def geodesic(lumen: Lumen, start: Voxel) -> FloatArray:
    """Length of the shortest way through the lumen from a voxel to every other; inf outside."""
    graph = MCP_Geometric(
        np.where(lumen.mask, 1.0, -1.0), fully_connected=True, sampling=tuple(lumen.spacing_kji)
    )
    reached, _ = graph.find_costs([start])
    out: FloatArray = reached
    return out


def find_ways(
    lumen: Lumen, root: Voxel, ends: Sequence[Voxel] = (), prune: float = 1.0, least_mm: float = 0.0,
    progress: Progress = SILENT,
) -> Ways:  # fmt: skip
    """Ways from the root to the given ends, and to all that are found."""
    progress("Shortest ways", 0.0)
    ways = Ways(lumen, root)
    progress("Shortest ways", 0.2)
    far = geodesic(lumen, root)
    far[~np.isfinite(far)] = -1.0
    for end in ends:
        ways.accept(ways.way(end))
    progress("Ends of the vessels", 0.3)
    peaks = _peaks(far, lumen.mask)
    if peaks and not ways.accepted:
        ways.accept(ways.way(peaks.pop(0)))
    _offer_all(ways, peaks, prune, least_mm, progress.part(0.3, 0.5))
    tried: set[Voxel] = set()
    for turn in range(_ROUNDS):  # how many there will be is not known: each takes half of what is left
        part = progress.part(1 - 0.5 ** (turn + 1), 1 - 0.5 ** (turn + 2))
        part("Ends of the vessels", 0.0)
        rest = [end for end in _left_over(ways, far) if end not in tried]
        tried.update(rest)
        before = len(ways.accepted)
        _offer_all(ways, rest, prune, least_mm, part)
        if len(ways.accepted) == before:
            break
    return ways


def _offer_all(ways: Ways, ends: Sequence[Voxel], prune: float, least_mm: float, progress: Progress) -> None:
    for n, end in enumerate(ends):
        if n % _TOLD == 0:
            progress("Ends of the vessels", n / len(ends))
        ways.offer(end, prune, least_mm)


def only_ways(lumen: Lumen, root: Voxel, ends: Sequence[Voxel]) -> Ways:
    """Ways from the root to the given ends and to nothing else."""
    ways = Ways(lumen, root)
    for end in ends:
        ways.accept(ways.way(end))
    return ways


def _peaks(far: FloatArray, mask: Mask) -> list[Voxel]:
    """Voxels that are the farthest of their neighbourhood, the farthest first."""
    top = mask & (far >= ndimage.maximum_filter(far, size=_WINDOW)) & (far > 0)
    found = np.argwhere(top)
    order = np.argsort(-far[tuple(found.T)], kind="stable")
    return [tuple(int(v) for v in found[n]) for n in order]


def _left_over(ways: Ways, far: FloatArray) -> list[Voxel]:
    """Ends to try in each part of the lumen that no way passes (the second arm of a loop).

    The farthest voxel, and the one on the ridge of the depth that is dearest to reach: in a loop the fronts
    of both sides meet there.
    """
    lumen = ways.lumen
    tree = np.unique(np.concatenate(ways.accepted), axis=0)
    away, row = cKDTree(tree * lumen.spacing_kji).query(lumen.voxels * lumen.spacing_kji)
    reach = _COVER * lumen.depth_mm[tuple(tree[row].T)] + _COVER_VOXELS * lumen.voxel_mm
    bare = np.zeros(lumen.mask.shape, bool)
    voxels = lumen.voxels[away > reach]
    bare[tuple(voxels.T)] = True
    part = cc3d.connected_components(bare, connectivity=26)[tuple(voxels.T)]
    ridge = np.where(ways.ridge[tuple(voxels.T)], ways.cost[tuple(voxels.T)], -1.0)
    found = [*_highest(voxels, part, far[tuple(voxels.T)]), *_highest(voxels, part, ridge)]
    return sorted(found, key=lambda p: -far[p])


def _highest(voxels: Index, part: npt.NDArray[np.integer[Any]], value: FloatArray) -> list[Voxel]:
    """The voxel (of voxels (n, 3)) with the largest value of each part, in the order of the parts."""
    order = np.lexsort((value, part))
    last = np.flatnonzero(np.diff(part[order], append=-1))
    return [tuple(int(v) for v in voxels[n]) for n in order[last]]
