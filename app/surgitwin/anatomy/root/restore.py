"""The wall at the roots of the leaflets, where the dark leaflet hides its edge."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import LumenTube

BAND_MM = (-1.25, 0.25)
"""Heights from a leaflet's root between which its shade moves the edge; numerical setting."""
BELOW_MM = -4.5
SECTOR_DEG = 18.0
CROWN_MM = 16.0
"""Height of a commissure over the hinges (sinus height about 20 mm, dimensions.md C3): sets how fast the root
rises beside the hinge."""


def restored(tube: LumenTube, annulus: Plane, hinges_mm: FloatArray) -> LumenTube:
    """The tube with the outflow tract's wall carried straight on up to the leaflet roots.

    hinges_mm (3, 3): where closed leaflets meet the wall. Within 18 degrees of each, radii in the shade of
    the root follow a line through the radii below it: own level of each ray, one slope for the sector.
    """
    wall = tube.wall_mm
    height = annulus.distance(wall)
    flat = wall - annulus.point_mm - height[..., None] * annulus.normal
    radius = np.array(tube.radius_mm)
    for hinge in hinges_mm:
        toward = hinge - annulus.point_mm
        across = np.cross(annulus.normal, toward)
        turn = np.degrees(
            np.arctan2(flat @ across / np.linalg.norm(across), flat @ toward / np.linalg.norm(toward))
        )
        root = CROWN_MM * (turn / 60.0) ** 2
        near = np.abs(turn) < SECTOR_DEG
        below = near & (height > BELOW_MM) & (height < root + BAND_MM[0])
        shade = near & (height >= root + BAND_MM[0]) & (height <= root + BAND_MM[1])
        _carry_on(radius, height, below, shade)
    return LumenTube(tube.course, radius, tube.calcified)


def _carry_on(radius: FloatArray, height: FloatArray, below: FloatArray, shade: FloatArray) -> None:
    """Replace radii (n, m) in `shade` by lines through those in `below`, in place."""
    columns = np.flatnonzero((below.sum(axis=0) >= 4) & shade.any(axis=0))
    if columns.size == 0:
        return
    centred = [(height[below[:, j], j], radius[below[:, j], j]) for j in columns]
    rise = sum(float(((h - h.mean()) * (r - r.mean())).sum()) for h, r in centred)
    spread = sum(float(((h - h.mean()) ** 2).sum()) for h, _ in centred)
    slope = rise / spread
    for j, (h, r) in zip(columns, centred, strict=True):
        rows = shade[:, j]
        radius[rows, j] = np.median(r) + slope * (height[rows, j] - np.median(h))
