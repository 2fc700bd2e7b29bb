"""A fragment of bone, and image and labels as they would be with the fragment moved rigidly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.image import ImageGrid, LabelMap, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.morphology import Box, Mask, bounding_box, distance_to

EDGE_MM = 1.5
"""Planning setting: the blurred rim of bone in the image, so wide, moves with the fragment."""
RING_MM = (3.0, 10.0)
"""Planning setting: unlabelled voxels so far round the fragment tell what is left in its place."""
SIDE_STEP = 64
"""Numerical setting: slices handled at a time."""


@dataclass(frozen=True, eq=False)
class MovedFragment:
    """What moving a fragment made.

    volume, labels: whole arrays on the old grid. fill_hu: value left in the fragment's old place.
    overlap_mm3: where the fragment came to lie in another segment (it then replaces that). lost_mm3: what
    left the image. box: voxels [k, j, i] outside which nothing changed.
    """

    volume: Volume
    labels: LabelMap
    fill_hu: float
    fragment_mm3: float
    overlap_mm3: float
    lost_mm3: float
    box: Box


def fragment_mask(labels: LabelMap, segments: Sequence[str], plane: Plane | None = None) -> Mask:
    """Boolean [k, j, i]: voxels of the named segments, on the side of the plane's normal when one is given.

    Raises KeyError for an unknown segment, GeometryError "reduction.empty" when no voxel is meant.
    """
    out: Mask = labels.mask(*segments)
    if plane is not None:
        a = labels.grid.affine
        step = np.asarray(plane.normal) @ a[:3, :3]
        start = float((a[:3, 3] - plane.point_mm) @ plane.normal)
        k, j, i = (np.arange(n) for n in labels.grid.shape)
        across = start + j[:, None] * step[1] + i[None, :] * step[0]
        for at in range(0, len(k), SIDE_STEP):
            some = slice(at, at + SIDE_STEP)
            out[some] &= across[None] + (k[some] * step[2])[:, None, None] > 0
    if not out.any():
        raise GeometryError(
            "reduction.empty",
            "No bone lies on the chosen side of the cut.",
            hint="Move the cut into the bone, or choose the other side.",
            where="fragment",
        )
    return out


def move_fragment(
    volume: Volume, labels: LabelMap, mask: Mask, matrix: FloatArray, progress: Progress = SILENT
) -> MovedFragment:
    """Move the voxels of `mask` [k, j, i] by the rigid 4x4 `matrix` (LPS mm).

    The image is interpolated linearly, with the weights of the fragment alone, so that no neighbour is
    smeared along; the rim of `EDGE_MM` goes with it. Each label is interpolated as a share of the voxel and
    the largest share wins, which keeps outlines smooth where the nearest voxel would make steps. HU of the
    moved part, above all at its surface and at the fracture, are therefore interpolated, not measured.

    Raises GeometryError "reduction.outside" when more than half of it would leave the image,
    "reduction.no_surroundings" when nothing unlabelled lies round it.
    """
    grid = volume.grid
    spacing = np.asarray(grid.spacing_mm)[::-1]
    box = _work_box(grid, mask, matrix)
    local, marks = np.asarray(volume.array[box], np.float32), labels.array[box]
    part = mask[box]
    progress("Looking round the fragment", 0.1)
    away = distance_to(part, spacing)
    fill = _fill(local, marks, away)
    rim = part | ((away <= EDGE_MM) & (marks == 0))
    weight = np.where(rim, 1 - np.clip(away / (EDGE_MM + spacing.min()), 0, 1), 0).astype(np.float32)
    progress("Moving the image", 0.3)
    index = _index_transform(grid, box, matrix)
    share = _moved(weight, index)
    values = _moved(weight * local, index)
    left = np.where(rim, np.float32(fill), local)
    image = left * (1 - share) + values
    progress("Moving the segments", 0.6)
    rest = np.where(part, 0, marks).astype(np.uint8)
    new_labels, taken = _moved_labels(marks, part, index)
    overlap = taken & (rest > 0)
    image = np.where(overlap, np.maximum(image, left), image)
    voxel = grid.voxel_volume_mm3
    here, there = int(part.sum()), int(taken.sum())
    lost = _lost(grid, box, part, matrix)
    if 2 * lost > here:
        raise _outside(lost / here)
    progress("Putting it together", 0.9)
    whole, all_labels = np.array(volume.array), np.array(labels.array)
    whole[box] = _as_kind(image, volume.array.dtype)
    all_labels[box] = np.where(taken, new_labels, rest)
    return MovedFragment(
        volume=Volume(whole, grid, volume.modality, volume.unit, volume.meta),
        labels=LabelMap(all_labels, grid, labels.segments),
        fill_hu=fill,
        fragment_mm3=there * voxel,
        overlap_mm3=float(overlap.sum()) * voxel,
        lost_mm3=lost * voxel,
        box=box,
    )


def _work_box(grid: ImageGrid, mask: Mask, matrix: FloatArray) -> Box:
    """Box that holds the fragment where it is and where it goes, with its surroundings."""
    margin = np.ceil((RING_MM[1] + 1) / np.asarray(grid.spacing_mm)[::-1]).astype(int)
    here = bounding_box(mask, margin)
    ends = [(s.start, s.stop - 1) for s in here]
    corners = np.array([[i, j, k] for i in ends[2] for j in ends[1] for k in ends[0]], float)
    moved = grid.index_to_lps(corners) @ matrix[:3, :3].T + matrix[:3, 3]
    there = grid.lps_to_index(moved)[:, ::-1]
    low = np.minimum(np.floor(there.min(axis=0)), [s.start for s in here])
    high = np.maximum(np.ceil(there.max(axis=0)) + 1, [s.stop for s in here])
    a, b, c = (
        slice(int(max(lo, 0)), int(min(hi, n))) for lo, hi, n in zip(low, high, grid.shape, strict=True)
    )
    return (a, b, c)


def _fill(local: FloatArray, marks: npt.NDArray[np.uint8], away: FloatArray) -> float:
    ring = local[(marks == 0) & (away > RING_MM[0]) & (away < RING_MM[1])]
    if not ring.size:
        raise GeometryError(
            "reduction.no_surroundings",
            "Nothing without a label lies round the fragment, so there is no value to leave in its place.",
            hint="Take an image that shows some soft tissue round the bone.",
            where="fragment",
        )
    return float(np.round(np.median(ring)))


def _index_transform(grid: ImageGrid, box: Box, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(3, 3) and offset (3,): index [k, j, i] in the box after the motion to that before it."""
    a = grid.affine.copy()
    a[:3, 3] = grid.index_to_lps([box[2].start, box[1].start, box[0].start])
    back = (np.linalg.inv(a) @ np.linalg.inv(matrix) @ a)[:3]
    return back[::-1, 2::-1], back[::-1, 3]


def _moved(array: npt.NDArray[Any], index: tuple[FloatArray, FloatArray]) -> FloatArray:
    out: FloatArray = ndi.affine_transform(
        array, index[0], index[1], order=1, mode="constant", cval=0.0, output=np.float32, prefilter=False
    )
    return out


def _moved_labels(
    marks: npt.NDArray[np.uint8], part: Mask, index: tuple[FloatArray, FloatArray]
) -> tuple[npt.NDArray[np.uint8], Mask]:
    """Labels of the moved fragment, and where it lies: more than half of the voxel is its."""
    best = np.zeros(marks.shape, np.float32)
    total = np.zeros(marks.shape, np.float32)
    out = np.zeros(marks.shape, np.uint8)
    for label in np.unique(marks[part]):
        share = _moved((part & (marks == label)).astype(np.float32), index)
        out[share > best] = label
        np.maximum(best, share, out=best)
        total += share
    return out, total > 0.5


def _lost(grid: ImageGrid, box: Box, part: Mask, matrix: FloatArray) -> int:
    """Voxels of the fragment whose centres leave the image."""
    ijk = np.argwhere(part)[:, ::-1] + [box[2].start, box[1].start, box[0].start]
    to_index = np.linalg.inv(grid.affine) @ matrix @ grid.affine
    there = ijk @ to_index[:3, :3].T + to_index[:3, 3]
    last = np.array(grid.shape[::-1]) - 0.5
    return int(((there < -0.5) | (there > last)).any(axis=1).sum())


def _outside(share: float) -> GeometryError:
    return GeometryError(
        "reduction.outside",
        f"{100 * share:.0f} % of the fragment would leave the image.",
        hint="Move the fragment less far, or take an image that shows more of the bone.",
        where="matrix",
    )


def _as_kind(image: FloatArray, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    kind = np.dtype(kind)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        image = np.clip(np.round(image), limits.min, limits.max)
    return np.asarray(image).astype(kind)
