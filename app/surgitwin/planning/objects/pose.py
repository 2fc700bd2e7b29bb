"""Rigid poses of objects: moved, turned and put by numbers. 4x4, LPS mm; a pose never stretches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.frame import rotation_about
from surgitwin.core.image import ImageGrid
from surgitwin.planning.objects.record import OwnObject

AXES = {"x": 0, "y": 1, "z": 2}
"""LPS: x to the patient's left, y to the back, z to the head."""

STRAIGHT = 1e-3
"""Numerical setting: entries of R'R may differ so much from the identity: matrices come with four
decimals.
"""


def rigid(values: npt.ArrayLike, where: str = "--matrix") -> FloatArray:
    """A 4x4 from 16 numbers, row by row, its rotation made exactly orthonormal.

    Raises UsageError "object.not_rigid" for numbers that stretch, mirror or shear.
    """
    given = np.asarray(values, float)
    fault = ""
    if given.size != 16 or not np.isfinite(given).all():
        fault = f"A matrix has 16 numbers, row by row, not {given.size}."
        if given.size == 16:
            fault = "A matrix cannot hold infinite or missing numbers."
    else:
        m = given.reshape(4, 4)
        turn = m[:3, :3]
        if not np.allclose(m[3], (0, 0, 0, 1), rtol=0, atol=1e-9):
            fault = f"The last row of the matrix is {' '.join(f'{v:g}' for v in m[3])}, not 0 0 0 1."
        elif np.abs(turn.T @ turn - np.eye(3)).max() > STRAIGHT:
            fault = "The matrix stretches or shears: an implant keeps its size and form."
        elif np.linalg.det(turn) < 0:
            fault = "The matrix mirrors: a left implant would become a right one."
    if fault:
        raise UsageError(
            "object.not_rigid",
            fault,
            hint="Give a rotation and a shift, in LPS mm, as 16 numbers row by row.",
            where=where,
        )
    u, _, v = np.linalg.svd(turn)
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = u @ v, m[:3, 3]
    return out


def moved(own: OwnObject, mm: npt.ArrayLike) -> OwnObject:
    """Shifted by `mm` (3,) in LPS."""
    m = own.matrix
    m[:3, 3] += np.asarray(mm, float)
    return own.placed(m)


def turned(own: OwnObject, axis: str, degrees: float) -> OwnObject:
    """Turned about an axis of the patient ("x", "y", "z") through its own middle, right hand."""
    middle = own.middle_mm
    turn = rotation_about(np.eye(3)[AXES[axis]], np.radians(degrees))
    m = own.matrix
    m[:3, :3] = turn @ m[:3, :3]
    m[:3, 3] = turn @ (m[:3, 3] - middle) + middle
    return own.placed(m)


def put(own: OwnObject, point_mm: npt.ArrayLike) -> OwnObject:
    """With its middle at a point (3,), LPS mm."""
    return moved(own, np.asarray(point_mm, float) - own.middle_mm)


def angles_deg(own: OwnObject) -> tuple[float, float, float]:
    """Turns about x, then y, then z (fixed axes of the patient) that make up the pose, degrees."""
    r = own.matrix[:3, :3]
    y = float(np.arcsin(np.clip(-r[2, 0], -1, 1)))
    if abs(r[2, 0]) > 1 - 1e-9:  # x and z turn about the same line: all of it is given to z
        return 0.0, float(np.degrees(y)), float(np.degrees(np.arctan2(-r[0, 1], r[1, 1])))
    x, z = np.arctan2(r[2, 1], r[2, 2]), np.arctan2(r[1, 0], r[0, 0])
    return float(np.degrees(x)), float(np.degrees(y)), float(np.degrees(z))


def with_angles(own: OwnObject, degrees: Sequence[float]) -> OwnObject:
    """Turned to `angles_deg`, its middle where it is."""
    middle, m = own.middle_mm, np.eye(4)
    for axis, angle in zip(np.eye(3), degrees, strict=True):
        m[:3, :3] = rotation_about(axis, np.radians(angle)) @ m[:3, :3]
    return put(own.placed(m), middle)


def diagonal_mm(grid: ImageGrid) -> float:
    """Length of the longest line in an image, mm: nothing that lies in it is longer."""
    return float(np.linalg.norm(np.array(grid.shape[::-1]) * grid.spacing_mm))


def size_note(size_mm: Sequence[float], longest_mm: float) -> str:
    """What is odd about a size against the image's `diagonal_mm`; "" when it fits."""
    if max(size_mm) <= longest_mm:
        return ""
    return (
        f"It is {max(size_mm):.0f} mm long, longer than anything in the image ({longest_mm:.0f} mm): "
        "check the unit."
    )


def place_note(own: OwnObject, grid: ImageGrid, next_step: bool = True) -> str:
    """What is odd about where an object lies, with the next step; "" when its middle is in the image."""
    index = grid.lps_to_index(own.middle_mm)
    if ((index >= -0.5) & (index <= np.array(grid.shape[::-1]) - 0.5)).all():
        return ""
    if not next_step:
        return "Its middle lies outside the image."
    return (
        "Its middle lies outside the image: check unit and frame, or put it somewhere with "
        "`surgitwin object place`."
    )
