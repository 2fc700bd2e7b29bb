"""Signed distance to a bone's outline on a grid: computed once, then thousands of points per millisecond.

A surface is sampled densely; each grid point takes the nearest sample, its sign from the interpolated
vertex normal and, close to the surface, its distance to the sample's tangent plane. Reading is
trilinear. With 2 mm spacing the error on a cylinder of 14 mm is below 0.1 mm (measured in the tests).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.frame import Frame
from surgitwin.core.mesh import SurfaceMesh

SAMPLE_MM = 1.2
"""Distance between surface samples: numerical setting near a triangle's size, so that a fine surface
needs one sample per triangle."""
PLANE_BELOW_MM = 4.0
"""Below this distance the tangent plane is closer to the truth than the nearest sample."""

FAR_SPACING_MM = 6.0
BAND_MM = 3.0
"""Grid points further from the surface than the sum of the two take a value interpolated from a coarse
grid: only far checks read them. Numerical settings."""


@dataclass(frozen=True, eq=False)
class DistanceGrid:
    """Signed distance (mm, negative inside) on a regular grid along the axes of `frame`.

    values: (nx, ny, nz); corner_mm: (3,) frame coordinates of values[0, 0, 0].
    """

    frame: Frame
    corner_mm: FloatArray
    spacing_mm: float
    values: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "corner_mm", readonly(self.corner_mm, np.float64))
        object.__setattr__(self, "values", readonly(self.values, np.float32))

    @classmethod
    def from_surface(
        cls, surface: SurfaceMesh, frame: Frame, spacing_mm: float = 2.0, margin_mm: float = 14.0
    ) -> DistanceGrid:
        """Grid around a closed surface with outward normals, `margin_mm` wider than it."""
        points = frame.from_lps(surface.points_mm)
        nearest = _Nearest(points, surface.triangles)
        low, high = points.min(axis=0) - margin_mm, points.max(axis=0) + margin_mm
        coarse = cls(frame, low, FAR_SPACING_MM, nearest.on_grid(low, high, FAR_SPACING_MM))
        shape = tuple(np.ceil((high - low) / spacing_mm).astype(int) + 1)
        grid = _grid_points(low, shape, spacing_mm)
        value = coarse.in_frame(grid)
        band = np.abs(value) < FAR_SPACING_MM + BAND_MM
        value[band] = nearest(grid[band])
        return cls(frame, low, spacing_mm, value.reshape(shape))

    def __call__(self, points_lps: npt.ArrayLike) -> FloatArray:
        """(...,) signed distance of (..., 3) LPS points."""
        return self.in_frame(self.frame.from_lps(points_lps))

    def in_frame(self, points: npt.ArrayLike) -> FloatArray:
        """(...,) signed distance of (..., 3) points in `frame`; outside the grid a lower estimate."""
        at = (np.asarray(points, float) - self.corner_mm) / self.spacing_mm
        top = np.array(self.values.shape) - 1.0
        inside = np.clip(at, 0, top)
        beyond = np.linalg.norm(at - inside, axis=-1) * self.spacing_mm
        value = map_coordinates(self.values, inside.reshape(-1, 3).T, order=1, mode="nearest")
        value = value.reshape(at.shape[:-1]).astype(float)
        # The surface lies in the grid's box, so that the way to it is at least this hypotenuse.
        out: FloatArray = np.where(beyond > 0, np.hypot(value, beyond), value)
        return out

    def crossings(
        self, start_lps: npt.ArrayLike, direction: npt.ArrayLike, length_mm: float, step_mm: float = 0.25
    ) -> tuple[FloatArray, FloatArray]:
        """Distances along a line at which it enters bone and at which it leaves bone.

        direction: unit (3,) LPS. A line that starts in bone has the entry 0; one that ends in bone has
        no exit for its last entry.
        """
        s = np.arange(0.0, length_mm + step_mm, step_mm)
        d = self(np.asarray(start_lps, float) + s[:, None] * np.asarray(direction, float))
        inside = d < 0
        change = np.flatnonzero(inside[1:] != inside[:-1])
        at = s[change] + step_mm * d[change] / (d[change] - d[change + 1])
        entries, exits = at[~inside[change]], at[inside[change]]
        if inside[0]:
            entries = np.concatenate([[0.0], entries])
        return entries, exits


class _Nearest:
    """Signed distance to a surface through a tree of samples on its triangles."""

    def __init__(self, points: FloatArray, triangles: IntArray) -> None:
        samples, self._plane, self._normal = _samples(points, triangles)
        self._samples = samples
        self._tree = cKDTree(samples)

    def __call__(self, points: FloatArray) -> FloatArray:
        away, at = self._tree.query(points)
        offset = points - self._samples[at]
        sign = np.where(np.einsum("ij,ij->i", offset, self._normal[at]) < 0, -1.0, 1.0)
        plane = np.abs(np.einsum("ij,ij->i", offset, self._plane[at]))
        near = (away < PLANE_BELOW_MM) & (away**2 - plane**2 < SAMPLE_MM**2)
        out: FloatArray = sign * np.where(near, plane, away)
        return out

    def on_grid(self, low: FloatArray, high: FloatArray, spacing_mm: float) -> FloatArray:
        shape = tuple(np.ceil((high - low) / spacing_mm).astype(int) + 1)
        out: FloatArray = self(_grid_points(low, shape, spacing_mm)).reshape(shape)
        return out


def _grid_points(low: FloatArray, shape: tuple[int, ...], spacing_mm: float) -> FloatArray:
    axes = [low[d] + spacing_mm * np.arange(shape[d]) for d in range(3)]
    out: FloatArray = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return out


def _samples(points: FloatArray, triangles: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Points spread over the triangles, their face normals and their interpolated vertex normals."""
    a, b, c = (points[triangles[:, n]] for n in range(3))
    area_normals = np.cross(b - a, c - a)
    vertex = np.zeros_like(points)
    for n in range(3):
        np.add.at(vertex, triangles[:, n], area_normals)
    vertex /= np.maximum(np.linalg.norm(vertex, axis=1, keepdims=True), 1e-300)
    face = area_normals / np.maximum(np.linalg.norm(area_normals, axis=1, keepdims=True), 1e-300)
    edge = np.sqrt(np.maximum(np.linalg.norm(area_normals, axis=1), 1e-12))
    parts = np.clip(np.ceil(edge / SAMPLE_MM).astype(int), 1, 40)
    found, planes, normals = [], [], []
    for n in np.unique(parts):
        mask = parts == n
        weights = _barycentric(int(n))
        corner = triangles[mask]
        found.append(np.einsum("sk,mkd->msd", weights, points[corner]).reshape(-1, 3))
        normals.append(np.einsum("sk,mkd->msd", weights, vertex[corner]).reshape(-1, 3))
        planes.append(np.repeat(face[mask], len(weights), axis=0))
    return np.concatenate(found), np.concatenate(planes), np.concatenate(normals)


def _barycentric(n: int) -> FloatArray:
    """Centroids of the n*n equal sub-triangles of a triangle, as barycentric weights (n*n, 3)."""
    up = [(i + 1 / 3, j + 1 / 3) for i in range(n) for j in range(n - i)]
    down = [(i + 2 / 3, j + 2 / 3) for i in range(n - 1) for j in range(n - 1 - i)]
    ij = np.array(up + down) / n
    return np.column_stack([ij, 1 - ij.sum(axis=1)])
