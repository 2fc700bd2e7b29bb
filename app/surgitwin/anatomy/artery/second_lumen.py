"""A second bright lumen that runs beside the measured one: a false lumen, or another vessel."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.tube import Measured
from surgitwin.core.vessel import Notice

_BRIGHT = 0.65  # share of the lumen's contrast; an unopacified vein stays below
_GAP_MM = (0.3, 2.0)  # a flap or two thin walls lie between
_DEEP_MM = 0.8  # the other lumen is at least this deep along a ray
_SECTOR = 5  # rays (28 degrees) that see it at one station
_LENGTH_MM = 15.0


def second_lumen(measured: Measured) -> list[Notice]:
    """One notice when another lumen lies within 2 mm of the wall along 15 mm or more."""
    seen = _sector(measured).any(1)
    parts, count = ndimage.label(ndimage.binary_closing(seen, iterations=4))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:] * st.STEP_MM
    if count == 0 or sizes.max() < _LENGTH_MM:
        return []
    rows = np.flatnonzero(parts == int(sizes.argmax()) + 1)
    x, y, z = (float(v) for v in measured.tube.course.points_mm[rows[len(rows) // 2]])
    text = (
        f"A second bright lumen runs beside this one for {sizes.max():.0f} mm: a false lumen (dissection) or "
        "another vessel. Make sure that the points lie in the true lumen."
    )
    return [Notice("artery.second_lumen", text, (x, y, z))]


def _sector(measured: Measured) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which rays (n, m) see a second lumen, in sectors of five rays or more."""
    edges = measured.edges
    lumen = edges.lumen_HU[:, None, None]
    bright = edges.profiles > st.SOFT_TISSUE_HU + _BRIGHT * (lumen - st.SOFT_TISSUE_HU)
    bright &= edges.profiles < lumen + st.CALCIUM_ABOVE_HU
    rho = st.RAY_STEP_MM * np.arange(edges.profiles.shape[2])
    edge = measured.seen_mm[..., None]
    near, far = _GAP_MM
    zone = (rho > edge + near) & (rho < edge + far + _DEEP_MM)
    deep = (bright & zone).sum(-1) * st.RAY_STEP_MM >= _DEEP_MM
    plain = np.isfinite(edges.radius_mm) & ~edges.calcium
    hit = deep & plain & (np.abs(np.where(plain, edges.radius_mm, 0) - measured.seen_mm) < 0.6)
    wide = np.concatenate([hit[:, -_SECTOR:], hit, hit[:, :_SECTOR]], axis=1)
    opened = ndimage.binary_opening(wide, structure=np.ones((1, _SECTOR), bool))
    out: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = opened[:, _SECTOR:-_SECTOR]
    return out
