"""One artery between two clicks, measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.artery import blur
from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.branches import find_branches
from surgitwin.anatomy.artery.calcium import find_calcium
from surgitwin.anatomy.artery.lesion import find_lesions
from surgitwin.anatomy.artery.level import Level, level_at
from surgitwin.anatomy.artery.notices import artery_notices, check_closed, indicative_reason, lesion_notices
from surgitwin.anatomy.artery.path import Way, find_way
from surgitwin.anatomy.artery.reference import healthy_diameter
from surgitwin.anatomy.artery.tube import measure_tube
from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress


def measure_artery(
    volume: Volume,
    start_mm: npt.ArrayLike,
    end_mm: npt.ArrayLike,
    progress: Progress = SILENT,
    *,
    fwhm_mm: float | None = None,
) -> ArteryAnatomy:
    """The artery from start (proximal) to end (distal), LPS (3,), from a CT angiogram in HU.

    fwhm_mm: sharpness of the image where it is known; else it is taken from the lumen's own edge, or from the
    kernel's name. Raises InputError "artery.no_contrast", "artery.click_outside",
    "artery.click_outside_image", "artery.clicks_close", "artery.clicks_apart", "artery.open_lumen",
    "image.no_scale".
    """
    volume.require_scale()
    progress("Brightness of the lumen", 0.0)
    level, clicks = level_at(volume, start_mm, end_mm)
    progress("Way through the lumen", 0.05)
    way = find_way(volume, level, clicks)
    found = measure_tube(volume, way.points_mm, level, _reach(way), fwhm_mm, progress.part(0.3, 0.8))
    check_closed(found)
    fwhm = blur.image_fwhm(found.sigma_mm, found.spacing_mm)
    tube = found.tube
    reference, healthy = healthy_diameter(tube.course.s_mm, tube.diameter_mm)
    lesions = find_lesions(tube, reference, healthy, fwhm)
    lumen = float(np.median(found.edges.lumen_HU))
    progress("Calcium", 0.8)
    calcium = find_calcium(volume, tube, reference, lumen, level.noise_HU)
    progress("Side branches", 0.85)
    branches = find_branches(volume, way, Level(lumen, level.noise_HU), tube, fwhm)
    notices = artery_notices(volume, way, found, healthy) + lesion_notices(found, lesions)
    progress("Artery measured", 1.0)
    return ArteryAnatomy(
        tube=tube,
        reference_mm=reference,
        lesions=lesions,
        branches=branches,
        calcium=calcium,
        lumen_HU=lumen,
        noise_HU=level.noise_HU,
        fwhm_mm=fwhm,
        indicative=indicative_reason(volume, found),
        notices=tuple(notices),
    )


def _reach(way: Way) -> float:
    """How far rays go: the widest place along the way, but not into a chamber, and room."""
    kji = tuple(np.array([way.box.index(p) for p in way.points_mm[:: max(1, len(way.points_mm) // 60)]]).T)
    depth = way.depth_mm[kji]
    return min(1.6 * float(depth.max()), 3.0 * float(np.percentile(depth, 25))) + st.RAY_ROOM_MM
