"""Mirror a segment across a middle plane of the image, or one through three points of the anatomy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.frame import Plane
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation import table
from surgitwin.segmentation.edit.axes import array_axis
from surgitwin.segmentation.edit.region import corner
from surgitwin.segmentation.edit.source import EditSource, nothing
from surgitwin.segmentation.morphology import Box
from surgitwin.segmentation.patch import LabelPatch, Labels

PLANES = {
    "sagittal": "Middle of the image, left to right",
    "coronal": "Middle of the image, front to back",
    "axial": "Middle of the image, head to foot",
    "points": "Through three points",
}
INTO = {"new": "Into a new segment", "itself": "In place of the segment"}

Point = tuple[float, float, float]


def mirror(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    plane: str = "sagittal",
    points: tuple[Point, ...] = (),
    into: str = "new",
) -> LabelPatch:
    """The mirror image of the chosen segment.

    plane: a middle plane of the image (exact, voxel for voxel, along the image's own axis nearest to that
    direction) or "points" with three LPS points (nearest voxel). into: "new" adds a segment "NAME mirrored";
    "itself" moves the segment. The copy goes over background only in a new segment, under the ink's rules in
    place. What falls outside the image is lost.
    Raises UsageError as `require_target`, "edit.empty", "edit.plane", "edit.nothing", "segment.table_full".
    """
    if into == "itself":
        source.require_target()
    before_box = source.box()
    way = _reflection(source, plane, points)
    progress("Mirroring", 0.3)
    found = _mirrored(source, before_box, way)
    if found is None:
        raise nothing(
            f"the mirror image of the {source.title} lies outside the image",
            "Choose a plane nearer to it.",
            "plane",
        )
    box, mask = found
    if into == "itself":
        return _moved(source, before_box, box, mask)
    old = next(s for s in source.segments if s.label == source.target)
    kind = table.Kind(f"{old.name} mirrored", "", old.code, old.rgb, False)
    added, made = table.added(source.segments, kind)
    before = source.labels[box]
    after = np.where(mask & (before == 0), np.uint8(made.label), before)
    voxels = LabelPatch.between(before, after, corner(box))
    if voxels.empty:
        raise nothing(
            f"other segments fill the mirror image of the {source.title} already",
            "Choose another plane, or remove what lies there.",
            "plane",
        )
    return replace(voxels, segments_before=added.segments_before, segments_after=added.segments_after)


def _moved(source: EditSource, old: Box, new: Box, mask: Labels) -> LabelPatch:
    box: Box = tuple(slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(old, new, strict=True))  # type: ignore[assignment]
    before = source.labels[box]
    after = np.where(before == source.target, np.uint8(0), before)
    inner = tuple(slice(n.start - b.start, n.stop - b.start) for n, b in zip(new, box, strict=True))
    part = after[inner]
    free = source.ink.table.copy()
    free[0] = True
    part[mask & free[part]] = source.target
    return LabelPatch.between(before, after, corner(box))


def _reflection(source: EditSource, plane: str, points: tuple[Point, ...]) -> FloatArray:
    """(3, 4) that takes (k, j, i, 1) to the mirrored (k, j, i)."""
    out = np.eye(3, 4)
    if plane != "points":
        axis = array_axis(source.grid, plane)
        out[axis, axis], out[axis, 3] = -1.0, source.grid.shape[axis] - 1
        return out
    across = plane_of(points)
    normal = np.asarray(across.normal)
    lps = np.eye(4)
    lps[:3, :3] -= 2 * np.outer(normal, normal)
    lps[:3, 3] = 2 * float(normal @ across.point_mm) * normal
    affine = source.grid.affine
    ijk = np.linalg.inv(affine) @ lps @ affine
    order = [2, 1, 0]
    return np.hstack([ijk[:3, :3][np.ix_(order, order)], ijk[:3, 3:][order]])


def plane_of(points: tuple[Point, ...]) -> Plane:
    """The plane through three LPS points. UsageError "edit.plane" for another number, or on one line."""
    found = np.asarray(points, float).reshape(-1, 3)
    normal = np.cross(found[1] - found[0], found[2] - found[0]) if len(found) == 3 else np.zeros(3)
    length = float(np.linalg.norm(normal))
    reach = float(np.linalg.norm(np.ptp(found, axis=0))) if len(found) else 0.0
    if length <= 1e-3 * reach**2 or not length:
        raise UsageError(
            "edit.plane",
            f"A plane needs three points that are not on one line; these are {len(found)}.",
            hint="Set three points far apart in the plane, for example landmarks of the midline.",
            where="points",
        )
    return Plane(found[0], normal / length)


def _mirrored(source: EditSource, box: Box, way: FloatArray) -> tuple[Box, Labels] | None:
    """Where the mirror image lies and its mask there; None outside the image."""
    ends = np.array([[s.start, s.stop - 1] for s in box])
    corners = np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1)
    there = way[:, :3] @ corners + way[:, 3:]
    low = np.maximum(np.floor(there.min(axis=1) + 1e-6), 0).astype(int)
    high = np.minimum(np.ceil(there.max(axis=1) - 1e-6) + 1, source.labels.shape).astype(int)
    if (low >= high).any():
        return None
    first = np.array([s.start for s in box])
    mask = (source.labels[box] == source.target).astype(np.uint8)
    # A reflection is its own inverse: the voxel that lands on `p` of the output is at `way` of `p`.
    offset = way[:, :3] @ low + way[:, 3] - first
    moved = ndi.affine_transform(
        mask, way[:, :3], offset=offset, output_shape=tuple(high - low), order=0, mode="grid-constant"
    ).astype(bool)
    found: Box = (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2]))
    return (found, moved) if moved.any() else None
