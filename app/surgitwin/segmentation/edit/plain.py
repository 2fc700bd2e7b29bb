"""The tools of the mouse and the older effects as effects with parameters, for scripts and panels."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.axes import ACROSS, array_axis
from surgitwin.segmentation.edit.brush import stroke
from surgitwin.segmentation.edit.fill import fill_holes
from surgitwin.segmentation.edit.grow import grow
from surgitwin.segmentation.edit.ink import erasing
from surgitwin.segmentation.edit.islands import keep_island, remove_island, remove_small_islands
from surgitwin.segmentation.edit.scissors import Action, Cut, scissors
from surgitwin.segmentation.edit.smooth import Method, smooth
from surgitwin.segmentation.edit.source import EditSource
from surgitwin.segmentation.edit.threshold import threshold
from surgitwin.segmentation.patch import Index, LabelPatch

Point = tuple[float, float, float]


def paint(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    points: tuple[Point, ...],
    radius_mm: float,
    action: str = "paint",
) -> LabelPatch:
    """A ball of radius_mm drawn (or erased) along LPS points. Errors as `brush.stroke`, "edit.points"."""
    _require_points(points, 1)
    ink = source.ink if action == "paint" else erasing(source.target, source.states)
    return stroke(source.labels, source.grid, np.asarray(points, float), radius_mm, ink)


def fill_range(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    low: float,
    high: float,
    within: int | None = None,
) -> LabelPatch:
    """`threshold.threshold` into the chosen segment. Errors as there and `require_target`."""
    source.require_target()
    name = source.states[within].name if within is not None else "segment"
    return threshold(source.labels, source.require_image(), low, high, source.ink, within, name)


def holes(source: EditSource, progress: Progress = SILENT, *, kind: str = "closed") -> LabelPatch:
    """`fill.fill_holes`: "closed" cavities, or holes in "axial", "coronal" or "sagittal" slices."""
    axis = array_axis(source.grid, kind) if kind in ACROSS else None
    return fill_holes(source.labels, source.target, source.states, axis)


def smoothed(source: EditSource, progress: Progress = SILENT, *, width_mm: float, method: str) -> LabelPatch:
    """`smooth.smooth` of the chosen segment alone."""
    return smooth(
        source.labels, source.target, source.states, source.grid, width_mm, cast(Method, method), progress
    )


def grown_from_seeds(source: EditSource, progress: Progress = SILENT, *, reach_mm: float) -> LabelPatch:
    """`grow.grow` of the chosen segment."""
    image = source.require_image()
    return grow(source.labels, image, source.grid, source.target, source.states, reach_mm, progress)


def islands(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    action: str = "small",
    smallest_mm3: float = 100.0,
    point: Point | None = None,
) -> LabelPatch:
    """Remove "small" islands of the chosen segment, or "keep" or "remove" the island at an LPS point."""
    if action == "small":
        return remove_small_islands(source.labels, source.target, source.states, source.grid, smallest_mm3)
    _require_points(() if point is None else (point,), 1)
    i, j, k = np.rint(source.grid.lps_to_index(np.asarray(point, float))).astype(int)
    voxel: Index = (int(k), int(j), int(i))
    return (keep_island if action == "keep" else remove_island)(source.labels, voxel, source.states)


def cut(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    points: tuple[Point, ...],
    slices: str = "axial",
    action: str = "erase inside",
    depth: str = "all",
    depth_mm: float = 5.0,
    from_mm: float = 0.0,
    to_mm: float = 10.0,
) -> LabelPatch:
    """`scissors.scissors` along a closed line of LPS points, seen across the image's `slices`.

    depth: "all", "symmetric" (depth_mm to either side of the first point) or "from_to" (from_mm to to_mm,
    counted from the first point towards the patient's head, back or left). Errors as there, "edit.points".
    """
    _require_points(points, 3)
    axis = array_axis(source.grid, slices)
    flat = [a for a in range(3) if a != axis]
    right, down = source.grid.direction[:, 2 - flat[1]], source.grid.direction[:, 2 - flat[0]]
    if np.cross(right, down)[ACROSS[slices]] < 0:
        right, down = down, right
    span: Any = None if depth == "all" else depth_mm if depth == "symmetric" else (from_mm, to_mm)
    line = Cut.on_slice(np.asarray(points, float), right, down, span)
    labels, grid, states = source.labels, source.grid, source.states
    return scissors(labels, grid, source.target, states, line, cast(Action, action), source.overwrite)


def _require_points(points: tuple[Point, ...], count: int) -> None:
    if len(points) < count:
        raise UsageError(
            "edit.points",
            f"{count} point{'s are' if count > 1 else ' is'} needed; {len(points)} given.",
            hint="Give points in LPS mm, for example 10,20,30;12,20,30;12,24,30.",
            where="points",
        )
