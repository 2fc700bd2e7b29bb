"""The lumen of every branch outside the bifurcations, from the image or from the segment's own edge.

Both ways use the sections of anatomy/artery: rays to the half maximum, recentring on the centroid of the
section, correction for the blur (r + sigma^2 / (2 r) in its exact form). A segment without contrast in HU is
made a picture of itself: 0 and 1 smoothed by a known Gaussian, between 50 and 450.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from surgitwin.anatomy.artery import blur
from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.course import course_through
from surgitwin.anatomy.artery.level import Level
from surgitwin.anatomy.artery.tube import measure_tube
from surgitwin.anatomy.tree.lumen import Lumen
from surgitwin.anatomy.tree.shade import shade_of
from surgitwin.anatomy.tree.skeleton import Edge
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.vessel import LumenTube

_SEGMENT_HU = 400.0
_CORE_SHARE = 0.6  # numerical setting: voxels deeper than this share of the deepest near them are core
_ROOM_MM, _REACH = 2.0, 1.6  # numerical settings: as for side branches of an artery
_LEAST_MM, _LEAST_POINTS = 3.0, 5
_LEAST_EDGES = 0.5  # numerical setting: share of the rays that must meet an edge


@dataclass(frozen=True, eq=False)
class Picture:
    """What the sections are measured on. fwhm_mm: its blur, None when it is to be found from an edge."""

    volume: Volume
    level: Level
    source: str
    fwhm_mm: float | None


def picture_of(lumen: Lumen, volume: Volume | None) -> Picture:
    """The image where it is a CT whose lumen has contrast, else the smoothed segment."""
    if volume is not None and volume.modality == "CT" and volume.unit == "HU":
        level = _level(lumen, volume)
        if level.lumen_HU >= st.LEAST_CONTRAST_HU:
            return Picture(volume, level, "image", None)
    shade = shade_of(lumen)
    picture = Volume(st.SOFT_TISSUE_HU + _SEGMENT_HU * shade.values, shade.grid)
    level = Level(st.SOFT_TISSUE_HU + _SEGMENT_HU, 0.0)
    return Picture(picture, level, "segment", shade.sigma_mm / st.SIGMA_PER_FWHM)


def _level(lumen: Lumen, volume: Volume) -> Level:
    """Median and noise of the deep voxels of the lumen."""
    core = lumen.mask & (lumen.depth_mm >= _CORE_SHARE * ndimage.maximum_filter(lumen.depth_mm, size=7))
    kji = np.argwhere(core) + lumen.low
    values = np.asarray(volume.array[tuple(kji.T)], float)
    middle = float(np.median(values))
    return Level(middle, 1.4826 * float(np.median(np.abs(values - middle))))


def tube_of(
    picture: Picture, edge: Edge, inset: tuple[float, float], progress: Progress = SILENT
) -> tuple[LumenTube, float] | None:
    """Tube of an edge outside its bifurcations, and the FWHM mm that was corrected; None when too short or
    when the lumen has no edge on most rays (a chamber, a wall that the image does not show).

    inset: mm to leave out at the start and end besides (the closed end of a vessel).
    """
    s = edge.s_mm
    low, high = edge.before_mm + inset[0], edge.length_mm - edge.after_mm - inset[1]
    part = edge.points_mm[(s >= low) & (s <= high)]
    depth = edge.depth_mm[(s >= low) & (s <= high)]
    if high - low < _LEAST_MM or len(part) < _LEAST_POINTS:
        return None
    reach = _REACH * float(depth.max()) + _ROOM_MM
    level = Level(_along(picture, part), picture.level.noise_HU)
    try:
        found = measure_tube(picture.volume, part, level, reach, picture.fwhm_mm, progress, same_level=True)
    except InputError:  # no ray meets an edge
        return None
    if np.isfinite(found.edges.radius_mm).mean() < _LEAST_EDGES:
        return None
    fwhm = picture.fwhm_mm or blur.image_fwhm(found.sigma_mm, found.spacing_mm)
    return found.tube, fwhm


def _along(picture: Picture, way: FloatArray) -> float:
    """Brightness of the lumen of one branch; that of the tree where the branch is too thin to tell."""
    if picture.source == "segment":
        return picture.level.lumen_HU
    kji = np.rint(picture.volume.grid.lps_to_index(way)[:, ::-1]).astype(int)
    kji = np.clip(kji, 0, np.array(picture.volume.grid.shape) - 1)
    here = float(np.median(picture.volume.array[tuple(kji.T)]))
    return here if here > picture.level.lumen_HU else 0.5 * (here + picture.level.lumen_HU)


def smooth_line(points_mm: FloatArray, step_mm: float, smooth_mm: float) -> FloatArray:
    """Points (m, 3) of a smooth line with both ends kept."""
    if np.linalg.norm(points_mm[-1] - points_mm[0]) < 1e-6 or len(points_mm) < 3:
        return points_mm
    return np.array(course_through(points_mm, step_mm, smooth_mm).points_mm)
