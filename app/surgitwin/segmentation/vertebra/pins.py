"""Clicks that correct the body's surface: it is pushed over those inside and drawn short of those outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.vertebra.star import Star

PIN_WIDTH_RAD = 0.25
"""Numerical setting: a click that corrects the body moves the surface within this angle."""

PIN_MARGIN_MM = 1.5
"""Numerical setting: the surface passes a correcting click at this distance."""

FARTHEST_MM, MOST_MOVED_MM = 34.0, 6.0
"""Numerical settings: a click farther from the centre, or that would move the surface more, means another
part.
"""


@dataclass(frozen=True, eq=False)
class Pins:
    """Clicks that the surface must respect: inside (n, 3) and outside (m, 3), LPS mm."""

    inside: FloatArray
    outside: FloatArray


def pinned(star: Star, pins: Pins) -> Star:
    """The surface pushed over the clicks inside and short of those outside, as little as that takes."""
    radii = star.radii.copy()
    for clicks, sign in ((pins.inside, 1.0), (pins.outside, -1.0)):
        for click in clicks.reshape(-1, 3):
            way = click - star.centre
            length = float(np.linalg.norm(way))
            if not 0 < length < FARTHEST_MM:
                continue
            angle = np.arccos(np.clip(star.rays.unit @ (way / length), -1, 1))
            here = float(Star(star.centre, radii, star.rays).radius_towards(way[None])[0])
            short = sign * (length + sign * PIN_MARGIN_MM - here)
            if 0 < short < MOST_MOVED_MM:
                radii = radii + sign * short * np.exp(-((angle / PIN_WIDTH_RAD) ** 2) * 2)
    return Star(star.centre, np.maximum(radii, 1.0), star.rays)
