"""The lumen as a tube: sections, smooth wall, recentring, correction for the blur of the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.artery import blur
from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.course import course_through, smoothed
from surgitwin.anatomy.artery.edges import Edges, find_edges, local_level, ray_profiles
from surgitwin.anatomy.artery.level import Level
from surgitwin.anatomy.artery.wall_fit import fit_wall
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.vessel import Course, LumenTube

_FIRST_SMOOTH_MM, _SMOOTH_MM = 1.5, 1.0
_RECENTRINGS = 3


@dataclass(frozen=True, eq=False)
class Measured:
    """tube: corrected lumen. seen_mm (n, m): its half-maximum radii before the correction. edges: of the last
    sections. sigma_mm: blur that was corrected. sharpness: where sigma comes from ("edge", "kernel", "given",
    "assumed").
    """

    tube: LumenTube
    seen_mm: FloatArray
    edges: Edges
    sigma_mm: float
    sharpness: str


def centroid_offsets(radius_mm: FloatArray) -> FloatArray:
    """Centroids (n, 2) along e1 and e2 of star-shaped sections (n, m)."""
    angle = 2 * np.pi * np.arange(radius_mm.shape[1]) / radius_mm.shape[1]
    third, area = radius_mm**3 * (2 / 3), (radius_mm**2).sum(1)
    out: FloatArray = np.stack([(third * f).sum(1) for f in (np.cos(angle), np.sin(angle))], 1)
    return out / area[:, None]


def measure_tube(
    volume: Volume,
    way_mm: FloatArray,
    level: Level,
    reach_mm: float,
    fwhm_mm: float | None = None,
    progress: Progress = SILENT,
) -> Measured:
    """The lumen along a rough way (n, 3). reach_mm: how far rays go. fwhm_mm: of the image, when known."""
    course = course_through(way_mm, st.STEP_MM, _FIRST_SMOOTH_MM)
    wide = np.ones(len(course.s_mm), bool)
    for turn in range(_RECENTRINGS + 1):
        progress("Sections of the lumen", turn / (_RECENTRINGS + 1))
        profiles = ray_profiles(volume, course, reach_mm)
        edges = find_edges(profiles, local_level(profiles, level, wide))
        seen = fit_wall(edges, st.STEP_MM)
        if turn == _RECENTRINGS:
            break
        course, wide = _recentred(course, seen)
    sigma, sharpness = _sigma(volume, edges, seen, fwhm_mm)
    curved = true_curved_radius(seen, sigma, st.STEP_MM)
    tube = LumenTube(course, curved, _calcified(edges, seen))
    return Measured(tube, seen, edges, sigma, sharpness)


def true_curved_radius(seen: FloatArray, sigma: float, step_mm: float) -> FloatArray:
    """Half-maximum radii (n, m) corrected for blur: around (exact for a circle), along (first order)."""
    out = blur.true_radius(seen, sigma) - 0.5 * sigma**2 * blur.bend(seen, step_mm)[:, None]
    return np.maximum(out, 0.05)


def _recentred(course: Course, seen: FloatArray) -> tuple[Course, npt.NDArray[np.bool_]]:
    offset = centroid_offsets(seen)
    moved = course.points_mm + offset[:, :1] * course.e1 + offset[:, 1:] * course.e2
    new = course_through(smoothed(moved, _SMOOTH_MM / st.STEP_MM), st.STEP_MM)
    radius = np.interp(new.s_mm, course.s_mm * new.length_mm / course.length_mm, seen.mean(1))
    return new, radius > 0.6 * np.median(radius)


def _calcified(edges: Edges, seen: FloatArray) -> npt.NDArray[np.bool_]:
    """Rays (n, m) that meet calcium at the lumen or within 1 mm behind its edge."""
    start = (seen / st.RAY_STEP_MM).astype(int)
    index = np.clip(start[..., None] + np.arange(11), 0, edges.profiles.shape[-1] - 1)
    bright = np.take_along_axis(edges.profiles, index, -1).max(-1)
    out: npt.NDArray[np.bool_] = edges.calcium | (bright > edges.lumen_HU[:, None] + st.CALCIUM_ABOVE_HU)
    return out


def _sigma(volume: Volume, edges: Edges, seen: FloatArray, fwhm_mm: float | None) -> tuple[float, str]:
    """Blur of the samples, and where it is known from."""
    spacing = volume.grid.spacing_mm
    if fwhm_mm is not None:
        return blur.sampled_sigma(fwhm_mm, spacing), "given"
    found = edge_profile_sigma(edges, seen)
    if found is not None:
        return found, "edge"
    by_kernel = blur.kernel_fwhm(str(volume.meta.get("kernel", "") or ""))
    return blur.sampled_sigma(by_kernel or 1.15, spacing), "kernel" if by_kernel else "assumed"


def edge_profile_sigma(edges: Edges, seen: FloatArray) -> float | None:
    """Blur from the mean profile over the smooth wall, from plain rays of wide stations only."""
    wide = seen.mean(1) > max(0.85 * float(np.median(seen.mean(1))), 1.0)
    plain = wide[:, None] & ~edges.calcium & ~edges.shadowed & np.isfinite(edges.radius_mm)
    plain &= np.abs(np.where(plain, edges.radius_mm, seen) - seen) < 0.4
    plain &= ~_calcified(edges, seen)
    if np.count_nonzero(plain) < 200:
        return None
    offset = np.arange(-1.2, 0.61, 0.05)
    rho = seen[plain][:, None] + offset
    k = np.clip((rho / st.RAY_STEP_MM).astype(int), 0, edges.profiles.shape[-1] - 2)
    share = rho / st.RAY_STEP_MM - k
    rows = edges.profiles[plain]
    at = np.arange(len(rows))[:, None]
    profile = rows[at, k] * (1 - share) + rows[at, k + 1] * share
    lumen = float(np.median(np.broadcast_to(edges.lumen_HU[:, None], plain.shape)[plain]))
    return blur.edge_sigma(profile.mean(0), offset, lumen)
