"""Star-convex surfaces: one radius for each of many directions round a centre, and their smoothing on the
sphere.

The body of a vertebra is seen whole from its centre. Its edge is sought along rays, where HU falls from
cortex to soft tissue, and neighbouring rays must agree (robust low-pass on the sphere).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from surgitwin.core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Directions:
    """unit: (n, 3) unit vectors spread evenly over the sphere (golden spiral)."""

    unit: FloatArray

    @cached_property
    def tree(self) -> KDTree:
        """For the nearest directions of any vector."""
        return KDTree(self.unit)

    @lru_cache(maxsize=8)  # noqa: B019 - few sets of directions exist, all kept
    def kernel(self, width_rad: float) -> csr_array:
        """(n, n) sparse float32: Gaussian weights between directions up to three widths apart."""
        near = 2 * np.sin(min(3 * width_rad, np.pi) / 2)
        pairs = self.tree.sparse_distance_matrix(self.tree, near, output_type="ndarray")
        angle = 2 * np.arcsin(np.clip(pairs["v"] / 2, 0, 1))
        weight = np.exp(-(angle**2) / (2 * width_rad**2)).astype(np.float32)
        n = len(self.unit)
        return csr_array((weight, (pairs["i"], pairs["j"])), shape=(n, n))


@lru_cache(maxsize=4)
def directions(n: int) -> Directions:
    """`n` directions; kept, since every click uses the same ones."""
    i = np.arange(n) + 0.5
    polar, azimuth = np.arccos(1 - 2 * i / n), np.pi * (1 + 5**0.5) * i
    unit = [np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)]
    return Directions(np.stack(unit, -1))


@dataclass(frozen=True, eq=False)
class Star:
    """centre: (3,) mm. radii: (n,) mm along the n `rays`."""

    centre: FloatArray
    radii: FloatArray
    rays: Directions

    @property
    def points(self) -> FloatArray:
        """(n, 3) mm: the surface."""
        out: FloatArray = self.centre + self.rays.unit * self.radii[:, None]
        return out

    def radius_towards(self, vectors: FloatArray) -> FloatArray:
        """(m,) mm: the surface's distance from the centre along (m, 3) vectors, from the four nearest
        rays.
        """
        length = np.linalg.norm(vectors, axis=-1, keepdims=True)
        gap, ray = self.rays.tree.query(vectors / np.maximum(length, 1e-6), k=4)
        weight = 1 / (gap + 1e-3)
        out: FloatArray = (self.radii[ray] * weight).sum(1) / weight.sum(1)
        return out

    def on(self, rays: Directions) -> Star:
        """The same surface along other rays."""
        return Star(self.centre, self.radius_towards(rays.unit), rays)

    def recentred(self) -> Star:
        """The same surface seen from the centroid of what it encloses."""
        cubes = (self.radii**3).sum()
        shift = 0.75 * (self.rays.unit * (self.radii**4)[:, None]).sum(0) / cubes
        return self.seen_from(self.centre + shift)

    def seen_from(self, centre: FloatArray) -> Star:
        """The same surface with its radii measured from another centre (3,) within it."""
        seen = self.points - centre
        length = np.linalg.norm(seen, axis=1)
        tree = KDTree(seen / length[:, None])
        gap, near = tree.query(self.rays.unit, k=3)
        weight = 1 / (gap + 1e-3)
        radii = (length[near] * weight).sum(1) / weight.sum(1)
        return Star(centre, radii, self.rays)

    def inside(self, points: FloatArray) -> npt.NDArray[np.bool_]:
        """(...) bool: which of the (..., 3) points the surface encloses."""
        flat = (points - self.centre).reshape(-1, 3)
        length = np.linalg.norm(flat, axis=1)
        out = np.zeros(len(flat), bool)
        near = np.flatnonzero(length < self.radii.max())
        out[near] = length[near] < self.radius_towards(flat[near])
        return out.reshape(points.shape[:-1])


def agree(values: FloatArray, weights: FloatArray, kernel: csr_array, scale_mm: float) -> FloatArray:
    """Robust low-pass of `values` (..., n) on the sphere: reweighted means, outliers beyond scale_mm count
    less.
    """
    values, weights = values.astype(np.float32), weights.astype(np.float32)
    trust, mean = np.ones_like(values), values
    for _ in range(8):
        w = weights * trust
        mean = (kernel @ (w * values).T).T / (kernel @ w.T).T
        trust = 1 / (1 + ((values - mean) / scale_mm) ** 2)
    return mean
