"""Small pictures of a series before it is imported: one slice, or three planes from some of the slices."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import InputError
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.resources import load_table
from surgitwin.imaging.dicom.frame_pixels import stored_frame, stored_frames
from surgitwin.imaging.dicom.frames import Frame
from surgitwin.imaging.dicom.loading import load_series, rescaled
from surgitwin.imaging.dicom.series import Series

Picture = npt.NDArray[np.uint8]
"""(rows, columns) grey values; row 0 is at the top."""

EDGE_PX = 96
"""Longer edge of a thumbnail (display only)."""

PREVIEW_PX = 320
"""Longest edge of a preview's planes, and the most slices that are read for it (display only)."""


@dataclass(frozen=True, eq=False)
class Preview:
    """Three planes through the middle as a radiologist holds them: head up, patient's right at the left.

    axial, coronal, sagittal: uint8 pictures with square pixels. size_mm: (3,) extent along x, y, z, LPS.
    """

    axial: Picture
    coronal: Picture
    sagittal: Picture
    size_mm: tuple[float, float, float]


def thumbnail(series: Series, edge_px: int = EDGE_PX) -> Picture:
    """The middle slice, its longer edge `edge_px` pixels; one file is read.

    Raises InputError ("dicom.undecodable", "dicom.not_an_image" for a series without one-frame pixels).
    """
    if not series.slices:
        raise _no_picture(series)
    frame = series.slices[len(series.slices) // 2]
    values = _values(series, frame, stored_frame(frame))
    spacing = (1.0, 1.0) if series.grid is None else tuple(series.grid.spacing_mm[1::-1])
    return _fitted(grey(values, _window(series, values)), (spacing[0], spacing[1]), edge_px)


def thumbnail_of(volume: Volume, edge_px: int = EDGE_PX) -> Picture:
    """The middle slice of a loaded image."""
    values = np.asarray(volume.array[volume.grid.shape[0] // 2], np.float32)
    meta = volume.meta
    header = (meta.get("window_width"), meta.get("window_center"))
    window = window_of(header, volume.modality, volume.unit, values)
    y, x = float(volume.grid.spacing_mm[1]), float(volume.grid.spacing_mm[0])
    return _fitted(grey(values, window), (y, x), edge_px)


def preview(series: Series, progress: Progress = SILENT) -> Preview:
    """Three planes through the middle of a usable series, from at most `PREVIEW_PX` of its slices.

    A cancel point per slice. Raises InputError (the series' code when refused, "dicom.undecodable").
    """
    if series.resample is not None:
        return _preview_of(load_series(series, progress, resample=True))
    grid = series.require_usable()
    nk, nj, ni = grid.shape
    steps = [max(1, -(-n // PREVIEW_PX)) for n in (nk, nj, ni)]
    kept = range(0, nk, steps[0])
    shape = (len(kept), len(range(0, nj, steps[1])), len(range(0, ni, steps[2])))
    coarse: npt.NDArray[Any] = np.empty(shape, np.float32)
    frames = [series.slices[k] for k in kept]
    with closing(stored_frames(frames)) as found:
        for done, (n, stored) in enumerate(found):
            progress("Reading the preview", done / len(kept))
            coarse[n] = _values(series, frames[n], stored)[:: steps[1], :: steps[2]]
    seen = _planes(coarse, grid.direction, grid.spacing_mm[::-1] * steps, _window(series, coarse))
    progress("Preview read", 1.0)
    return seen


def _preview_of(volume: Volume) -> Preview:
    """The planes of a whole volume, thinned to the size of a preview."""
    steps = [max(1, -(-n // PREVIEW_PX)) for n in volume.grid.shape]
    coarse = np.asarray(volume.array[:: steps[0], :: steps[1], :: steps[2]], np.float32)
    header = (volume.meta.get("window_width"), volume.meta.get("window_center"))
    window = window_of(header, volume.modality, volume.unit, coarse)
    return _planes(coarse, volume.grid.direction, volume.grid.spacing_mm[::-1] * steps, window)


def _planes(
    coarse: npt.NDArray[Any], direction: FloatArray, spacing_kji: FloatArray, window: tuple[float, float]
) -> Preview:
    """The middle planes of voxels [k, j, i]."""
    body, spacing_zyx = to_body(coarse, direction, spacing_kji)
    z, y, x = (n // 2 for n in body.shape)
    dz, dy, dx = spacing_zyx
    cut = ((body[z], (dy, dx)), (body[::-1, y], (dz, dx)), (body[::-1, :, x], (dz, dy)))
    axial, coronal, sagittal = (_fitted(grey(v, window), s, PREVIEW_PX) for v, s in cut)
    size = tuple(float(n * s) for n, s in zip(body.shape[::-1], (dx, dy, dz), strict=True))
    return Preview(axial, coronal, sagittal, (size[0], size[1], size[2]))


def to_body(
    array: npt.NDArray[Any], direction: FloatArray, spacing_kji: FloatArray
) -> tuple[npt.NDArray[Any], tuple[float, float, float]]:
    """Voxels [k, j, i] turned by whole quarters so that they run along the nearest z, y, x of LPS.

    direction: (3, 3), columns i, j, k. Returns the view and its spacing (z, y, x) in mm.
    """
    weights = np.abs(direction)
    axis_of: dict[int, int] = {}
    for _ in range(3):
        row, column = np.unravel_index(int(np.argmax(weights)), (3, 3))
        axis_of[int(row)] = int(column)
        weights[row, :], weights[:, column] = -1.0, -1.0
    order = [2 - axis_of[axis] for axis in (2, 1, 0)]  # array axis of voxel axis c is 2 - c
    out = array.transpose(order)
    flips = tuple(
        slice(None, None, -1) if direction[axis, axis_of[axis]] < 0 else slice(None) for axis in (2, 1, 0)
    )
    spacing = [float(spacing_kji[n]) for n in order]
    return out[flips], (spacing[0], spacing[1], spacing[2])


def window_of(
    header: tuple[float | None, float | None], modality: str, unit: str, values: npt.NDArray[Any]
) -> tuple[float, float]:
    """Window width and level: the header's, else for a CT in HU the preset for bone, else percentiles 1
    and 99 of `values`."""
    width, centre = header
    if width is not None and centre is not None and width > 0:
        return float(width), float(centre)
    if modality == "CT" and unit == "HU":
        bone = next(r for r in load_table("windows")["presets"] if r["name"] == "bone")
        return float(bone["width"]), float(bone["level"])
    low, high = np.percentile(values, (1, 99))
    if high <= low:  # nearly all of it is one value, as in a subtracted angiogram
        low, high = float(values.min()), float(values.max())
    return max(float(high - low), 1.0), float(high + low) / 2


def grey(values: npt.NDArray[Any], window: tuple[float, float]) -> Picture:
    """Values as 0..255 in a window (width, level)."""
    width, level = window
    share = (np.asarray(values, np.float32) - (level - width / 2)) / width
    return np.asarray(np.clip(share, 0, 1) * 255, np.uint8)


def _window(series: Series, values: npt.NDArray[Any]) -> tuple[float, float]:
    return window_of((series.window_width, series.window_center), series.modality, series.unit, values)


def _values(series: Series, frame: Frame, stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Rescaled values (rows, columns) of one slice."""
    if stored.ndim != 2:
        raise _no_picture(series)
    return rescaled(frame, stored, series.modality)


def _no_picture(series: Series) -> InputError:
    return InputError(
        "dicom.not_an_image",
        f"The series {series.description or series.uid} holds no single grey slices.",
        hint="Choose the series with the slices.",
        where=series.uid,
    )


def _fitted(picture: Picture, spacing_mm: Sequence[float], edge_px: int) -> Picture:
    """Square pixels, the longer edge `edge_px`: means over each pixel when shrunk, else nearest."""
    rows_mm, columns_mm = picture.shape[0] * spacing_mm[0], picture.shape[1] * spacing_mm[1]
    scale = edge_px / max(rows_mm, columns_mm)
    shape = max(1, round(rows_mm * scale)), max(1, round(columns_mm * scale))
    out: npt.NDArray[Any] = np.asarray(picture, np.float32)
    for axis in (0, 1):
        out = _resized(out, shape[axis], axis)
    return readonly(np.asarray(np.rint(out), np.uint8))


def _resized(values: npt.NDArray[Any], count: int, axis: int) -> npt.NDArray[Any]:
    """`values` resampled to `count` along `axis`."""
    have = values.shape[axis]
    if count >= have:
        at = np.minimum(((np.arange(count) + 0.5) * have / count).astype(int), have - 1)
        nearest: npt.NDArray[Any] = np.take(values, at, axis)
        return nearest
    edges = np.rint(np.linspace(0, have, count + 1)).astype(int)
    sums = np.add.reduceat(values, edges[:-1], axis)
    shape = [1, 1]
    shape[axis] = count
    out: npt.NDArray[Any] = sums / np.diff(edges).reshape(shape)
    return out
