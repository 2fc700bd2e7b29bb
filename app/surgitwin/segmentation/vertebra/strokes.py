"""Clicks and brush strokes move the outline: each place is obeyed, and the surface beside it follows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.ndimage as ndi
from scipy.spatial import KDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.vertebra.field import Lattice

JOIN_MM, DENSE_MM = 6.0, 1.0
"""Numerical settings: clicks of one name that follow each other this near are one stroke, filled at
this step."""

FOLLOW_MM, REACHES = 4.0, 2.5
"""Numerical settings: the surface follows a stroke with this Gaussian width (the tip of a finger), cut off
after so many widths."""

BRUSH_MM = 3.0
"""Numerical setting: points of a painted area this near to each other speak of the same piece of surface."""

FACING = 0.0
"""Numerical setting: cosine under which a surface that faces another way than the one at the stroke stays
(the other side of a thin process)."""

MOST_FOLLOWED_MM = 6.0
"""Numerical setting: a place deeper than this is another piece, not the surface: the neighbourhood stays."""

SLOPE_PER_MM = 0.66
"""Fall of the outline's share per mm across the surface (Gaussian of 0.6 mm, see `outline.SMOOTH_MM`)."""


def strokes_of(clicks: FloatArray) -> list[FloatArray]:
    """The (n, 3) clicks in mm as strokes: those that follow each other within JOIN_MM belong together."""
    if len(clicks) == 0:
        return []
    gap = np.linalg.norm(np.diff(clicks, axis=0), axis=1)
    return np.split(clicks, np.flatnonzero(gap > JOIN_MM) + 1)


def stroke_points(clicks: FloatArray, dense_mm: float = DENSE_MM) -> FloatArray:
    """(m, 3) mm: the (n, 3) clicks, and in each stroke points at most `dense_mm` apart between them."""
    parts = [clicks[:0]]
    for stroke in strokes_of(clicks):
        parts.append(stroke[:1])
        for a, b in pairwise(stroke):
            n = max(int(np.ceil(np.linalg.norm(b - a) / dense_mm)), 1)
            parts.append(a + (b - a) * (np.arange(1, n + 1) / n)[:, None])
    return np.concatenate(parts)


def followed(
    share: FloatArray, at: Lattice, strokes: FloatArray, sign: float, radius_mm: float
) -> FloatArray:
    """`share` 0..1 [k, j, i] with its surface moved past the (n, 3) points (LPS mm) by radius_mm.

    sign: 1 where the points are inside, -1 where they are outside.
    """
    if len(strokes) == 0:
        return share
    local = at.frame.from_lps(strokes)
    index = at.index(local)
    reach = REACHES * FOLLOW_MM
    low = np.maximum(np.floor(index.min(0) - reach / at.step - 8).astype(int), 0)
    high = np.minimum(np.ceil(index.max(0) + reach / at.step + 9).astype(int), at.shape)
    if (low >= high).any():
        return share
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    depth = signed_depth(share[box], at.step)
    there = ndi.map_coordinates(depth, (index - low).T, order=1, mode="nearest")
    amount = radius_mm - sign * there
    amount[(amount < 0) | (amount > MOST_FOLLOWED_MM + radius_mm)] = 0.0
    if not amount.any():
        return share
    amount = _most_near(index * at.step, amount)
    where = np.argwhere(np.abs(depth) < MOST_FOLLOWED_MM + 2 * radius_mm)
    move = _move(where, (index - low), amount, depth, at.step)
    delta = np.zeros_like(depth)
    delta[tuple(where.T)] = sign * move
    out = share.copy()
    change = np.clip(0.5 + SLOPE_PER_MM * (depth + delta), 0, 1) - np.clip(0.5 + SLOPE_PER_MM * depth, 0, 1)
    out[box] = np.clip(share[box] + change, 0, 1)
    return out


def signed_depth(share: FloatArray, step: float) -> FloatArray:
    """mm inside the outline (negative outside)."""
    inside: Mask = share > 0.5
    if not inside.any() or inside.all():
        return np.where(inside, np.inf, -np.inf) * np.ones(share.shape)
    deep, out = (ndi.distance_transform_edt(m) for m in (inside, ~inside))
    depth: FloatArray = np.where(inside, deep - 0.5, 0.5 - out) * step
    return depth


def _most_near(points: FloatArray, amount: FloatArray) -> FloatArray:
    """The largest amount among the points within BRUSH_MM of each: the far side of a painted area rules."""
    near = KDTree(points).query_ball_point(points, BRUSH_MM)
    out: FloatArray = np.array([amount[n].max() for n in near])
    return out


def _move(
    where: IntArray, points: FloatArray, amount: FloatArray, depth: FloatArray, step: float
) -> FloatArray:
    """mm by which the surface moves at the voxels `where` (n, 3): Gaussian mean of the amounts, faded."""
    tree = KDTree(points * step)
    near = min(12, len(points))
    gap, which = tree.query(where * step, k=near, distance_upper_bound=REACHES * FOLLOW_MM)
    gap, which = gap.reshape(len(where), near), which.reshape(len(where), near)
    weight = np.exp(-0.5 * (gap / FOLLOW_MM) ** 2)
    weight[~np.isfinite(gap)] = 0
    padded = np.append(amount, 0.0)
    total = weight.sum(1)
    mean = (padded[which] * weight).sum(1) / np.maximum(total, 1e-9)
    smooth = ndi.gaussian_filter(depth, 1.0)
    normal = np.stack(np.gradient(smooth), -1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    at_point = normal[tuple(np.clip(np.round(points).astype(int), 0, np.array(depth.shape) - 1).T)]
    at_point = np.concatenate([at_point, np.zeros((1, 3))])
    facing = (normal[tuple(where.T)] * at_point[which[:, 0]]).sum(1)
    agree = np.clip((facing - FACING) / (1 - FACING), 0, 1)
    out: FloatArray = mean * weight.max(1) * agree
    return out
