"""What a pixel of a view means in the patient: slices and 3D cameras as plain values, for hits and drags.

Pixels are (x to the right, y down) from the top left of the view, in any unit that is used throughout
(device or logical pixels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly

PARALLEL_SIN = 1e-6
"""Numerical setting: below this sine of the angle a ray counts as parallel to an axis or a plane."""


@dataclass(frozen=True, eq=False)
class Ray:
    """Line of sight: origin_mm (3,) LPS, direction (3,) unit vector away from the eye."""

    origin_mm: FloatArray
    direction: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin_mm", readonly(self.origin_mm, np.float64))
        d = np.asarray(self.direction, float)
        object.__setattr__(self, "direction", readonly(d / np.linalg.norm(d), np.float64))

    def along(self, point_mm: FloatArray, axis: FloatArray) -> float | None:
        """Distance (mm) along the line from `point_mm` in unit direction `axis` where the ray comes nearest.

        None when the ray runs along the axis, so that no place on it is nearest.
        """
        w = np.asarray(point_mm, float) - self.origin_mm
        b = float(axis @ self.direction)
        if 1 - b * b < PARALLEL_SIN**2:
            return None
        return float((b * (self.direction @ w) - axis @ w) / (1 - b * b))

    def on_plane(self, point_mm: FloatArray, normal: FloatArray) -> FloatArray | None:
        """Where the line of sight meets a plane, (3,) LPS mm; None when it runs along it."""
        slope = float(self.direction @ normal)
        if abs(slope) < PARALLEL_SIN:
            return None
        at = float((np.asarray(point_mm, float) - self.origin_mm) @ normal) / slope
        out: FloatArray = self.origin_mm + at * self.direction
        return out


class Screen(Protocol):
    """A view that handles are drawn on and dragged in."""

    @property
    def right(self) -> FloatArray:
        """Unit LPS vector to the right of the screen."""
        ...

    @property
    def down(self) -> FloatArray:
        """Unit LPS vector down the screen."""
        ...

    def eye(self, point_mm: npt.ArrayLike) -> FloatArray:
        """Unit vector from a point (3,) towards the eye."""
        ...

    def ray(self, px: npt.ArrayLike) -> Ray:
        """Line of sight through a pixel (2,)."""
        ...

    def project(self, points_mm: npt.ArrayLike) -> FloatArray:
        """(..., 2) pixels of (..., 3) LPS points."""
        ...

    def mm_per_px(self, point_mm: npt.ArrayLike) -> float:
        """Size of a pixel at the depth of a point (3,)."""
        ...


@dataclass(frozen=True, eq=False)
class SliceScreen:
    """A slice. corner_mm: LPS of pixel (0, 0); right, down: unit directions; pixel_mm: size of a pixel."""

    corner_mm: FloatArray
    right: FloatArray
    down: FloatArray
    pixel_mm: float

    def __post_init__(self) -> None:
        for name in ("corner_mm", "right", "down"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    @property
    def normal(self) -> FloatArray:
        """Unit vector into the screen."""
        out: FloatArray = np.cross(self.right, self.down)
        return out

    def eye(self, point_mm: npt.ArrayLike) -> FloatArray:
        """Unit vector towards the eye, the same everywhere."""
        return -self.normal

    def ray(self, px: npt.ArrayLike) -> Ray:
        """Square to the slice, starting on it."""
        x, y = (float(v) for v in np.asarray(px, float))
        return Ray(self.corner_mm + (x * self.right + y * self.down) * self.pixel_mm, self.normal)

    def project(self, points_mm: npt.ArrayLike) -> FloatArray:
        """(..., 2) pixels of points, square to the slice."""
        d = (np.asarray(points_mm, float) - self.corner_mm) / self.pixel_mm
        return np.stack([d @ self.right, d @ self.down], axis=-1)

    def mm_per_px(self, point_mm: npt.ArrayLike) -> float:
        """The same everywhere."""
        return self.pixel_mm


@dataclass(frozen=True, eq=False)
class CameraScreen:
    """A 3D view of `size` (width, height) px.

    eye_mm, focus_mm (3,) LPS; up: any direction that is up on the screen. half_height_mm: half of what the
    view shows from top to bottom (parallel projection), or None with view_angle_deg (perspective).
    """

    eye_mm: FloatArray
    focus_mm: FloatArray
    up: FloatArray
    size: tuple[int, int]
    half_height_mm: float | None
    view_angle_deg: float = 30.0

    def __post_init__(self) -> None:
        for name in ("eye_mm", "focus_mm", "up"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))
        towards = self.eye_mm - self.focus_mm
        if not float(np.linalg.norm(towards)) > 0 or not np.linalg.norm(np.cross(self.up, towards)) > 0:
            raise ValueError(
                "a camera needs an eye apart from its focus and an up that is not its line of sight"
            )

    @property
    def back(self) -> FloatArray:
        """Unit vector from the focus to the eye."""
        d = self.eye_mm - self.focus_mm
        out: FloatArray = d / np.linalg.norm(d)
        return out

    @property
    def right(self) -> FloatArray:
        """Unit vector to the right of the screen."""
        d = np.cross(self.up, self.back)
        out: FloatArray = d / np.linalg.norm(d)
        return out

    @property
    def down(self) -> FloatArray:
        """Unit vector down the screen."""
        out: FloatArray = -np.cross(self.back, self.right)
        return out

    def eye(self, point_mm: npt.ArrayLike) -> FloatArray:
        """Unit vector from a point towards the eye."""
        if self.half_height_mm is not None:
            return self.back
        d = self.eye_mm - np.asarray(point_mm, float)
        out: FloatArray = d / np.linalg.norm(d)
        return out

    def ray(self, px: npt.ArrayLike) -> Ray:
        """Parallel to the line of sight, or from the eye through the pixel."""
        x, y = (np.asarray(px, float) - np.array(self.size) / 2) / (self.size[1] / 2)
        across = x * self.right + y * self.down
        if self.half_height_mm is not None:
            return Ray(self.eye_mm + across * self.half_height_mm, -self.back)
        return Ray(self.eye_mm, across * np.tan(np.radians(self.view_angle_deg) / 2) - self.back)

    def project(self, points_mm: npt.ArrayLike) -> FloatArray:
        """(..., 2) pixels of points; points behind the eye of a perspective camera give nan."""
        d = np.asarray(points_mm, float) - self.eye_mm
        half = self._half_height(-(d @ self.back))
        x, y = (d @ v / half * (self.size[1] / 2) for v in (self.right, self.down))
        return np.stack([x + self.size[0] / 2, y + self.size[1] / 2], axis=-1)

    def mm_per_px(self, point_mm: npt.ArrayLike) -> float:
        """Size of a pixel at the depth of a point."""
        depth = float((self.eye_mm - np.asarray(point_mm, float)) @ self.back)
        return float(self._half_height(np.array(depth))) * 2 / self.size[1]

    def _half_height(self, depth_mm: FloatArray) -> FloatArray:
        if self.half_height_mm is not None:
            return np.full(np.shape(depth_mm), float(self.half_height_mm))
        depth = np.where(depth_mm > 0, depth_mm, np.nan)
        out: FloatArray = depth * np.tan(np.radians(self.view_angle_deg) / 2)
        return out
