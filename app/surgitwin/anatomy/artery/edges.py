"""Edge of the lumen along rays: half maximum towards soft tissue, half way up towards calcium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.level import Level
from surgitwin.anatomy.artery.sampling import values_on_rays
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.core.vessel import Course

_BLURRED_MM, _LEAST_CORE_MM, _LEVEL_MM = 1.1, 0.5, 4.0
ALONG_MM = 0.4  # smoothing of the profiles along the vessel, against noise
_PEAK_MM = 2.5  # calcium is that thick at most when its peak is looked for (spike)
_BEHIND_MM = (0.6, 1.2)  # behind an edge towards soft tissue the image must be dark here
_BLOCK = 32  # stations whose rays are sampled at a time: the points of wide vessels fill memory
_DARK = 0.35  # share of the lumen's contrast

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Edges:
    """radius_mm (n, m): nan where a ray meets no edge. calcium: the edge is one of calcium. shadowed: behind
    the edge it stays bright (a branch, calcium beside the ray), so its place is uncertain. profiles
    (n, m, k): HU along the rays. lumen_HU (n,): level at each station.
    """

    radius_mm: FloatArray
    calcium: Flags
    shadowed: Flags
    profiles: FloatArray
    lumen_HU: FloatArray


def ray_profiles(volume: Volume, course: Course, reach_mm: float) -> FloatArray:
    """HU (n, m, k) along RAYS rays from each station, every RAY_STEP_MM, smoothed along the course."""
    angle = 2 * np.pi * np.arange(st.RAYS) / st.RAYS
    rays = np.cos(angle)[:, None] * course.e1[:, None] + np.sin(angle)[:, None] * course.e2[:, None]
    rho = st.RAY_STEP_MM * np.arange(int(reach_mm / st.RAY_STEP_MM) + 1)
    step = course.length_mm / (len(course.s_mm) - 1)
    values = np.empty((*rays.shape[:2], len(rho)), np.float32)
    for n in range(0, len(values), _BLOCK):
        values[n : n + _BLOCK] = values_on_rays(
            volume, course.points_mm[n : n + _BLOCK], rays[n : n + _BLOCK], rho
        )
    out: FloatArray = ndimage.gaussian_filter1d(values, ALONG_MM / step, axis=0, mode="nearest")
    return out


def local_level(profiles: FloatArray, level: Level, radius_mm: FloatArray) -> FloatArray:
    """Brightness of the lumen (n,) along the way, from the core of wide stations, carried across narrow ones.

    radius_mm (n,): of the lumen so far. The core ends where the blur of the wall begins.
    """
    core = np.maximum(radius_mm - _BLURRED_MM, _LEAST_CORE_MM)
    rho = st.RAY_STEP_MM * np.arange(profiles.shape[2])
    inside = (rho < core[:, None])[:, None] & (profiles < level.calcium_HU)
    weight = (rho + 0.25 * st.RAY_STEP_MM) * inside  # the area that a sample stands for
    mean = (weight * profiles).sum((1, 2)) / np.maximum(weight.sum((1, 2)), 1e-9)
    wide = (radius_mm > 0.8 * np.median(radius_mm)) & (mean > level.edge_HU) & (mean < level.calcium_HU)
    if np.count_nonzero(wide) < 5:
        return np.full(len(mean), level.lumen_HU)
    at, width = np.arange(len(mean)), _LEVEL_MM / st.STEP_MM
    out: FloatArray = ndimage.gaussian_filter1d(np.interp(at, at[wide], mean[wide]), width, mode="nearest")
    return out


def find_edges(profiles: FloatArray, lumen_HU: FloatArray) -> Edges:
    """First edge along every ray of profiles (n, m, k); lumen_HU (n,)."""
    lumen = lumen_HU[:, None, None]
    edge = 0.5 * (lumen + st.SOFT_TISSUE_HU)
    fall, rise = _first(profiles < edge), _first(profiles > lumen + st.CALCIUM_ABOVE_HU)
    calcium = rise < fall
    level = np.broadcast_to(edge[..., 0], fall.shape).copy()
    radius = _crossing(profiles, fall, level)
    if calcium.any():
        radius[calcium] = _calcium_radius(
            profiles[calcium], rise[calcium], np.broadcast_to(lumen_HU[:, None], fall.shape)[calcium]
        )
    dark = st.SOFT_TISSUE_HU + _DARK * (lumen_HU - st.SOFT_TISSUE_HU)
    shadowed = ~calcium & (_behind(profiles, radius) > dark[:, None])
    return Edges(radius, calcium, shadowed, profiles, lumen_HU)


def _first(flags: Flags) -> npt.NDArray[np.intp]:
    """Index of the first True along the last axis, its length where there is none."""
    k = flags.argmax(-1)
    return np.where(np.take_along_axis(flags, k[..., None], -1)[..., 0], k, flags.shape[-1])


def _crossing(profiles: FloatArray, at: npt.NDArray[np.intp], level: FloatArray) -> FloatArray:
    """Radius (...,) where profiles (..., k) pass `level` between samples at - 1 and at; nan without."""
    k = np.clip(at, 1, profiles.shape[-1] - 1)
    before = np.take_along_axis(profiles, k[..., None] - 1, -1)[..., 0]
    after = np.take_along_axis(profiles, k[..., None], -1)[..., 0]
    slope = np.where(before == after, 1.0, after - before)
    share = np.clip((level - before) / slope, 0, 1)
    found = (at > 0) & (at < profiles.shape[-1])
    return np.where(found, st.RAY_STEP_MM * (k - 1 + share), np.nan)


def _calcium_radius(profiles: FloatArray, rise: npt.NDArray[np.intp], lumen: FloatArray) -> FloatArray:
    """Radius (q,) half way between the lumen and the peak behind the rise of profiles (q, k)."""
    place = np.arange(profiles.shape[1])
    window = (place >= rise[:, None]) & (place <= rise[:, None] + int(_PEAK_MM / st.RAY_STEP_MM))
    peak = np.where(window, profiles, -np.inf).max(1)
    level = 0.5 * (lumen + peak)
    return _crossing(profiles, _first(profiles > level[:, None]), level)


def _behind(profiles: FloatArray, radius: FloatArray) -> FloatArray:
    """Darkest HU (n, m) a little behind the edge; the lumen's where a ray has no edge."""
    near, far = (int(v / st.RAY_STEP_MM) for v in _BEHIND_MM)
    start = np.where(np.isfinite(radius), radius / st.RAY_STEP_MM, 0).astype(int)
    index = np.clip(start[..., None] + np.arange(near, far + 1), 0, profiles.shape[-1] - 1)
    darkest = np.take_along_axis(profiles, index, -1).min(-1)
    return np.where(np.isfinite(radius), darkest, np.inf)
