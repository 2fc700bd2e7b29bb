"""Where along the tube the sinuses, the annulus and the sinotubular junction lie, from its areas alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.vessel import LumenTube

ANNULUS_SHARE = 0.15
"""First level below the sinuses where the area has fallen to the least one plus this share of the fall."""
DOWN_MM, UP_MM = (4.0, 22.0), (3.0, 24.0)
"""The annulus is sought this far below the widest level of the sinuses, the junction this far above."""


@dataclass(frozen=True)
class RootLevels:
    """Stations (indices) of the tube: near the annulus, the widest sinus, the sinotubular junction."""

    annulus: int
    sinus: int
    junction: int


def find_levels(tube: LumenTube) -> RootLevels:
    """The most prominent bulge of the tube with the narrow levels below and above it.

    InputError "root.no_sinuses" when the area has no bulge.
    """
    s = tube.course.s_mm
    area = ndimage.gaussian_filter1d(tube.area_mm2, 2.0)
    step = float(np.median(np.diff(s)))
    best: tuple[float, RootLevels] | None = None
    reach = round(6.0 / step)
    for i in range(len(s)):
        if area[i] < area[max(0, i - reach) : i + reach + 1].max():
            continue
        below = slice(max(0, i - round(DOWN_MM[1] / step)), i - round(DOWN_MM[0] / step))
        above = slice(i + round(UP_MM[0] / step), min(len(s), i + round(UP_MM[1] / step)))
        if below.stop - below.start < 3 or above.stop - above.start < 3:
            continue
        found = RootLevels(_annulus(area, below, area[i]), i, _junction(area, above, step))
        score = (area[i] - area[found.annulus]) + 0.3 * (area[i] - area[found.junction])
        if area[i] > area[found.junction] and (best is None or score > best[0]):
            best = (score, found)
    if best is None:
        raise InputError(
            "root.no_sinuses",
            "No sinuses were found between the two clicks: the lumen has no bulge there.",
            hint="Click the ascending aorta some 4 cm above the valve and the ventricle 2 cm below it, "
            "each in the middle of the bright lumen.",
            where="clicks",
        )
    return best[1]


def _annulus(area: FloatArray, below: slice, widest: float) -> int:
    part = area[below]
    limit = part.min() + ANNULUS_SHARE * (widest - part.min())
    first: int = below.start + int(np.flatnonzero(part <= limit)[-1])
    return first


def _junction(area: FloatArray, above: slice, step: float) -> int:
    """Where the fall above the sinuses ends: the sharpest upward bend of the radius (not its least value)."""
    radius = np.sqrt(area[above] / np.pi)
    bend = ndimage.gaussian_filter1d(radius, 1.0 / step, order=2, mode="nearest")
    low = int(np.argmin(radius))
    window = bend[: low + 3]
    at: int = above.start + int(np.argmax(window))
    return at
