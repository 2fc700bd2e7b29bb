"""The straight axis of a femoral shaft, from the outline of the bone alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.image import ImageGrid

STEP_MM = 3.0
"""Numerical setting: thickness of the sections whose centroids the axis is fitted to."""
SLENDER_FACTOR = 1.3
"""Numerical setting: a section belongs to the shaft up to this multiple of the slender sections' area."""
FLARE_FACTOR = 2.0
"""Numerical setting: the shaft ends in the distal flare at this multiple of its narrowest section."""
SHAFT_BELOW_LESSER_MM = 40.0
"""Numerical setting: the shaft begins this far below the lesser trochanter (below its flare)."""
END_MM = 60.0
"""Numerical setting: length of bone at either end that is compared to find the proximal one."""
MIN_AREA_MM2 = 100.0
"""Numerical setting: a smaller section (11 mm across) is no adult shaft."""
MIN_SHAFT_MM = 40.0
"""Numerical setting: the axis of a shorter stretch is not trusted (1 mm of centroid error is 1.5 degrees)."""


@dataclass(frozen=True, eq=False)
class Shaft:
    """point_mm (3,) on the axis; proximal (3,) unit; low_mm, high_mm: ends of the tubular part along it.

    Heights are measured from point_mm. scatter_mm: RMS distance of the centroids from the axis (bow).
    uncut_mm: lower end of the bone that no image border cuts.
    """

    point_mm: FloatArray
    proximal: FloatArray
    low_mm: float
    high_mm: float
    scatter_mm: float
    uncut_mm: float


def voxel_points(mask: npt.NDArray[np.bool_], grid: ImageGrid) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """LPS centres (n, 3) of the voxels of `mask` [k, j, i], and which of them lie on the image border."""
    kji = np.argwhere(mask)
    border = ((kji == 0) | (kji == np.asarray(mask.shape) - 1)).any(axis=1)
    return grid.index_to_lps(kji[:, ::-1]), border


def fit_shaft(points: FloatArray, border: npt.NDArray[np.bool_], voxel_mm3: float) -> Shaft:
    """Axis through the centroids of the slender sections perpendicular to it, found by iteration.

    points: (n, 3) LPS mm, one per voxel of the filled outline. Sections that the image border cuts are
    left out. Raises GeometryError "anatomy.no_shaft".
    """
    centre = points.mean(axis=0)
    axis = np.linalg.svd(points[:: max(len(points) // 20000, 1)] - centre, full_matrices=False)[2][0]
    centroids = points[:0]
    for _ in range(12):
        centroids = _slender_centroids(points, border, voxel_mm3, centre, axis)
        middle = centroids.mean(axis=0)
        new = np.linalg.svd(centroids - middle, full_matrices=False)[2][0]
        new = new if new @ axis > 0 else -new
        done = float(new @ axis) > 1 - 1e-10
        centre, axis = middle, new
        if done:
            break
    axis = axis if _proximal_sign(points, centre, axis) > 0 else -axis
    return _shaft(points, border, centroids, centre, axis)


def refit_shaft(
    points: FloatArray, border: npt.NDArray[np.bool_], voxel_mm3: float, shaft: Shaft, top_mm: float
) -> Shaft:
    """The axis fitted again to the anatomical shaft: from height top_mm down to the distal flare.

    top_mm: height over shaft.point_mm, SHAFT_BELOW_LESSER_MM under the lesser trochanter. The flare begins
    where a section exceeds FLARE_FACTOR times the narrowest ones.
    """
    centre, axis = shaft.point_mm, shaft.proximal
    top = centre + top_mm * axis
    for _ in range(4):
        area, middles, heights, whole = _sections(points, border, voxel_mm3, centre, axis)
        keep = whole & (heights < float((top - centre) @ axis))
        if keep.sum() * STEP_MM < MIN_SHAFT_MM:
            raise _no_shaft(float(keep.sum() * STEP_MM))
        keep &= area < FLARE_FACTOR * np.percentile(area[keep], 10)
        first, last = _longest_run(keep)
        if (last - first) * STEP_MM < MIN_SHAFT_MM:
            raise _no_shaft((last - first) * STEP_MM)
        chosen = middles[first:last]
        centre = chosen.mean(axis=0)
        new = np.linalg.svd(chosen - centre, full_matrices=False)[2][0]
        axis = new if new @ axis > 0 else -new
    return _shaft(points, border, chosen, centre, axis)


def _shaft(
    points: FloatArray,
    border: npt.NDArray[np.bool_],
    centroids: FloatArray,
    centre: FloatArray,
    axis: FloatArray,
) -> Shaft:
    heights = (centroids - centre) @ axis
    off = np.linalg.norm(centroids - centre - np.outer(heights, axis), axis=1)
    uncut = _uncut_end((points - centre) @ axis, border, float(heights.mean()))
    scatter = float(np.sqrt((off**2).mean()))
    return Shaft(centre, axis, float(heights.min()), float(heights.max()), scatter, uncut)


def _sections(
    points: FloatArray, border: npt.NDArray[np.bool_], voxel_mm3: float, centre: FloatArray, axis: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Areas (mm2), centroids (n, 3), heights over `centre` and completeness of sections STEP_MM thick."""
    along = (points - centre) @ axis
    start = float(along.min())
    index = np.floor((along - start) / STEP_MM).astype(int)
    count = np.bincount(index)
    area = count * voxel_mm3 / STEP_MM
    cut = np.bincount(index, border, len(count)) > 0
    sums = np.stack([np.bincount(index, points[:, k], len(count)) for k in range(3)], 1)
    whole = (area > MIN_AREA_MM2) & ~cut
    whole[[0, -1]] = False
    return area, sums / np.maximum(count, 1)[:, None], start + (np.arange(len(count)) + 0.5) * STEP_MM, whole


def _slender_centroids(
    points: FloatArray, border: npt.NDArray[np.bool_], voxel_mm3: float, centre: FloatArray, axis: FloatArray
) -> FloatArray:
    area, middles, _, whole = _sections(points, border, voxel_mm3, centre, axis)
    if whole.sum() * STEP_MM < MIN_SHAFT_MM:
        raise _no_shaft(float(whole.sum() * STEP_MM))
    slender = whole & (area < SLENDER_FACTOR * np.percentile(area[whole], 30))
    first, last = _longest_run(slender)
    if (last - first) * STEP_MM < MIN_SHAFT_MM:
        raise _no_shaft((last - first) * STEP_MM)
    out: FloatArray = middles[first:last]
    return out


def _longest_run(flags: npt.NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts)) if len(starts) else 0
    return (int(starts[best]), int(ends[best])) if len(starts) else (0, 0)


def _proximal_sign(points: FloatArray, centre: FloatArray, axis: FloatArray) -> float:
    """Positive when `axis` points to the proximal end: the end that reaches out to one side only.

    Head or neck stand far out on one side of the shaft; condyles reach out to both, a cut shaft to none.
    """
    along = (points - centre) @ axis
    upper = _one_sided_reach(points[along > along.max() - END_MM] - centre, axis)
    lower = _one_sided_reach(points[along < along.min() + END_MM] - centre, axis)
    return upper - lower


def _one_sided_reach(arms: FloatArray, axis: FloatArray) -> float:
    """Difference (mm) of the reach to both sides along the longest direction, weighted by elongation."""
    flat = arms - np.outer(arms @ axis, axis)
    values, directions = np.linalg.eigh(np.cov(flat.T))
    low, high = np.percentile(flat @ directions[:, 2], [0.5, 99.5])
    return float(abs(high + low) * (1 - values[1] / values[2]))


def _uncut_end(along: FloatArray, border: npt.NDArray[np.bool_], middle: float) -> float:
    below = along[border & (along < middle)]
    return float(below.max()) if below.size else float(along.min())


def _no_shaft(length_mm: float) -> GeometryError:
    return GeometryError(
        "anatomy.no_shaft",
        f"Only {length_mm:.0f} mm of complete shaft sections lie inside the image.",
        hint="Is there a femur in the image? It must show at least "
        f"{MIN_SHAFT_MM:g} mm of shaft that its border does not cut.",
        where="shaft",
    )
