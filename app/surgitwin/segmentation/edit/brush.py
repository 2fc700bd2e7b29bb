"""Brush and eraser: a sphere, or a disc in the plane of a slice, drawn along a stroke; radius in mm."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation.edit.ink import Ink
from surgitwin.segmentation.edit.region import Region, write
from surgitwin.segmentation.morphology import Box
from surgitwin.segmentation.patch import LabelPatch, Labels

PIECE = 2.0
"""Numerical setting: a fast stroke is drawn in pieces of this many radii, each in a small box of its own."""


def stroke(
    labels: Labels,
    grid: ImageGrid,
    points_mm: npt.ArrayLike,
    radius_mm: float,
    ink: Ink,
    normal: npt.ArrayLike | None = None,
    image: npt.NDArray[np.generic] | None = None,
) -> LabelPatch:
    """The change of drawing `ink` along `points_mm`.

    labels, image: [k, j, i] on `grid`. points_mm: (n, 3) LPS, joined by straight pieces. normal: (3,) LPS
    of the slice for a disc one voxel thick; None: sphere. The voxel under each point is always written.

    Raises UsageError "edit.outside" when nothing of the stroke lies in the image.
    """
    region = stroke_region(grid, points_mm, radius_mm, normal)
    return write(labels, region, ink, image)


def stroke_region(
    grid: ImageGrid, points_mm: npt.ArrayLike, radius_mm: float, normal: npt.ArrayLike | None = None
) -> Region:
    """Voxels whose centres lie within `radius_mm` of the stroke; arguments and errors as `stroke`."""
    points = _pieces(np.atleast_2d(np.asarray(points_mm, float)), PIECE * radius_mm)
    axis = None if normal is None else np.asarray(normal, float) / np.linalg.norm(normal)
    whole = _box(grid, points, radius_mm, axis)
    if whole is None:
        raise UsageError(
            "edit.outside",
            "The brush is outside the image.",
            hint="Paint inside the image; its edge is where the grey ends.",
            where="image",
        )
    lo = (whole[0].start, whole[1].start, whole[2].start)
    mask = np.zeros([s.stop - s.start for s in whole], bool)
    for a, b in pairwise(points if len(points) > 1 else points[[0, 0]]):
        box = _box(grid, np.stack([a, b]), radius_mm, axis)
        if box is None:
            continue
        inner = tuple(slice(s.start - o, s.stop - o) for s, o in zip(box, lo, strict=True))
        mask[inner] |= _near(grid, box, a, b, radius_mm, axis)
    return Region(lo, mask)


def _pieces(points: FloatArray, longest_mm: float) -> FloatArray:
    """The same stroke with more points, none farther than `longest_mm` from the next."""
    out = [points[:1]]
    for a, b in pairwise(points):
        count = max(1, int(np.ceil(float(np.linalg.norm(b - a)) / max(longest_mm, 1.0))))
        out.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(out)


def _half_slice(grid: ImageGrid, normal: FloatArray) -> float:
    """Half the width of a voxel along a unit normal, mm: a plane passes through voxels no farther away."""
    return 0.5 * float(np.abs(grid.affine[:3, :3].T @ normal).sum()) + 1e-6


def _box(grid: ImageGrid, points: FloatArray, radius_mm: float, normal: FloatArray | None) -> Box | None:
    """Box [k, j, i] of the voxels that a ball, or a disc across `normal`, reaches from the points' hull.

    None outside the image.
    """
    ijk = grid.lps_to_index(points)
    # A ball of LPS reaches this many voxels along each index axis (rows of the inverse affine).
    rows = np.linalg.inv(grid.affine[:3, :3])
    reach = radius_mm * np.linalg.norm(rows, axis=1)
    if normal is not None:  # a disc: its radius in the plane, half a slice along the normal
        through = rows @ normal
        flat = np.linalg.norm(rows - np.outer(through, normal), axis=1)
        reach = radius_mm * flat + _half_slice(grid, normal) * np.abs(through)
    low = np.floor(ijk.min(axis=0) - reach + 0.5).astype(int)
    high = np.ceil(ijk.max(axis=0) + reach - 0.5).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, grid.shape[::-1])
    if (low >= high).any():
        return None
    return (
        slice(int(low[2]), int(high[2])),
        slice(int(low[1]), int(high[1])),
        slice(int(low[0]), int(high[0])),
    )


def _near(
    grid: ImageGrid, box: Box, a: FloatArray, b: FloatArray, radius_mm: float, normal: FloatArray | None
) -> npt.NDArray[np.bool_]:
    """Voxels of `box` near the piece a to b: in its capsule, or for a disc in the band of its slice."""
    k, j, i = np.ogrid[box]
    m = grid.affine
    x, y, z = (m[n, 0] * i + m[n, 1] * j + m[n, 2] * k + (m[n, 3] - a[n]) for n in range(3))
    way = b - a
    along = np.zeros_like(x)
    square = float(way @ way)
    if square > 0:
        along = np.clip((x * way[0] + y * way[1] + z * way[2]) / square, 0, 1)
    dx, dy, dz = x - along * way[0], y - along * way[1], z - along * way[2]
    away = dx * dx + dy * dy + dz * dz
    if normal is None:
        near: npt.NDArray[np.bool_] = away <= radius_mm**2
    else:
        off = dx * normal[0] + dy * normal[1] + dz * normal[2]
        half = _half_slice(grid, normal)
        near = (away - off * off <= radius_mm**2) & (off > -half + 2e-6) & (off <= half)
    for point in (a, b):
        at = np.rint(grid.lps_to_index(point)).astype(int)[::-1]
        if all(s.start <= n < s.stop for s, n in zip(box, at, strict=True)):
            near[tuple(n - s.start for s, n in zip(box, at, strict=True))] = True
    return near
