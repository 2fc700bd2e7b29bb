"""Where the vertebrae above and below are, and where this one's arch surely is: seeds for the race."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.vertebra.facets import joint_seeds
from surgitwin.segmentation.vertebra.field import Lattice
from surgitwin.segmentation.vertebra.pose import Pose, Wall

DISC_MM = (2.0, 16.0)
"""Numerical settings: least and largest height of a disc that is looked for."""

PLATE_RISE = 0.7
"""Numerical setting: the first layer past the disc that reaches this share of the brightest one's rise is
the next
end plate (deeper ones may be brighter)."""

DISC_SHARE = 0.33
"""Numerical setting: height of a disc over that of its vertebra where the image ends before the next one."""

PAST_PLATE_MM = 2.5
"""Numerical setting: beyond the end plate's own thickness and blur, what lies over the plate is no longer
this body.
"""

RING_SHARE = (-0.1, 0.1)
"""Numerical settings: from here to here, in shares of the height round the middle of the body, a section
shows the
arch of this vertebra only (the facets of the level above end over it, those below begin under it)."""

RING_MM = (25.0, 28.0)
"""Numerical settings: half width and depth behind the wall in which that section's bone is a seed."""


@dataclass(frozen=True, eq=False)
class Seeds:
    """Masks on the lattice. pitch_mm: distance to the vertebra above and below along the axis.

    bodies: where the neighbours' bodies and discs are, through which the race may run whatever their HU.
    """

    this: Mask
    above: Mask
    below: Mask
    bodies: Mask
    pitch_mm: tuple[float, float]


def find_seeds(hu: FloatArray, bone: Mask, body: Mask, at: Lattice, pose: Pose, wall: Wall) -> Seeds:
    """Seeds of this vertebra (body, ring of the arch) and its neighbours (over and under the end plates)."""
    x, y, z = at.axes()
    foot = ndi.binary_dilation(body.any(0))[None]
    front = foot & (wall.behind(y, z) < 0)
    points = pose.frame.to_lps(at.points())
    beyond = [plate.beyond(points) for plate in (pose.upper, pose.lower)]
    pitch = [
        pose.height_mm + _disc(hu, ndi.binary_erosion(body.any(0), iterations=3), b, pose) for b in beyond
    ]

    def ring(middle: float) -> Mask:
        low, high = (middle + share * pose.height_mm for share in RING_SHARE)
        level = (z > low) & (z < high)
        behind = wall.behind(y, z - middle)
        near: Mask = level & (np.abs(x) < RING_MM[0]) & (behind > 1.5) & (behind < RING_MM[1]) & bone
        return near

    inner = ndi.binary_erosion(body, iterations=2)
    above, below = (front & (b > PAST_PLATE_MM) for b in beyond)
    facets = joint_seeds(bone, at, pose, wall)
    return Seeds(
        inner | ring(0.0) | facets[0],
        above | ring(pitch[0]) | facets[1],
        below | ring(-pitch[1]) | facets[2],
        above | below,
        (pitch[0], pitch[1]),
    )


def _disc(hu: FloatArray, foot: npt.NDArray[np.bool_], beyond: FloatArray, pose: Pose) -> float:
    """Height of the disc in mm: the next end plate is the first bright layer past the plate."""
    column = np.broadcast_to(foot, hu.shape) & (hu > -200)
    layer = np.floor(beyond[column]).astype(int)
    ok = (layer >= 0) & (layer < int(DISC_MM[1]) + 2)
    total = np.bincount(layer[ok], hu[column][ok], int(DISC_MM[1]) + 2)
    count = np.bincount(layer[ok], minlength=int(DISC_MM[1]) + 2)
    if count[int(DISC_MM[0])] == 0 or count[-1] < 0.5 * count[int(DISC_MM[0])]:
        return DISC_SHARE * pose.height_mm
    profile = total / np.maximum(count, 1)
    first = int(DISC_MM[0])
    valley = first + int(np.argmin(profile[first : first + 5]))
    level = profile[valley] + PLATE_RISE * (profile[valley:].max() - profile[valley])
    return float(valley + np.argmax(profile[valley:] >= level)) + 0.5
