"""The aortic root measured from a contrast CT and two clicks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.root.annulus_plane import hinge_plane
from surgitwin.anatomy.root.assemble import Known, assemble
from surgitwin.anatomy.root.calcium import find_calcium
from surgitwin.anatomy.root.image import root_image
from surgitwin.anatomy.root.levels import find_levels
from surgitwin.anatomy.root.phase import phase_of
from surgitwin.anatomy.root.propose import propose_hinges, propose_landmarks, root_map
from surgitwin.anatomy.root.quality import indicative_of, root_notices
from surgitwin.anatomy.root.restore import restored
from surgitwin.anatomy.root.tracking import track_tube
from surgitwin.anatomy.root.types import HINGES, RootAnatomy
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.vessel import LumenTube

KINK_ERROR = (7.0, 5.0)
"""Degrees and mm by which the kink was off on a real CTA (vessels-from-images.md: 3 to 7, 4 to 5)."""
BELOW_MM = 20.0
VENTRICLE_SHARE = 1.7
"""The outflow tract ends where its section is so much larger than the annulus."""


def measure_root(
    volume: Volume,
    aorta_mm: npt.ArrayLike,
    ventricle_mm: npt.ArrayLike,
    progress: Progress = SILENT,
    *,
    phase: str | None = None,
) -> RootAnatomy:
    """Measure the root between a click in the ascending aorta and one in the left ventricle (LPS mm).

    phase: in words, where the caller knows it better than `volume.meta` (see `phase_of`).
    InputError: "vessel.no_contrast", "vessel.click_outside", "vessel.click_not_in_contrast",
    "root.clicks_swapped", "root.clicks_too_near", "root.no_sinuses", "image.no_scale", and as `hinge_plane`.
    """
    volume.require_scale()
    aorta, ventricle = np.asarray(aorta_mm, float), np.asarray(ventricle_mm, float)
    if aorta[2] < ventricle[2]:
        raise InputError(
            "root.clicks_swapped",
            "The click in the aorta lies below the click in the ventricle: they are exchanged.",
            hint="Click first in the ascending aorta, then in the left ventricle below the valve.",
            where="aorta, ventricle",
        )
    progress("Reading the image round the root", 0.0)
    image = root_image(volume, aorta, ventricle)
    tube = track_tube(image, aorta, ventricle, progress.part(0.05, 0.6))
    levels = find_levels(tube)
    wall = root_map(tube, levels)
    progress("Hinge points", 0.6)
    hinges = propose_hinges(image, tube, levels, wall)
    if hinges.rule != "kink":
        tube = restored(tube, hinges.plane, hinges.chosen.points_mm)
        wall = root_map(tube, levels)
    progress("Ostia and septum", 0.75)
    landmarks = propose_landmarks(image, tube, levels, wall, hinges)
    tube = _trimmed(tube, hinges.plane)
    points = np.array([landmarks[name].proposed_mm for name in HINGES])
    proposed = hinge_plane(tube, points)
    progress("Calcium", 0.85)
    known = Known(
        tube, proposed, hinges.apart or KINK_ERROR, find_calcium(image, wall, proposed, points),
        image.lumen_HU, image.noise_HU, phase or phase_of(volume.meta), indicative_of(volume), (),
    )  # fmt: skip
    progress("Checking the image", 0.9)
    return assemble(root_notices(volume, image, known), landmarks)


def _trimmed(tube: LumenTube, annulus: Plane) -> LumenTube:
    """The tube without the ventricle: from 20 mm below the annulus, or where the outflow tract opens."""
    s, area = tube.course.s_mm, tube.area_mm2
    here = int(np.argmin(np.abs(annulus.distance(tube.course.points_mm))))
    start = here
    while start > 0 and s[here] - s[start] < BELOW_MM and area[start - 1] < VENTRICLE_SHARE * area[here]:
        start -= 1
    return tube.between(float(s[start]), float(s[-1]))
