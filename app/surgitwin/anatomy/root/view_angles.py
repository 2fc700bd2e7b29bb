"""C-arm angles that look along the annulus plane.

The detector of a C-arm at (primary, secondary) lies in direction (sin p cos s, -cos p cos s, sin s) of LPS:
LAO (+) turns it to the patient's left, cranial (+) towards the head.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray

PRIMARY_DEG = np.arange(-90.0, 91.0, 2.0)


def detector_direction(primary_deg: npt.ArrayLike, secondary_deg: npt.ArrayLike) -> FloatArray:
    """(..., 3) unit LPS direction from the patient to the detector."""
    p, s = np.radians(np.asarray(primary_deg, float)), np.radians(np.asarray(secondary_deg, float))
    p, s = np.broadcast_arrays(p, s)
    return np.stack([np.sin(p) * np.cos(s), -np.cos(p) * np.cos(s), np.sin(s)], axis=-1)


def angles_of(direction: FloatArray) -> tuple[float, float]:
    """(primary, secondary) degrees of a view along `direction` or against it, detector in front."""
    d = direction / np.linalg.norm(direction)
    if d[1] > 0:
        d = -d
    return float(np.degrees(np.arctan2(d[0], -d[1]))), float(np.degrees(np.arcsin(np.clip(d[2], -1, 1))))


def view_curve(normal: FloatArray) -> FloatArray:
    """(k, 2) LAO/RAO and cranial/caudal degrees of all views that see the plane with this normal edge-on."""
    p = np.radians(PRIMARY_DEG)
    flat = normal[0] * np.sin(p) - normal[1] * np.cos(p)
    with np.errstate(divide="ignore"):
        secondary = np.degrees(np.arctan(-flat / normal[2]))
    return np.column_stack([PRIMARY_DEG, secondary])


def three_cusp_view(left: FloatArray, right: FloatArray, non: FloatArray) -> tuple[float, float]:
    """The view along the plane with the right cusp midway between the left and the non-coronary one."""
    return _view(right - (left + non) / 2, left, right, non)


def cusp_overlap_view(left: FloatArray, right: FloatArray, non: FloatArray) -> tuple[float, float]:
    """The view along the plane in which the left and the right cusp lie behind each other."""
    return _view(right - left, left, right, non)


def _view(along: FloatArray, *hinges: FloatArray) -> tuple[float, float]:
    normal = np.cross(hinges[1] - hinges[0], hinges[2] - hinges[0])
    normal /= np.linalg.norm(normal)
    return angles_of(along - normal * (along @ normal))
