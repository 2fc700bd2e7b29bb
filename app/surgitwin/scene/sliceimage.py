"""Grey slices with label fills and outlines: the pixels of the window's slice views and the report's."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Side
from surgitwin.core.image import LabelMap, Volume
from surgitwin.scene.cameras import body_letters, bone_letter
from surgitwin.scene.page import ImageArray, Page, letters_of
from surgitwin.scene.reslice import Reslicer, SliceAxes

PLANES: dict[str, tuple[int, int, int, int]] = {
    "axial": (0, 1, 1, 2),
    "sagittal": (1, 2, -1, 0),
    "coronal": (0, 2, -1, 1),
}
"""Per plane: column axis, row axis, sign of the row axis downwards, normal axis (of `SliceAxes`).

Radiological convention: the patient's left is right on the screen, anterior is up in axial slices and
left in sagittal ones, the head is up.
"""


@dataclass(frozen=True)
class Overlay:
    """How labels are drawn: label -> (rgb 0..1, opacity of the fill 0..1); absent labels are hidden.

    outline: draw the edges, `width_px` thick. unfilled: labels of which only the outline is drawn.
    """

    labels: Mapping[int, tuple[tuple[float, float, float], float]]
    outline: bool = True
    unfilled: frozenset[int] = frozenset()
    width_px: int = 1


FILL = 0.55
"""Share of a label's colour at full opacity, so that the image below stays readable (display only)."""


SHADE = np.minimum(np.arange(256) * 0.5, 105).astype(np.uint8)
"""Brightness of the pixels beside an outline: a pale line on white bone stands out (display only)."""


FAINT, STRONG = 0.08, 0.7
"""Saturations (display only): below the first a colour counts as grey, outlines have at least the second."""


def directions(plane: str, axes: SliceAxes) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit LPS vectors to the right, down and along the normal of a named plane."""
    column, row, sign, normal = PLANES[plane]
    return axes.axes[:, column], sign * axes.axes[:, row], axes.axes[:, normal]


def grey(values: npt.NDArray[Any], window: float, level: float) -> npt.NDArray[np.uint8]:
    """8-bit grey of values: level - window/2 is black, level + window/2 white (DICOM PS3.3 C.11.2.1.2)."""
    low = level - window / 2
    out = np.subtract(values, low, dtype=np.float32)
    out *= 255 / max(window, 1e-6)
    np.clip(out, 0, 255, out=out)
    shade: npt.NDArray[np.uint8] = out.astype(np.uint8)
    return shade


def colour(
    values: npt.NDArray[Any],
    window: float,
    level: float,
    labels: npt.NDArray[np.uint8] | None,
    overlay: Overlay,
) -> ImageArray:
    """(h, w, 3) uint8: grey with label fills and outlines."""
    return np.ascontiguousarray(colour4(values, window, level, labels, overlay)[..., :3])


def colour4(
    values: npt.NDArray[Any],
    window: float,
    level: float,
    labels: npt.NDArray[np.uint8] | None,
    overlay: Overlay,
) -> ImageArray:
    """`colour` as (h, w, 4) with 255 last, the form that screens take; by one table of label and grey."""
    base = grey(values, window, level)
    drawn = {k: v for k, v in overlay.labels.items() if v[1] > 0} if labels is not None else {}
    table = np.full((len(drawn) + 1, 256, 4), 255, np.uint8)
    shades = np.arange(256, dtype=np.float32)[:, None]
    table[:, :, :3] = shades
    place = np.zeros(256, np.uint16)
    for row, (label, (tint, opacity)) in enumerate(drawn.items(), start=1):
        share = 0.0 if label in overlay.unfilled else FILL * opacity
        table[row, :, :3] = shades * (1 - share) + np.asarray(tint, np.float32) * 255 * share
        place[label] = row
    packed = table.reshape(-1, 4).view(np.uint32)[:, 0]
    if labels is None or not drawn:
        return _unpacked(packed[base])
    rows = place[labels]
    out = packed[rows * np.uint16(256) + base] if len(table) <= 256 else packed[rows.astype(int) * 256 + base]
    if overlay.outline:
        ink = np.full((len(table), 4), 255, np.uint8)
        for label, (tint, _) in drawn.items():
            ink[place[label], :3] = np.asarray(line_tint(tint), np.float32) * 255
        at = np.flatnonzero(borders(labels, overlay.width_px) & (rows > 0))
        _shade(out, at, overlay.width_px)
        out.reshape(-1)[at] = ink.view(np.uint32)[:, 0][rows.reshape(-1)[at]]
    return _unpacked(out)


def _unpacked(packed: npt.NDArray[np.uint32]) -> ImageArray:
    return packed.view(np.uint8).reshape(*packed.shape, 4)


def borders(labels: npt.NDArray[Any], width_px: int = 1) -> npt.NDArray[np.bool_]:
    """Pixels within `width_px` of a neighbour (of four) that holds another label."""
    out = np.zeros(labels.shape, bool)
    for n in range(1, width_px + 1):
        down, across = labels[n:] != labels[:-n], labels[:, n:] != labels[:, :-n]
        out[n:] |= down
        out[:-n] |= down
        out[:, n:] |= across
        out[:, :-n] |= across
    return out


def _shade(packed: npt.NDArray[np.uint32], at: npt.NDArray[np.intp], width_px: int) -> None:
    """Darken the pixels within `width_px` (of four neighbours) of those `at` flat places, in place."""
    h, w = packed.shape
    row, column = np.divmod(at, w)
    pixels = packed.reshape(-1).view(np.uint8).reshape(-1, 4)
    near = [
        y * w + x
        for n in range(1, width_px + 1)
        for y, x in (
            (np.maximum(row - n, 0), column),
            (np.minimum(row + n, h - 1), column),
            (row, np.maximum(column - n, 0)),
            (row, np.minimum(column + n, w - 1)),
        )
    ]
    places = np.concatenate(near)
    pixels[places, :3] = SHADE[pixels[places, :3]]


def line_tint(rgb: tuple[float, float, float]) -> tuple[float, float, float]:
    """The colour of a label's outline: its own, made stronger where it is too pale to be seen on bone."""
    hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
    if saturation < FAINT or value < FAINT:
        return rgb  # grey has no hue to make stronger
    return colorsys.hsv_to_rgb(hue, max(saturation, STRONG), value)


def edge(where: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pixels of a region that have a neighbour (of four) outside it."""
    inner = where.copy()
    inner[1:] &= where[:-1]
    inner[:-1] &= where[1:]
    inner[:, 1:] &= where[:, :-1]
    inner[:, :-1] &= where[:, 1:]
    return where & ~inner


def slice_picture(
    volume: Volume,
    labels: LabelMap | None,
    plane: str,
    centre_mm: FloatArray,
    axes: SliceAxes,
    size: tuple[int, int] = (600, 600),
    mm_per_px: float = 0.5,
    window_level: tuple[float, float] = (2000.0, 300.0),
    captions: tuple[str, ...] = (),
    bone: tuple[Frame, Side] | None = None,
) -> ImageArray:
    """(height, width, 3) slice through `centre_mm` with label outlines, letters, ruler and the notice.

    bone: with the frame and side of the bone the letters are M, L, A, P, Prox, Dist; else of the body.
    """
    page = Page(size, captions)
    right, down, _ = directions(plane, axes)
    w, h = page.inner_size
    corner = centre_mm - (right * (w - 1) + down * (h - 1)) / 2 * mm_per_px
    values = Reslicer(volume.array, volume.grid).cut(corner, right, down, (w, h), mm_per_px)
    cut, overlay = None, Overlay({})
    if labels is not None:
        cut = Reslicer(labels.array, labels.grid, "nearest", 0).cut(corner, right, down, (w, h), mm_per_px)
        overlay = Overlay({s.label: (s.rgb, 0.3) for s in labels.segments})
    page.place(colour(values, *window_level, cut, overlay))
    page.letters(
        letters_of(right, down, (lambda d: bone_letter(d, *bone)) if bone else body_letters), (255, 225, 90)
    )
    if volume.scale_known:
        page.ruler(1 / mm_per_px, (255, 255, 255))
    return page.array()
