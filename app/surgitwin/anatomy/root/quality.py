"""What is wrong with an image or with the vessel in it, and where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.anatomy.root.assemble import Known
from surgitwin.anatomy.root.false_lumen import false_lumen_notices
from surgitwin.anatomy.root.image import RootImage
from surgitwin.anatomy.root.metal import metal_notices
from surgitwin.anatomy.root.phase import UNKNOWN, is_systolic
from surgitwin.core.image import Volume
from surgitwin.core.vessel import Notice

LARGEST_INTERVAL_MM = 1.0


def indicative_of(volume: Volume) -> str:
    """Why sizes are only indicative, "" when the voxels are fine enough."""
    interval = float(volume.grid.spacing_mm.max())
    if interval <= LARGEST_INTERVAL_MM + 1e-6:
        return ""
    return (
        f"The image interval is {interval:.2f} mm (over {LARGEST_INTERVAL_MM:g} mm): sizes are indicative, "
        "an annulus area at 1.5 mm is good to +/-10 % at best."
    )


def root_notices(volume: Volume, image: RootImage, known: Known) -> Known:
    """`known` with a notice for each thing in the image that the user must know."""
    found: list[Notice] = []
    if known.indicative:
        found.append(Notice("vessel.coarse", known.indicative))
    if known.phase == UNKNOWN:
        found.append(
            Notice("root.phase_unknown", "The header does not say the phase: size in systole (20 to 45 %).")
        )
    elif is_systolic(known.phase) is False:
        found.append(
            Notice(
                "root.not_systolic", f"The image shows {known.phase}: annulus sizes are those of diastole."
            )
        )
    found += _image_ends(image, known)
    found += metal_notices(volume, known.lumen_HU, known.proposed_annulus)
    found += false_lumen_notices(volume, known.lumen_HU, known.tube)
    return replace(known, notices=tuple(found))


def _image_ends(image: RootImage, known: Known) -> list[Notice]:
    """The landing zone, 15 mm below the annulus to 40 mm above it, where the image or the tube ends."""
    tube, annulus = known.tube, known.proposed_annulus
    out: list[Notice] = []
    cutoff = ~image.contains(tube.wall_mm).all(axis=1)
    if cutoff.any():
        at = int(np.flatnonzero(cutoff)[0])
        x, y, z = (float(v) for v in tube.course.points_mm[at])
        level = float(annulus.distance(tube.course.points_mm[at]))
        out.append(
            Notice(
                "vessel.image_ends",
                f"The image ends inside the landing zone, {level:+.0f} mm from the annulus. "
                "Scan or load more of the chest.",
                (x, y, z),
            )
        )
    return out
