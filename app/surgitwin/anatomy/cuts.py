"""Where the bone is cut: across the shaft inside the image, and through the neck when the image cuts it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.distal import lowest_solid_section
from surgitwin.anatomy.straight import SPACING_MM, StraightBone
from surgitwin.anatomy.tables import rule
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Frame, Plane, rotation_about

CLEARANCE_MM = 2.0
"""Numerical setting: distance of a cut from bone that the image border cuts (most of a thick slice)."""
SHAFT_START_MM = -40.0
"""Numerical setting: height at which the bone surely is shaft (below the lesser trochanter)."""
NECK_BASE_MM = 8.0
"""Numerical setting: bone less medial than this, or less above the lesser trochanter, is trochanteric."""
JUNCTION_MM = 20.0
"""Numerical setting: the head ends this far before its centre (radius 25.4 mm, neck 34.3 mm thick there)."""
TILT_DEG = 20
"""Numerical setting: largest tilt of the cut against the square section of the neck."""
MIN_NECK_MM2 = 200.0
"""Numerical setting: a smaller section is a splinter, no neck."""


def plane(frame: Frame, point: npt.ArrayLike, normal: npt.ArrayLike) -> Plane:
    """Plane in LPS from a point and a normal in the frame."""
    return Plane(frame.to_lps(point), frame.vector_to_lps(normal))


def distal_cut(border: FloatArray, bone: StraightBone) -> float:
    """Height z (mm) in the bone frame of the distal cut, square to the axis.

    It lies CLEARANCE_MM above the highest bone that the image border cuts distally; where the image shows
    the distal end, CLEARANCE_MM above the lowest section without a notch (over the condyles).
    border: (n, 3) frame coordinates of outline voxels on the image border.
    """
    below = border[border[:, 2] < 0]
    if len(below):
        return float(np.ceil(below[:, 2].max() + CLEARANCE_MM))
    return float(np.ceil(lowest_solid_section(bone, SHAFT_START_MM) + CLEARANCE_MM))


def neck_cut(bone: StraightBone, border: FloatArray, head: FloatArray, medial: int) -> Plane | None:
    """Smallest planar section between head and trochanters, with both trochanters on the kept side.

    head: (3,) head centre in the bone frame; medial: sign of x that points medially. Planes are searched
    between the head-neck junction and the trochanters, within TILT_DEG of square to the line that the
    neck takes to the head. None when the image's border cuts no bone medially (the head is complete).
    Raises GeometryError "anatomy.no_neck_cut".
    """
    if not ((border[:, 0] * medial > NECK_BASE_MM) & (border[:, 2] > NECK_BASE_MM)).any():
        return None
    inside = bone.points(bone.inside)
    kept = inside[(inside[:, 0] * medial < NECK_BASE_MM) | (inside[:, 2] < NECK_BASE_MM)]
    best: tuple[float, FloatArray, FloatArray] | None = None
    for normal in _neck_normals(head):
        reach = inside @ normal
        low = float((kept @ normal).max()) + SPACING_MM
        high = float(head @ normal) - JUNCTION_MM
        for level in np.arange(low, high, 1.0):
            section = inside[np.abs(reach - level) < 0.5 * SPACING_MM]
            if len(section) >= MIN_NECK_MM2 and (best is None or len(section) < best[0]):
                best = (len(section), section.mean(axis=0), normal)
    if best is None:
        raise GeometryError(
            "anatomy.no_neck_cut",
            "No plane through the neck keeps both trochanters inside the image.",
            hint="The image must show the femur up to the base of its neck.",
            where="neck",
        )
    return plane(bone.frame, best[1], best[2])


def _neck_normals(head: FloatArray) -> list[FloatArray]:
    across = head * [1, 1, 0] / np.hypot(head[0], head[1])
    up = np.array([0.0, 0.0, 1.0])
    angles = np.radians(np.arange(-TILT_DEG, TILT_DEG + 1, 5))
    middle = np.radians(180 - rule("neck_shaft_angle_deg")[0])
    return [
        rotation_about(up, turn) @ (np.cos(middle + tilt) * up + np.sin(middle + tilt) * across)
        for tilt in angles
        for turn in angles
    ]
