"""The distal end: condyles, their posterior tangent, and where the bone can be cut square."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi
from scipy.spatial import ConvexHull
from skimage.measure import find_contours

from surgitwin.anatomy.straight import SPACING_MM, StraightBone
from surgitwin.core.arrays import FloatArray

CONDYLE_HEIGHT_MM = 45.0
"""Numerical setting: height of the distal end in which the posterior tangent is taken."""
CONDYLE_WIDTH = 2.0
"""Numerical setting: a distal end this many times as wide as the shaft has condyles."""
MIN_TANGENT_MM = 25.0
"""Numerical setting: the condyles touch their common tangent at least this far apart."""
MIN_SOLIDITY = 0.92
"""Numerical setting: a section that fills this share of its convex hull has no notch."""


def has_condyles(bone: StraightBone, shaft_radius: float, cut_by_image: bool) -> bool:
    """Whether the lower end widens to condyles and the image shows it whole."""
    inside = np.flatnonzero(bone.inside.any(axis=(1, 2)))
    low = bone.inside[inside[0] : inside[0] + int(CONDYLE_HEIGHT_MM / SPACING_MM)].any(axis=0)
    points = np.argwhere(low) * SPACING_MM
    width = float(np.sqrt(12 * np.linalg.eigvalsh(np.cov(points.T)).max()))
    return not cut_by_image and width > CONDYLE_WIDTH * 2 * shaft_radius


def posterior_tangent(bone: StraightBone, posterior: FloatArray) -> FloatArray | None:
    """Unit direction (2,) in x, y of the line that touches both condyles from behind, or None.

    posterior: (2,) rough direction. The line is the longest edge of the convex hull of the distal end's
    shadow along z that faces backwards.
    """
    inside = np.flatnonzero(bone.inside.any(axis=(1, 2)))
    depth = int(CONDYLE_HEIGHT_MM / SPACING_MM)
    shadow = bone.distance[inside[0] : inside[0] + depth].min(axis=0)
    outline = np.concatenate(find_contours(shadow, 0.0))[:, ::-1] * SPACING_MM
    corners = outline[ConvexHull(outline).vertices]  # counter-clockwise
    edges = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(edges, axis=1)
    facing = (edges[:, 1] * posterior[0] - edges[:, 0] * posterior[1]) / np.maximum(lengths, 1e-9)
    lengths = np.where(facing > np.cos(np.radians(40)) * np.linalg.norm(posterior), lengths, 0)
    best = int(np.argmax(lengths))
    if lengths[best] < MIN_TANGENT_MM:
        return None
    out: FloatArray = edges[best] / lengths[best]
    return out


def lowest_solid_section(bone: StraightBone, start_mm: float) -> float:
    """Height (mm) of the lowest section, going down from start_mm, that is one piece without a notch."""
    heights = bone.axis_mm(2)
    lowest = start_mm
    for k in np.flatnonzero(heights <= start_mm)[::-1]:
        section = bone.inside[k]
        if not section.any() or ndi.label(section)[1] != 1:
            break
        points = np.argwhere(section)
        if len(points) < 20:
            break
        area = ConvexHull(points).volume  # in 2D the hull's volume is its area
        if len(points) < MIN_SOLIDITY * (area + 0.5 * ConvexHull(points).area):
            break
        lowest = float(heights[k])
    return lowest


def centre(bone: StraightBone) -> FloatArray:
    """Centroid (2,) in x, y of the distal end."""
    inside = np.flatnonzero(bone.inside.any(axis=(1, 2)))
    low = bone.inside[inside[0] : inside[0] + int(CONDYLE_HEIGHT_MM / SPACING_MM)]
    out: FloatArray = np.argwhere(low).mean(axis=0)[:0:-1] * SPACING_MM + bone.low_mm[:2]
    return out
