"""Image values at points, and the part of the image that a search needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume


def values_at(volume: Volume, points_mm: FloatArray) -> FloatArray:
    """Trilinear HU (...,) float32 at LPS points (..., 3); the nearest voxel's beyond the image."""
    index = np.moveaxis(volume.grid.lps_to_index(points_mm)[..., ::-1], -1, 0)
    out: FloatArray = ndimage.map_coordinates(volume.array, index, output=np.float32, order=1, mode="nearest")
    return out


def values_on_rays(volume: Volume, points_mm: FloatArray, rays: FloatArray, rho_mm: FloatArray) -> FloatArray:
    """`values_at` (n, m, k) of points_mm (n, 3) + rho_mm (k,) * rays (n, m, 3), unit directions in LPS."""
    start = volume.grid.lps_to_index(points_mm)
    turned = volume.grid.lps_to_index(points_mm[:, None] + rays) - start[:, None]
    index = np.empty((3, *rays.shape[:2], len(rho_mm)))
    for axis in range(3):
        np.multiply(turned[..., 2 - axis, None], rho_mm, out=index[axis])
        index[axis] += start[:, None, None, 2 - axis]
    out: FloatArray = ndimage.map_coordinates(volume.array, index, output=np.float32, order=1, mode="nearest")
    return out


def inside_image(volume: Volume, points_mm: FloatArray, margin_mm: float = 0.0) -> npt.NDArray[np.bool_]:
    """Which LPS points (..., 3) lie at least margin_mm inside the outermost voxel centres."""
    index = volume.grid.lps_to_index(points_mm)
    room = margin_mm / volume.grid.spacing_mm
    last = np.array(volume.grid.shape[::-1]) - 1
    out: npt.NDArray[np.bool_] = ((index >= room - 1e-6) & (index <= last - room + 1e-6)).all(axis=-1)
    return out


@dataclass(frozen=True, eq=False)
class Box:
    """Part of an image. low: (3,) index (k, j, i) of its first voxel. array: HU [k, j, i]."""

    low: npt.NDArray[np.intp]
    array: npt.NDArray[Any]
    volume: Volume

    @property
    def spacing_kji(self) -> FloatArray:
        """Voxel size along k, j, i."""
        out: FloatArray = self.volume.grid.spacing_mm[::-1]
        return out

    def index(self, point_mm: npt.ArrayLike) -> tuple[int, ...]:
        """(k, j, i) in the box of the voxel that holds an LPS point."""
        kji = np.rint(self.volume.grid.lps_to_index(point_mm)[::-1]).astype(int) - self.low
        return tuple(int(v) for v in np.clip(kji, 0, np.array(self.array.shape) - 1))

    def lps(self, kji: npt.ArrayLike) -> FloatArray:
        """LPS (n, 3) of voxels (n, 3) of the box."""
        return self.volume.grid.index_to_lps((np.asarray(kji) + self.low)[:, ::-1])


def box_round(volume: Volume, points_mm: FloatArray, room_mm: float) -> Box:
    """The voxels up to room_mm round the points (n, 3)."""
    index = volume.grid.lps_to_index(points_mm)[:, ::-1]
    room = room_mm / volume.grid.spacing_mm[::-1]
    low = np.clip(np.floor(index.min(0) - room), 0, None).astype(int)
    high = np.minimum(np.ceil(index.max(0) + room).astype(int) + 1, volume.grid.shape)
    return Box(low, volume.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], volume)


def ball_values(volume: Volume, point_mm: npt.ArrayLike, radius_mm: float) -> tuple[FloatArray, FloatArray]:
    """HU (n,) and LPS centres (n, 3) of the voxels within radius_mm of a point."""
    point = np.asarray(point_mm, float)
    box = box_round(volume, point[None], radius_mm)
    kji = np.argwhere(np.ones(box.array.shape, bool))
    centres = box.lps(kji)
    near = ((centres - point) ** 2).sum(1) <= radius_mm**2
    return box.array.reshape(-1)[near].astype(float), centres[near]
