"""What the recipe "vertebra" asks of its image and its click, and what it tells of the result."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, InputError, UsageError
from surgitwin.core.image import Volume
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.recipe import Note, Points
from surgitwin.segmentation.vertebra.body import Body
from surgitwin.segmentation.vertebra.field import Field, Lattice
from surgitwin.segmentation.vertebra.outline import half_width
from surgitwin.segmentation.vertebra.pose import Pose, Wall

LEAST_MM = 40.0
"""Numerical setting: an image thinner than this in any direction cannot hold a vertebra and its neighbours'
edges.
"""

MOST_CROSSED = 0.2
"""Numerical setting: with more of its rays across another edge a surface holds more than one body."""

LEAST_SEEN = 0.65
"""Numerical setting: under this share of its surface on an edge, what was found is no vertebral body
(measured: lumbar 0.89 to 0.91, clicks in muscle, disc and abdomen below 0.5)."""

SURE_SEEN = 0.75
"""Numerical setting: under this share the result is called uncertain."""

COARSE_MM = 2.0
"""Numerical setting: with larger voxels the joint spaces are not seen."""


def check_image(volume: Volume, preset: Preset) -> None:
    """Raises InputError "segment.wrong_modality", "image.no_scale", "vertebra.too_little"."""
    preset.check(volume)
    volume.require_scale()
    size = np.array(volume.grid.shape[::-1]) * volume.grid.spacing_mm
    if size.min() < LEAST_MM:
        raise InputError(
            "vertebra.too_little",
            f"The image is only {size.min():.0f} mm long in one direction; a vertebra with the edges of its "
            f"neighbours needs {LEAST_MM:.0f} mm.",
            hint="Load a series that shows the whole vertebra.",
            where="image",
        )


def the_click(volume: Volume, points: Points) -> FloatArray:
    """The click "vertebra" (3,) LPS mm. Raises UsageError "vertebra.no_click", InputError
    "vertebra.click_outside".
    """
    if "vertebra" not in points:
        raise UsageError(
            "vertebra.no_click",
            "The preset 'vertebra' starts from a click in the vertebral body; there is none.",
            hint="Click in the middle of the body of the vertebra.",
            where="vertebra",
        )
    click = np.asarray(points["vertebra"], float).reshape(-1)
    if click.shape != (3,) or not np.isfinite(click).all():
        raise UsageError(
            "vertebra.bad_points",
            "The click 'vertebra' must be one point of three numbers in LPS mm.",
            hint="Give x, y and z in mm.",
            where="vertebra",
        )
    index = volume.grid.lps_to_index(click)
    if (index < -0.5).any() or (index > np.array(volume.grid.shape[::-1]) - 0.5).any():
        raise InputError(
            "vertebra.click_outside",
            "The click lies outside the image.",
            hint="Click in the middle of the body of the vertebra.",
            where="vertebra",
        )
    return click


def check_body(image: Field, body: Body, click: FloatArray) -> None:
    """Raises GeometryError "vertebra.no_body", InputError "vertebra.too_little"."""
    inside = bool(body.star.inside(click[None])[0])
    if body.seen < LEAST_SEEN or body.crossed > MOST_CROSSED or not inside:
        raise GeometryError(
            "vertebra.no_body",
            f"No vertebral body was found round the click: {_why_not(body, inside)}.",
            hint="Click in the middle of the vertebral body, not in a disc, the arch or the soft tissue.",
            where="vertebra",
        )
    held = float(image.holds(body.star.points).mean())
    if held < 0.9:
        raise InputError(
            "vertebra.too_little",
            f"The image ends within the vertebral body: {1 - held:.0%} of its surface lies outside.",
            hint="Load a series that shows the whole vertebra.",
            where="image",
        )


def _why_not(body: Body, inside: bool) -> str:
    if not inside:
        return "the click lies outside the best surface"
    if body.crossed > MOST_CROSSED:
        return f"{body.crossed:.0%} of the best surface lies beyond another edge"
    return f"only {body.seen:.0%} of the best surface lies on an edge"


def notes(volume: Volume, whole: Mask, body: Body, pose: Pose) -> tuple[Note, ...]:
    """What the user must know of this result."""
    out = []
    border = [np.take(whole, end, axis).any() for axis in range(3) for end in (0, -1)]
    if any(border):
        out.append(Note("cut_off", "The vertebra reaches the border of the image: part of it is missing."))
    if body.seen < SURE_SEEN:
        out.append(
            Note(
                "uncertain",
                f"Only {body.seen:.0%} of the body's surface lies on a clear edge. Check the outline.",
            )
        )
    if volume.grid.spacing_mm.max() > COARSE_MM:
        out.append(
            Note(
                "outside_validity",
                f"Voxels are up to {volume.grid.spacing_mm.max():.1f} mm: facet joints are not seen. "
                "Check the joints and correct by clicks.",
            )
        )
    return tuple(out)


PEDICLE_MM2 = 28.0
"""Numerical setting: least section of bone that leads back from a body on either side (a narrow thoracic
pedicle, 4 mm by 10 mm, has 31 mm2 by its ellipse); behind a disc lies a foramen (10 to 21 mm2 measured)."""

PEDICLE_BEHIND_MM = (2.0, 5.0)
"""Numerical settings: where behind the posterior wall the section of the pedicles is looked for."""


def check_pedicles(bone: Mask, body: Mask, at: Lattice, pose: Pose, wall: Wall) -> None:
    """Raises GeometryError "vertebra.no_body" where no pedicles lead back: a disc, not a body."""
    x, y, z = at.axes()
    behind = wall.behind(y, z)
    width = half_width(body, at)
    zone = bone & (behind > PEDICLE_BEHIND_MM[0]) & (behind < PEDICLE_BEHIND_MM[1])
    zone &= np.abs(z) < 0.5 * pose.height_mm
    depth = PEDICLE_BEHIND_MM[1] - PEDICLE_BEHIND_MM[0]
    area = [
        float((zone & (side * x > 0.25 * width) & (side * x < 1.3 * width)).sum()) * at.step**3 / depth
        for side in (-1, 1)
    ]
    if max(area) < PEDICLE_MM2:
        raise GeometryError(
            "vertebra.no_body",
            "What lies round the click has end plates but no pedicles: it looks like a disc.",
            hint="Click in the middle of the vertebral body, not in a disc.",
            where="vertebra",
        )
