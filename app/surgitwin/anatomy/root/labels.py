"""The measured root as a label map: the lumen inside its wall, and calcium."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import LabelMap, Segment, Volume
from surgitwin.core.vessel import LumenTube

# SNOMED CT codes, general knowledge, not checked: structure of aortic root, calcium deposit.
LUMEN = Segment(1, "lumen", "8128003", (0.80, 0.15, 0.15))
CALCIUM = Segment(2, "calcium", "54215007", (0.95, 0.95, 0.90))


def root_labels(volume: Volume, anatomy: RootAnatomy) -> LabelMap:
    """Labels on the grid of `volume`: voxels inside the tracked wall, and calcified voxels over them."""
    grid = volume.grid
    labels = np.zeros(grid.shape, np.uint8)
    corner = grid.lps_to_index(anatomy.tube.wall_mm.reshape(-1, 3))[:, ::-1]
    low = np.maximum(np.floor(corner.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corner.max(axis=0)).astype(int) + 1, grid.shape)
    part = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    index = np.stack(
        np.meshgrid(*[np.arange(a, b) for a, b in zip(low, high, strict=True)], indexing="ij"), -1
    )
    inside = inside_tube(anatomy.tube, grid.index_to_lps(index[..., ::-1].reshape(-1, 3)))
    labels[part][inside.reshape(index.shape[:-1])] = LUMEN.label
    at = np.rint(grid.lps_to_index(anatomy.calcium.points_mm)).astype(int)[:, ::-1]
    at = at[((at >= 0) & (at < np.array(grid.shape))).all(axis=1)]
    labels[tuple(at.T)] = CALCIUM.label
    return LabelMap(labels, grid, (LUMEN, CALCIUM))


def inside_tube(tube: LumenTube, points_mm: FloatArray) -> npt.NDArray[np.bool_]:
    """(k,) whether LPS points (k, 3) lie inside the wall, judged in the section of the nearest station."""
    course = tube.course
    away, at = cKDTree(course.points_mm).query(
        points_mm, distance_upper_bound=float(tube.radius_mm.max()) + 1.0
    )
    out = np.zeros(len(points_mm), bool)
    near = np.flatnonzero(np.isfinite(away))
    s = at[near]
    d = points_mm[near] - course.points_mm[s]
    x, y, z = (np.einsum("ij,ij->i", d, axis[s]) for axis in (course.e1, course.e2, course.tangent))
    m = tube.radius_mm.shape[1]
    turn = np.mod(np.arctan2(y, x), 2 * np.pi) / (2 * np.pi) * m
    j = np.floor(turn).astype(int) % m
    share = turn - np.floor(turn)
    wall = tube.radius_mm[s, j] * (1 - share) + tube.radius_mm[s, (j + 1) % m] * share
    step = float(np.median(np.diff(course.s_mm)))
    out[near] = (np.hypot(x, y) <= wall) & (np.abs(z) <= step)
    return out
