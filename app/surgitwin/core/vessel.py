"""Vessels as plain geometry: a course through the image, the wall around it, and what a section measures.

Flow runs with increasing `s_mm`: from the left ventricle to the aorta, from proximal to distal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, content_hash, readonly


@dataclass(frozen=True, eq=False)
class Course:
    """A curve through a vessel with frames that turn as little as possible.

    s_mm (n,): arc length, rising with the flow. points_mm (n, 3): LPS. tangent, e1, e2 (n, 3): unit vectors,
    right-handed (e1 x e2 = tangent); angle 0 of a section points along e1, 90 degrees along e2.
    """

    s_mm: FloatArray
    points_mm: FloatArray
    tangent: FloatArray
    e1: FloatArray
    e2: FloatArray

    def __post_init__(self) -> None:
        n = len(self.s_mm)
        object.__setattr__(self, "s_mm", readonly(self.s_mm, np.float64))
        for name in ("points_mm", "tangent", "e1", "e2"):
            value = readonly(getattr(self, name), np.float64)
            if value.shape != (n, 3):
                raise ValueError(f"Course.{name} must have shape ({n}, 3)")
            object.__setattr__(self, name, value)
        if n < 2 or not (np.diff(self.s_mm) > 0).all():
            raise ValueError("Course.s_mm must rise and hold two values or more")

    @property
    def length_mm(self) -> float:
        """Arc length from the first to the last point."""
        return float(self.s_mm[-1] - self.s_mm[0])

    def frames_at(self, s_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Points (k, 3), tangents, e1 and e2 at arc lengths (k,), linear between samples and orthonormal."""
        s = np.atleast_1d(np.asarray(s_mm, float))
        points, tangent, e1 = (
            np.stack([np.interp(s, self.s_mm, a[:, c]) for c in range(3)], axis=1)
            for a in (self.points_mm, self.tangent, self.e1)
        )
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        e1 -= tangent * np.einsum("ij,ij->i", e1, tangent)[:, None]
        e1 /= np.linalg.norm(e1, axis=1, keepdims=True)
        return points, tangent, e1, np.cross(tangent, e1)


@dataclass(frozen=True, eq=False)
class LumenTube:
    """The inner wall of a vessel as radii around its course.

    radius_mm (n, m): from the course to the wall at station i and angle 2 pi j / m. calcified (n, m): True
    where calcium lies against the lumen. Sections may overlap in strong bends; users check `overlaps`.
    """

    course: Course
    radius_mm: FloatArray
    calcified: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        radius = readonly(self.radius_mm, np.float64)
        if radius.ndim != 2 or len(radius) != len(self.course.s_mm) or not (radius > 0).all():
            raise ValueError("LumenTube.radius_mm must be positive and of shape (stations, angles)")
        object.__setattr__(self, "radius_mm", radius)
        if self.calcified is not None:
            object.__setattr__(self, "calcified", readonly(self.calcified, bool))

    @property
    def angles(self) -> FloatArray:
        """(m,) radians."""
        m = self.radius_mm.shape[1]
        out: FloatArray = 2 * np.pi * np.arange(m) / m
        return out

    @cached_property
    def rays(self) -> FloatArray:
        """(n, m, 3) unit directions from the course to the wall; read-only."""
        c, s = np.cos(self.angles), np.sin(self.angles)
        return readonly(
            self.course.e1[:, None] * c[:, None] + self.course.e2[:, None] * s[:, None], np.float64
        )

    @cached_property
    def wall_mm(self) -> FloatArray:
        """(n, m, 3) points of the inner wall, LPS; read-only."""
        return readonly(self.course.points_mm[:, None] + self.rays * self.radius_mm[..., None], np.float64)

    @property
    def area_mm2(self) -> FloatArray:
        """(n,) areas of the sections perpendicular to the course."""
        r = self.radius_mm
        turn = math.sin(2 * math.pi / r.shape[1])
        out: FloatArray = 0.5 * turn * np.sum(r * np.roll(r, -1, axis=1), axis=1)
        return out

    @property
    def diameter_mm(self) -> FloatArray:
        """(n,) diameters of the circles of the same area."""
        return 2 * np.sqrt(self.area_mm2 / np.pi)

    def between(self, start_mm: float, end_mm: float) -> LumenTube:
        """The stations with start_mm <= s <= end_mm (at least two, else ValueError)."""
        keep = (self.course.s_mm >= start_mm - 1e-9) & (self.course.s_mm <= end_mm + 1e-9)
        c = self.course
        course = Course(c.s_mm[keep], c.points_mm[keep], c.tangent[keep], c.e1[keep], c.e2[keep])
        flags = None if self.calcified is None else self.calcified[keep]
        return LumenTube(course, self.radius_mm[keep], flags)

    @property
    def overlaps(self) -> bool:
        """Whether neighbouring sections cut each other inside the wall (the bend is tighter than the
        lumen).
        """
        step = np.einsum("ijk,ik->ij", np.diff(self.wall_mm, axis=0), self.course.tangent[:-1])
        return bool((step <= 0).any())

    @property
    def hash(self) -> str:
        """Hash of course and radii."""
        return content_hash(self.course, self.radius_mm, self.calcified)


@dataclass(frozen=True)
class SectionMeasure:
    """What one closed plane section measures. mm, mm2.

    min_diameter_mm, max_diameter_mm: smallest and largest caliper width. area_diameter_mm: 2 sqrt(A/pi).
    perimeter_diameter_mm: P/pi. eccentricity: 1 - min/max (physics.md 3.3).
    """

    area_mm2: float
    perimeter_mm: float
    min_diameter_mm: float
    max_diameter_mm: float

    @property
    def area_diameter_mm(self) -> float:
        """Diameter of the circle of this area."""
        return 2 * math.sqrt(self.area_mm2 / math.pi)

    @property
    def perimeter_diameter_mm(self) -> float:
        """Diameter of the circle of this perimeter."""
        return self.perimeter_mm / math.pi

    @property
    def eccentricity(self) -> float:
        """1 - min/max: 0 for a circle."""
        return 1 - self.min_diameter_mm / self.max_diameter_mm


def measure_section(points_mm: FloatArray, angles: int = 180) -> SectionMeasure:
    """Measures of a closed polygon (m, 3) that lies in a plane; its last point is not the first again."""
    points = np.asarray(points_mm, float)
    centre = points.mean(0)
    _, _, axes = np.linalg.svd(points - centre, full_matrices=False)
    flat = (points - centre) @ axes[:2].T
    ahead = np.roll(flat, -1, axis=0)
    area = 0.5 * abs(float(np.sum(flat[:, 0] * ahead[:, 1] - flat[:, 1] * ahead[:, 0])))
    turn = np.pi * np.arange(angles) / angles
    width = np.ptp(flat @ np.stack([np.cos(turn), np.sin(turn)]), axis=0)
    perimeter = float(np.linalg.norm(ahead - flat, axis=1).sum())
    return SectionMeasure(area, perimeter, float(width.min()), float(width.max()))


@dataclass(frozen=True, eq=False)
class Calcium:
    """Calcified voxels of a vessel. points_mm (k, 3): their centres, LPS. voxel_mm3: volume of one.

    volumes_mm3: by rule ("fixed 850 HU", "lumen + 100 HU") the whole volume. threshold_HU: the one of
    `points_mm`. regions_mm3: volume of `points_mm` by region (for a root: cusps and outflow tract), {} when
    not divided.
    """

    points_mm: FloatArray
    voxel_mm3: float
    threshold_HU: float
    volumes_mm3: dict[str, float] = field(default_factory=dict)
    regions_mm3: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_mm", readonly(np.reshape(self.points_mm, (-1, 3)), np.float64))


@dataclass(frozen=True)
class Notice:
    """Something in the image that the user must know. point_mm: where, LPS, None without one place."""

    code: str
    message: str
    point_mm: tuple[float, float, float] | None = None
