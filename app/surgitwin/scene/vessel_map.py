"""The wall of a vessel unrolled: angle across, arc length up; a whole contact pattern at one glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.wall import WallMesh
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.page import ImageArray

NOTHING = (70, 74, 80)
"""Where the wall is, but nothing touches it."""
OUTSIDE = (24, 27, 31)
"""Beyond the ends of the wall."""


@dataclass(frozen=True, eq=False)
class Unrolled:
    """values (rows, columns): row 0 at `high_mm`, the last at `low_mm`; columns from angle 0 to 2 pi.

    nan beyond the wall's ends.
    """

    values: FloatArray
    low_mm: float
    high_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", readonly(self.values, np.float64))

    def row_of(self, s_mm: float) -> float:
        """Row (not rounded) at which arc length `s_mm` lies."""
        return (self.high_mm - s_mm) / (self.high_mm - self.low_mm) * (len(self.values) - 1)


def unroll(
    wall: WallMesh,
    values: FloatArray,
    size: tuple[int, int] = (90, 60),
    between: tuple[float, float] | None = None,
) -> Unrolled:
    """Nodal `values` (n,) of the lumen on a grid of `size` (columns, rows), weighted from the nearest nodes.

    between: arc lengths to show, None for the whole wall.
    """
    here = np.flatnonzero(np.isfinite(wall.lumen_s_mm) & np.isfinite(wall.lumen_angle))
    s, angle = wall.lumen_s_mm[here], np.mod(wall.lumen_angle[here], 2 * np.pi)
    low, high = (float(s.min()), float(s.max())) if between is None else between
    per_rad = float(s.max() - s.min()) / (2 * np.pi)  # both directions count alike in the square picture
    tree = cKDTree(np.stack([angle * per_rad, s - s.min() + 1], 1), boxsize=(2 * np.pi * per_rad, _FAR))
    across = (np.arange(size[0]) + 0.5) / size[0] * 2 * np.pi * per_rad
    up = np.linspace(high, low, size[1])
    inside = (up >= s.min() - 1e-9) & (up <= s.max() + 1e-9)
    places = np.stack(np.meshgrid(across, np.clip(up, s.min(), s.max()) - s.min() + 1), axis=-1)
    away, nearest = tree.query(places, k=min(NEIGHBOURS, len(here)))
    weight = 1 / np.maximum(away, 1e-6) ** 2
    held = np.asarray(values, float)[here][nearest]
    out = (held * weight).sum(-1) / weight.sum(-1)
    out[~inside] = np.nan
    return Unrolled(out, low, high)


NEIGHBOURS = 4
"""Nodes that a place of the picture is weighted from (display only)."""
_FAR = 1e9
"""Period along the vessel: none."""


def map_image(
    unrolled: Unrolled,
    scale: ColourScale,
    lines: Sequence[tuple[float, tuple[int, int, int]]] = (),
    enlarge: int = 2,
) -> ImageArray:
    """(rows * enlarge, columns * enlarge, 3) uint8 of an unrolled field; grey where the value is not over 0.

    lines: arc lengths in mm with the colour of a line across (annulus, lower end of the septum ...).
    """
    values = np.asarray(unrolled.values)
    share = np.clip((np.nan_to_num(values) - scale.low) / max(scale.high - scale.low, 1e-12), 0, 1)
    image: npt.NDArray[np.uint8] = (colormaps[scale.style.colours](share)[..., :3] * 255).astype(np.uint8)
    image[~(values > 0)] = NOTHING
    image[np.isnan(values)] = OUTSIDE
    big = np.repeat(np.repeat(image, enlarge, axis=0), enlarge, axis=1)
    for s_mm, colour in lines:
        row = round((unrolled.row_of(s_mm) + 0.5) * enlarge)
        if 0 <= row < len(big):
            big[row] = colour
    return np.ascontiguousarray(big)
