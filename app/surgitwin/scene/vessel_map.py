"""The wall of a vessel unrolled: angle across, arc length up; a whole contact pattern at one glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from scipy.interpolate import LinearNDInterpolator

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
    """Nodal `values` (n,) of the lumen on a grid of `size` (columns, rows), linear between the nodes.

    between: arc lengths to show, None for the whole wall.
    """
    here = np.flatnonzero(np.isfinite(wall.lumen_s_mm) & np.isfinite(wall.lumen_angle))
    s, angle = wall.lumen_s_mm[here], np.mod(wall.lumen_angle[here], 2 * np.pi)
    low, high = (float(s.min()), float(s.max())) if between is None else between
    about = float(np.median(s)) if len(s) else 0.0
    scale = max(high - low, 1e-6) / (2 * np.pi)
    # Three times round, so that the seam at angle 0 is as good as every other place.
    places = np.concatenate([np.stack([(angle + turn) * scale, s - about], 1) for turn in _TURNS])
    held = np.tile(np.asarray(values, float)[here], len(_TURNS))
    keep = (places[:, 0] > -0.5 * np.pi * scale) & (places[:, 0] < 2.5 * np.pi * scale)
    across = (np.arange(size[0]) + 0.5) / size[0] * 2 * np.pi * scale
    up = np.linspace(high, low, size[1]) - about
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    return Unrolled(LinearNDInterpolator(places[keep], held[keep])(grid), low, high)


_TURNS = (-2 * np.pi, 0.0, 2 * np.pi)


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
