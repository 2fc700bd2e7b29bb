"""Lengths, angles, areas and image statistics of points that a person placed in an image (LPS mm)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, Volume

PARALLEL = 0.999
"""Cosine above which a plane counts as a voxel plane, so that whole voxels are counted (numerical setting:
2.6 degrees, less than a voxel over a usual region)."""

MOST_SAMPLES = 4_000_000
"""Of one region; a larger one is sampled more coarsely (memory)."""


@dataclass(frozen=True)
class Statistics:
    """Of image values in a region, in the image's unit. count: of `counted` inside the image: whole voxels,
    or samples interpolated between them."""

    mean: float
    sd: float
    low: float
    high: float
    count: int
    counted: Literal["voxels", "samples"] = "voxels"


@dataclass(frozen=True, eq=False)
class Profile:
    """Values along a line. distance_mm (n,) from its first point; value (n,), NaN outside the image."""

    distance_mm: FloatArray
    value: FloatArray


def distance(points_mm: npt.ArrayLike) -> float:
    """Length in mm of the line through (n, 3) points."""
    steps = np.diff(np.asarray(points_mm, float), axis=0)
    return float(np.linalg.norm(steps, axis=1).sum())


def angle(first_mm: npt.ArrayLike, vertex_mm: npt.ArrayLike, last_mm: npt.ArrayLike) -> float:
    """Angle in radians, 0 to pi, at `vertex_mm` between the other two; ValueError when one lies on it."""
    vertex = np.asarray(vertex_mm, float)
    return _between(np.asarray(first_mm, float) - vertex, np.asarray(last_mm, float) - vertex)


def angle_of_lines(points_mm: npt.ArrayLike) -> float:
    """Angle in radians, 0 to pi/2, between the lines 0-1 and 2-3 of (4, 3) points (Cobb's angle)."""
    p = np.asarray(points_mm, float)
    between = _between(p[1] - p[0], p[3] - p[2])
    return min(between, float(np.pi) - between)


def _between(a: FloatArray, b: FloatArray) -> float:
    if not np.linalg.norm(a) > 0 or not np.linalg.norm(b) > 0:
        raise ValueError("an angle needs points that differ")
    return float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))


def polygon_area(points_mm: npt.ArrayLike) -> float:
    """Area in mm2 of the closed polygon through (n >= 3, 3) points of one plane (Newell's vector area).

    InputError "measure.crossing" when its outline crosses itself: the vector area of a figure eight is 0.
    """
    p = np.asarray(points_mm, float)
    p = p - p.mean(axis=0)
    if _crosses_itself(p):
        raise InputError(
            "measure.crossing",
            "The outline crosses itself.",
            hint="Move its points so that the outline goes round the area once.",
            where="area",
        )
    return float(np.linalg.norm(np.cross(p, np.roll(p, -1, axis=0)).sum(axis=0)) / 2)


def _crosses_itself(points_mm: FloatArray) -> bool:
    """Whether two edges of a closed polygon (n, 3) of one plane pass through each other."""
    right, down = np.linalg.svd(points_mm, full_matrices=False)[2][:2]
    start = points_mm @ np.stack([right, down], axis=1)
    end = np.roll(start, -1, axis=0)

    def side(of: FloatArray) -> FloatArray:
        """(n, n) on which side of each edge (rows) each point lies."""
        along, away = (end - start)[:, None], of[None] - start[:, None]
        out: FloatArray = np.sign(along[..., 0] * away[..., 1] - along[..., 1] * away[..., 0])
        return out

    parted = side(start) * side(end) < 0
    return bool((parted & parted.T).any())


def perimeter(points_mm: npt.ArrayLike) -> float:
    """Length in mm round the closed polygon."""
    p = np.asarray(points_mm, float)
    return distance(np.vstack([p, p[:1]]))


def profile(volume: Volume, start_mm: npt.ArrayLike, end_mm: npt.ArrayLike) -> Profile:
    """Values along a line, at half the finest voxel spacing, interpolated linearly."""
    start, end = np.asarray(start_mm, float), np.asarray(end_mm, float)
    length = float(np.linalg.norm(end - start))
    n = min(int(np.ceil(length / (0.5 * float(volume.grid.spacing_mm.min())))) + 1, 20_000)
    share = np.linspace(0, 1, max(n, 2))
    return Profile(share * length, _sample(volume, start + share[:, None] * (end - start)))


def statistics(values: npt.ArrayLike) -> Statistics:
    """Of finite values; raises InputError "measure.outside" when there is none."""
    v = np.asarray(values, float)
    v = v[np.isfinite(v)]
    if not v.size:
        raise InputError(
            "measure.outside",
            "The measured place lies outside the image, or between its voxels.",
            hint="Draw it larger, and over the image.",
        )
    sd = float(v.std(ddof=1)) if v.size > 1 else 0.0
    return Statistics(float(v.mean()), sd, float(v.min()), float(v.max()), int(v.size))


def flat_statistics(
    volume: Volume, centre_mm: npt.ArrayLike, right_mm: npt.ArrayLike, down_mm: npt.ArrayLike, round_: bool
) -> Statistics:
    """Values in an ellipse (`round_`) or rectangle on a plane.

    right_mm, down_mm: (3,) half axes, square to each other. On a voxel plane the voxels of the nearest slice
    are counted whose centres lie inside; on an oblique plane samples at the finest spacing, interpolated
    linearly.
    """
    centre, a, b = (np.asarray(x, float) for x in (centre_mm, right_mm, down_mm))
    normal = np.cross(a, b)
    length = float(np.linalg.norm(normal))
    if not length > 0:
        raise InputError(
            "measure.flat", "The region has no area.", hint="Draw it wider.", where="region of interest"
        )
    normal = normal / length
    axis = _voxel_axis(volume.grid, normal)
    points, values = (
        _slice_voxels(volume, axis, centre, a, b) if axis is not None else _samples(volume, centre, a, b)
    )
    u = (points - centre) @ a / (a @ a)
    v = (points - centre) @ b / (b @ b)
    inside = u**2 + v**2 <= 1 + 1e-9 if round_ else (np.abs(u) <= 1 + 1e-9) & (np.abs(v) <= 1 + 1e-9)
    return replace(statistics(values[inside]), counted="samples" if axis is None else "voxels")


def ball_statistics(volume: Volume, centre_mm: npt.ArrayLike, radius_mm: float) -> Statistics:
    """Values of the voxels whose centres lie in a ball."""
    centre = np.asarray(centre_mm, float)
    low, high = _box(volume.grid, centre, np.full(3, radius_mm))
    if (high < low).any():
        return statistics([])
    middle, spacing = volume.grid.lps_to_index(centre), volume.grid.spacing_mm
    i, j, k = ((np.arange(low[n], high[n] + 1) - middle[n]) * spacing[n] for n in range(3))
    squared = (k**2)[:, None, None] + (j**2)[:, None] + i**2
    between = volume.grid.direction.T @ volume.grid.direction
    for a, b, n, m in (
        (j[:, None], i, 0, 1),
        (k[:, None, None], i, 0, 2),
        (k[:, None, None], j[:, None], 1, 2),
    ):
        if abs(between[n, m]) > 1e-9:  # a tilted gantry: axes that are not square to each other
            squared = squared + 2 * between[n, m] * a * b
    near = squared <= radius_mm**2
    block = volume.array[low[2] : high[2] + 1, low[1] : high[1] + 1, low[0] : high[0] + 1]
    return statistics(block[near])


def _voxel_axis(grid: ImageGrid, normal: FloatArray) -> int | None:
    """Axis (0 i, 1 j, 2 k) along which `normal` runs, None when it is oblique."""
    along = np.abs(grid.direction.T @ normal)
    best = int(np.argmax(along))
    return best if along[best] > PARALLEL else None


def _slice_voxels(
    volume: Volume, axis: int, centre: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Centres, moved onto the plane's slice, and values of the voxels round an ellipse or rectangle."""
    reach = np.sqrt(a @ a) + np.sqrt(b @ b)
    low, high = _box(volume.grid, centre, np.full(3, reach))
    at = int(np.rint(volume.grid.lps_to_index(centre)[axis]))
    if not 0 <= at < volume.grid.shape[2 - axis] or (high < low).any():
        return np.zeros((0, 3)), np.zeros(0)
    low[axis] = high[axis] = at
    i, j, k = (np.arange(low[n], high[n] + 1) for n in range(3))
    index = np.stack([x.ravel() for x in np.meshgrid(i, j, k, indexing="ij")], axis=-1)
    return volume.grid.index_to_lps(index), volume.array[index[:, 2], index[:, 1], index[:, 0]].astype(float)


def _samples(
    volume: Volume, centre: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Points and interpolated values over the rectangle of an oblique plane."""
    sides = 2 * np.array([np.linalg.norm(a), np.linalg.norm(b)])
    step = max(float(volume.grid.spacing_mm.min()), float(np.sqrt(sides.prod() / MOST_SAMPLES)))
    u, v = (np.linspace(-1, 1, max(int(np.ceil(side / step)) + 1, 3)) for side in sides)
    share = np.stack([x.ravel() for x in np.meshgrid(u, v, indexing="ij")], axis=-1)
    points = centre + share @ np.stack([a, b])
    return points, _sample(volume, points)


def _sample(volume: Volume, points_mm: FloatArray) -> FloatArray:
    """(n,) values at LPS points, NaN outside the image."""
    index = volume.grid.lps_to_index(points_mm)
    low = np.clip(np.floor(index.min(axis=0)).astype(int), 0, np.array(volume.grid.shape[::-1]) - 1)
    high = np.clip(np.ceil(index.max(axis=0)).astype(int), 0, np.array(volume.grid.shape[::-1]) - 1)
    block = volume.array[low[2] : high[2] + 1, low[1] : high[1] + 1, low[0] : high[0] + 1].astype(float)
    inside = ((index >= -1e-6) & (index <= np.array(volume.grid.shape[::-1]) - 1 + 1e-6)).all(axis=1)
    values = map_coordinates(block, (index - low).T[::-1], order=1, mode="nearest")
    out: FloatArray = np.where(inside, values, np.nan)
    return out


def _box(
    grid: ImageGrid, centre: FloatArray, reach_mm: FloatArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First and last (i, j, k) of the voxels within `reach_mm` of a point, cut to the image."""
    middle = grid.lps_to_index(centre)
    reach = reach_mm * np.linalg.norm(np.linalg.inv(grid.affine)[:3, :3], axis=1)
    top = np.array(grid.shape[::-1]) - 1
    low = np.maximum(np.floor(middle - reach), 0).astype(np.int64)
    return low, np.minimum(np.ceil(middle + reach), top).astype(np.int64)
