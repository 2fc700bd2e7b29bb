"""Where the bone is cut: across the shaft inside the image, and through the neck when the image cuts it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.straight import SPACING_MM, StraightBone
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Plane

CLEARANCE_MM = 2.0
"""Numerical setting: distance of a cut from bone that the image border cuts (one thick slice)."""


def plane(frame: Frame, point: npt.ArrayLike, normal: npt.ArrayLike) -> Plane:
    """Plane in LPS from a point and a normal in the frame."""
    return Plane(frame.to_lps(point), frame.vector_to_lps(normal))


def distal_cut(border: FloatArray, bone: StraightBone) -> float:
    """Height z (mm) in the bone frame of the lowest cross-section that is complete in the image.

    border: (n, 3) frame coordinates of outline voxels on the image border.
    """
    below = border[border[:, 2] < 0]
    if len(below):
        return float(np.ceil(below[:, 2].max() + CLEARANCE_MM))
    inside = np.flatnonzero(bone.inside.any(axis=(1, 2)))
    return float(np.ceil(bone.axis_mm(2)[inside[0]] + CLEARANCE_MM))


def neck_cut(bone: StraightBone, border: FloatArray, medial: int, lesser_z: float) -> Plane | None:
    """Smallest planar section of the neck with all bone of the image's proximal edge beyond it.

    None when no border voxel lies medially above the lesser trochanter (the head is complete).
    """
    inside = bone.points(bone.inside)
    m = inside[:, 0] * medial
    cut = border[(border[:, 2] > lesser_z) & (border[:, 0] * medial > 5)]
    if not len(cut):
        return None
    keep = inside[(m < 8) | (inside[:, 2] < lesser_z + 8)]
    best: tuple[float, Plane] | None = None
    for tilt in np.radians(np.arange(20, 81, 5)):
        for turned in np.radians(np.arange(-30, 31, 10)):
            normal = np.array(
                [medial * np.sin(tilt) * np.cos(turned), np.sin(tilt) * np.sin(turned), np.cos(tilt)]
            )
            low = float((keep @ normal).max()) + SPACING_MM
            high = float((cut @ normal).min()) - CLEARANCE_MM
            for level in np.arange(low, high, 1.0):
                area = float((np.abs(inside @ normal - level) < 0.5).sum()) * SPACING_MM**2
                if area > 50 and (best is None or area < best[0]):
                    section = inside[np.abs(inside @ normal - level) < 0.5]
                    best = (area, plane(bone.frame, section.mean(axis=0), normal))
    return best[1] if best else None
