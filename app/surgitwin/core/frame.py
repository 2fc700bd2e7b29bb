"""Frames: rigid coordinate systems in patient coordinates, and the words medial and lateral.

`Frame` carries points between a local right-handed frame and LPS. The *bone frame* of a femur has
z proximal along the shaft, y anterior and x = y cross z, which points medially on a left femur and
laterally on a right one. `anatomical_to_frame` is the only place that knows this sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly

Side = Literal["left", "right"]
PlanSide = Literal["left", "right", "none"]
"""Of a plan: "none" where the anatomy has no sides (aortic root, an artery)."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Right-handed rigid frame.

    origin_mm: (3,) LPS. axes: (3, 3), *columns* are the local x, y, z axes as unit vectors in LPS.
    """

    origin_mm: FloatArray
    axes: FloatArray

    def __post_init__(self) -> None:
        origin = readonly(self.origin_mm, np.float64)
        axes = readonly(self.axes, np.float64)
        if origin.shape != (3,) or axes.shape != (3, 3):
            raise ValueError("Frame needs origin_mm (3,) and axes (3, 3)")
        if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-8) or np.linalg.det(axes) < 0:
            raise ValueError("Frame axes must be orthonormal and right-handed")
        object.__setattr__(self, "origin_mm", origin)
        object.__setattr__(self, "axes", axes)

    @classmethod
    def from_matrix(cls, matrix: npt.ArrayLike) -> Frame:
        """From a 4x4 local-to-LPS matrix."""
        m = np.asarray(matrix, float)
        return cls(m[:3, 3], m[:3, :3])

    @property
    def matrix(self) -> FloatArray:
        """4x4, local to LPS."""
        m = np.eye(4)
        m[:3, :3] = self.axes
        m[:3, 3] = self.origin_mm
        return m

    def to_lps(self, points: npt.ArrayLike) -> FloatArray:
        """(..., 3) local points to LPS."""
        out: FloatArray = np.asarray(points, float) @ self.axes.T + self.origin_mm
        return out

    def from_lps(self, points: npt.ArrayLike) -> FloatArray:
        """(..., 3) LPS points to local."""
        out: FloatArray = (np.asarray(points, float) - self.origin_mm) @ self.axes
        return out

    def vector_to_lps(self, vectors: npt.ArrayLike) -> FloatArray:
        """(..., 3) local directions to LPS."""
        out: FloatArray = np.asarray(vectors, float) @ self.axes.T
        return out

    def vector_from_lps(self, vectors: npt.ArrayLike) -> FloatArray:
        """(..., 3) LPS directions to local."""
        out: FloatArray = np.asarray(vectors, float) @ self.axes
        return out


@dataclass(frozen=True, eq=False)
class Plane:
    """point_mm (3,) and unit normal (3,), LPS."""

    point_mm: FloatArray
    normal: FloatArray

    def __post_init__(self) -> None:
        point = readonly(self.point_mm, np.float64)
        normal = np.asarray(self.normal, float)
        length = float(np.linalg.norm(normal))
        if point.shape != (3,) or normal.shape != (3,) or not length > 0:
            raise ValueError("Plane needs a point (3,) and a non-zero normal (3,)")
        object.__setattr__(self, "point_mm", point)
        object.__setattr__(self, "normal", readonly(normal / length, np.float64))

    def distance(self, points: npt.ArrayLike) -> FloatArray:
        """Signed distance (...,) in mm of (..., 3) points, positive on the side of the normal."""
        out: FloatArray = (np.asarray(points, float) - self.point_mm) @ self.normal
        return out


def medial_sign(side: Side) -> int:
    """+1 where the bone frame's x axis points medially (left femur), -1 on a right one."""
    if side not in ("left", "right"):
        raise ValueError(f"side must be 'left' or 'right', not {side!r}")
    return 1 if side == "left" else -1


def anatomical_to_frame(medial_anterior_proximal: npt.ArrayLike, side: Side) -> FloatArray:
    """(..., 3) components (medial, anterior, proximal) to bone-frame x, y, z (its own inverse)."""
    v = np.array(medial_anterior_proximal, float)
    v[..., 0] *= medial_sign(side)
    return v


def frame_to_anatomical(xyz: npt.ArrayLike, side: Side) -> FloatArray:
    """(..., 3) bone-frame components to (medial, anterior, proximal)."""
    return anatomical_to_frame(xyz, side)


def rotation_about(axis: npt.ArrayLike, angle_rad: float) -> FloatArray:
    """3x3 rotation by `angle_rad` about the unit direction of `axis` (Rodrigues)."""
    k: npt.NDArray[Any] = np.asarray(axis, float)
    k = k / np.linalg.norm(k)
    cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    out: FloatArray = np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * cross @ cross
    return out
