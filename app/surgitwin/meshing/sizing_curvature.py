"""Element sizes that follow a surface: small near it, and smaller where it bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.distance import point_distance
from surgitwin.meshing.sizing import DistanceFunction
from surgitwin.meshing.walls.normals import point_normals

SMOOTHINGS = 3
"""Numerical setting: rounds of averaging the curvature over neighbours; that of single points is mostly
noise.
"""


def to_surface(surface: SurfaceMesh) -> DistanceFunction:
    """Distance in mm from a surface, for `Refinement(at=...)`: elements that are small near an implant or
    wall.
    """
    return lambda points: np.abs(point_distance(points, surface))


@dataclass(frozen=True, eq=False)
class CurvatureSize:
    """Wanted sizes size_mm (n,) at points_mm (n, 3), growing by `growth` mm per mm away from them."""

    points_mm: FloatArray
    size_mm: FloatArray
    growth: float

    def __post_init__(self) -> None:
        for name in ("points_mm", "size_mm"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    def __call__(self, points_mm: FloatArray) -> FloatArray:
        """(n,) wanted element size in mm at (n, 3) points: of the nearest point of the surface, and its
        distance.
        """
        away, at = cKDTree(self.points_mm).query(points_mm)
        out: FloatArray = self.size_mm[at] + self.growth * away
        return out


def curvature_size(
    surface: SurfaceMesh, per_radius: float, least_mm: float, most_mm: float, growth: float = 0.3
) -> CurvatureSize:
    """Edges of a radius of curvature over `per_radius`, between least_mm and most_mm, at the surface.

    Two elements to the radius keep straight edges within 3 % of it (the sagitta of a chord of half a radius).
    Raises InputError "mesh.size_range".
    """
    if not (per_radius > 0 and 0 < least_mm <= most_mm and growth > 0):
        raise InputError(
            "mesh.size_range",
            f"Sizes of {least_mm:g} to {most_mm:g} mm, {per_radius:g} to a radius, growing by {growth:g}, "
            f"do not fit.",
            hint="Give positive numbers, the least size not above the largest.",
            where="curvature_size",
        )
    curvature = point_curvature(surface)
    size = np.clip(1 / np.maximum(per_radius * curvature, 1e-9), least_mm, most_mm)
    return CurvatureSize(surface.points_mm, size, growth)


def point_curvature(surface: SurfaceMesh) -> FloatArray:
    """(n,) largest normal curvature in 1/mm at each point: turn of the normal over length along its edges."""
    normal = point_normals(surface)
    pairs = surface.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    a, b = pairs.T
    length = np.linalg.norm(surface.points_mm[a] - surface.points_mm[b], axis=1)
    bend = np.linalg.norm(normal[a] - normal[b], axis=1) / np.maximum(length, 1e-12)
    out = np.zeros(len(normal))
    for side in (a, b):
        np.maximum.at(out, side, bend)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    count = np.bincount(both[:, 0], minlength=len(out)) + 1
    for _ in range(SMOOTHINGS):
        out = (out + np.bincount(both[:, 0], out[both[:, 1]], minlength=len(out))) / count
    return out
