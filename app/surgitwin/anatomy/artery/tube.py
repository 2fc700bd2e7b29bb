"""The lumen as a tube: sections, smooth wall, recentring, correction for the blur of the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.artery import blur, errors
from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.course import course_through, smoothed
from surgitwin.anatomy.artery.edges import ALONG_MM, Edges, Flags, find_edges, local_level, ray_profiles
from surgitwin.anatomy.artery.level import Level
from surgitwin.anatomy.artery.profile_fit import edge_shift
from surgitwin.anatomy.artery.sharpness import find_sigma
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
    "assumed"). spacing_mm: of the voxels across the vessel.
    """

    tube: LumenTube
    seen_mm: FloatArray
    edges: Edges
    sigma_mm: float
    sharpness: str
    spacing_mm: FloatArray


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
    *,
    same_level: bool = False,
) -> Measured:
    """The lumen along a rough way (n, 3). reach_mm: how far rays go. fwhm_mm: of the image, when known.

    same_level: the lumen is as bright as `level` says; else its brightness is followed along the way, which
    needs a lumen wider than twice the blur. Raises InputError "artery.open_lumen" where no ray meets an edge.
    """
    course = course_through(way_mm, st.STEP_MM, _FIRST_SMOOTH_MM)
    radius: FloatArray = np.ones(len(course.s_mm))
    for turn in range(_RECENTRINGS + 1):
        progress("Sections of the lumen", turn / (_RECENTRINGS + 1))
        profiles = ray_profiles(volume, course, reach_mm)
        known = np.full(len(profiles), level.lumen_HU) if same_level else local_level(profiles, level, radius)
        edges = find_edges(profiles, known)
        if not np.isfinite(edges.radius_mm).any():
            raise errors.open_lumen(course.points_mm[len(course.s_mm) // 2], 1.0)
        seen = fit_wall(edges, st.STEP_MM)
        if turn == _RECENTRINGS:
            break
        course, radius = _recentred(course, seen)
    calcified = _calcified(edges, seen)
    spacing = blur.spacing_across(course.tangent, volume.grid)
    sigma, sharpness = find_sigma(volume, spacing, edges, seen, calcified, fwhm_mm)
    tube = LumenTube(course, corrected_radius(edges, seen, calcified, sigma), calcified)
    return Measured(tube, seen, edges, sigma, sharpness, spacing)


def corrected_radius(edges: Edges, seen: FloatArray, calcified: Flags, sigma: float) -> FloatArray:
    """Half-maximum radii (n, m) corrected for blur, curvature and the brightness of the wall.

    Towards soft tissue by the fit of the mean profile, towards calcium by the curvature alone; along the
    vessel to first order (the profiles are smoothed along it too).
    """
    plain = ~calcified & ~edges.shadowed & np.isfinite(edges.radius_mm)
    shift, _ = edge_shift(edges, seen, plain, sigma)
    out = np.where(edges.calcium, blur.true_radius(seen, sigma), seen + shift[:, None])
    along = sigma**2 + ALONG_MM**2
    out -= 0.5 * along * blur.bend(seen, st.STEP_MM)[:, None]
    return np.maximum(out, 0.05)


def _recentred(course: Course, seen: FloatArray) -> tuple[Course, FloatArray]:
    offset = centroid_offsets(seen)
    moved = course.points_mm + offset[:, :1] * course.e1 + offset[:, 1:] * course.e2
    new = course_through(smoothed(moved, _SMOOTH_MM / st.STEP_MM), st.STEP_MM)
    radius = np.interp(new.s_mm, course.s_mm * new.length_mm / course.length_mm, seen.mean(1))
    return new, radius


def _calcified(edges: Edges, seen: FloatArray) -> Flags:
    """Rays (n, m) that meet calcium at the lumen or within 1 mm behind its edge."""
    start = (seen / st.RAY_STEP_MM).astype(int)
    index = np.clip(start[..., None] + np.arange(11), 0, edges.profiles.shape[-1] - 1)
    bright = np.take_along_axis(edges.profiles, index, -1).max(-1)
    out: Flags = edges.calcium | (bright > edges.lumen_HU[:, None] + st.CALCIUM_ABOVE_HU)
    return out
