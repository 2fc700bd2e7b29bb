"""Borders of segments as the faces of their voxels, and exact distances of points to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.image import ImageGrid, LabelMap
from surgitwin.segmentation.morphology import bounding_box


@dataclass(frozen=True, eq=False)
class Border:
    """Faces between a segment and what is not it: centre (n, 3) LPS mm and the axis 0..2 that each is square
    to. The sides of the image are no border: what lies beyond is unknown."""

    label: int
    grid: ImageGrid
    centre_mm: FloatArray
    axis: IntArray
    tree: cKDTree

    @property
    def reach_mm(self) -> float:
        """No point of a face lies farther from its centre."""
        two = np.sort(self.grid.spacing_mm)[1:]
        return float(np.hypot(*two)) / 2

    def distances(self, points_mm: FloatArray, faces: IntArray) -> FloatArray:
        """(n,) mm from points (n, 3) to the faces with these numbers (n,), exact."""
        local = np.abs((points_mm - self.centre_mm[faces]) @ self.grid.direction)
        half = np.broadcast_to(self.grid.spacing_mm / 2, local.shape).copy()
        half[np.arange(len(faces)), self.axis[faces]] = 0
        out: FloatArray = np.linalg.norm(np.maximum(local - half, 0), axis=1)
        return out

    def exact(self, points_mm: FloatArray, about_mm: FloatArray) -> FloatArray:
        """(n,) distance of points (n, 3) to the border; about_mm: (n,) to the nearest centre of a face."""
        near = self.tree.query_ball_point(points_mm, about_mm + self.reach_mm + 1e-9)
        count = np.array([len(n) for n in near])
        faces = np.concatenate([np.asarray(n, np.int64) for n in near])
        row = np.repeat(np.arange(len(points_mm)), count)
        each = self.distances(points_mm[row], faces)
        start = np.concatenate([[0], np.cumsum(count)[:-1]])
        out: FloatArray = np.minimum.reduceat(each, start)
        return out


def border_of(labels: LabelMap, label: int) -> Border | None:
    """The border of one segment; None when it has no voxel, or no face inside the image."""
    mask = labels.array == label
    if not mask.any():
        return None
    wide = bounding_box(mask, 1)
    inside = mask[wide]
    start = np.array([s.start for s in wide])
    centres, axes = [], []
    for axis in range(3):
        a, b = [slice(None)] * 3, [slice(None)] * 3
        a[axis], b[axis] = slice(1, None), slice(None, -1)
        found = np.argwhere(inside[tuple(a)] != inside[tuple(b)]).astype(float) + start
        found[:, axis] += 0.5
        centres.append(found[:, ::-1])
        axes.append(np.full(len(found), 2 - axis))
    ijk = np.concatenate(centres)
    if not len(ijk):
        return None
    lps = labels.grid.index_to_lps(ijk)
    tree = cKDTree(lps)
    return Border(label, labels.grid, lps, np.concatenate(axes), tree)


def labels_at(labels: LabelMap, points_mm: FloatArray) -> npt.NDArray[np.int64]:
    """(n,) label of the voxel in which each point lies; -1 outside the image."""
    kji = np.floor(labels.grid.lps_to_index(points_mm)[:, ::-1] + 0.5).astype(np.int64)
    seen = ((kji >= 0) & (kji < labels.array.shape)).all(axis=1)
    out = np.full(len(points_mm), -1, np.int64)
    out[seen] = labels.array[tuple(kji[seen].T)]
    return out
