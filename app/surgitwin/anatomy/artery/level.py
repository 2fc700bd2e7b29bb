"""Brightness of the lumen at the clicks, and the noise: what counts as lumen in this image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.artery import errors
from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.sampling import ball_values, inside_image
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume

_CORE_MM = 0.9
_SEEK_MM = 2.0


@dataclass(frozen=True)
class Level:
    """lumen_HU: of the lumen between the clicks. noise_HU: standard deviation of single voxels."""

    lumen_HU: float
    noise_HU: float

    @property
    def edge_HU(self) -> float:
        """Half way between lumen and soft tissue: the edge of the lumen (half maximum)."""
        return 0.5 * (self.lumen_HU + st.SOFT_TISSUE_HU)

    @property
    def calcium_HU(self) -> float:
        """From here on it is calcium, not lumen."""
        return self.lumen_HU + st.CALCIUM_ABOVE_HU


def level_at(volume: Volume, start: npt.ArrayLike, end: npt.ArrayLike) -> tuple[Level, FloatArray]:
    """Level, and the two clicks (2, 3) moved by up to 2 mm into the lumen that they touch.

    Raises InputError "artery.click_outside_image", "artery.clicks_close", "artery.no_contrast",
    "artery.click_outside".
    """
    clicks = np.array([start, end], float)
    names = ("start", "end")
    for name, click in zip(names, clicks, strict=True):
        if not inside_image(volume, click):
            raise errors.outside_image(name, click)
    distance = float(np.linalg.norm(clicks[1] - clicks[0]))
    if distance < 10.0:
        raise errors.too_close(distance)
    moved = np.array([_into_lumen(volume, click) for click in clicks])
    cores = [ball_values(volume, p, _CORE_MM)[0] for p in moved]
    found = [float(np.median(v)) for v in cores]
    if max(found) < st.LEAST_CONTRAST_HU and not _contrast_anywhere(volume):
        raise errors.no_contrast(max(found))
    brightest = max(found)
    for name, click, value in zip(names, clicks, found, strict=True):
        if value < max(st.LEAST_CONTRAST_HU, 0.5 * (brightest + st.SOFT_TISSUE_HU)) or value > 900:
            raise errors.outside_lumen(name, click, value)
    noise = float(np.mean([1.4826 * np.median(np.abs(v - np.median(v))) for v in cores]))
    return Level(float(np.mean(found)), noise), moved


def _into_lumen(volume: Volume, click: FloatArray) -> FloatArray:
    """The click, or the brightest smooth place (not calcium) within 2 mm where it lies darker than that."""
    here = float(np.median(ball_values(volume, click, _CORE_MM)[0]))
    if here >= st.DIAGNOSTIC_HU:
        return click
    values, centres = ball_values(volume, click, _SEEK_MM)
    likely = (values < 800) & (values >= st.LEAST_CONTRAST_HU)
    if np.count_nonzero(likely) < 5:
        return click
    weight = values[likely] - st.LEAST_CONTRAST_HU + 1.0
    out: FloatArray = np.average(centres[likely], axis=0, weights=weight**2)
    return out


def _contrast_anywhere(volume: Volume) -> bool:
    """Whether the image holds a blob of 2 mm or more at the brightness of contrast medium, not bone."""
    step = np.maximum(1, np.rint(1.0 / volume.grid.spacing_mm[::-1])).astype(int)
    small = volume.array[tuple(slice(None, None, int(n)) for n in step)]
    bright = (small > st.DIAGNOSTIC_HU) & (small < 700)
    return bool(ndimage.binary_erosion(bright, iterations=1).any())
