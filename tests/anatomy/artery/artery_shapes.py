"""Small images of straight and bent tubes for tests of what can be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from surgitwin.core.image import ImageGrid, Volume

VOXEL_MM = 0.5
LUMEN_HU, SOFT_HU = 400.0, 50.0
Tube = tuple[Sequence[Sequence[float]], float, float]
"""Corner points mm, radius mm, HU."""


def line(points: Sequence[Sequence[float]], step: float = 0.1) -> np.ndarray:
    """Points every `step` mm along straight pieces."""
    corners = np.asarray(points, float)
    parts = [
        np.linspace(a, b, max(2, int(np.linalg.norm(b - a) / step)), endpoint=False)
        for a, b in pairwise(corners)
    ]
    return np.concatenate([*parts, corners[-1:]])


def image_of(
    tubes: Sequence[Tube],
    size_mm: tuple[float, float, float] = (24.0, 24.0, 44.0),
    noise_HU: float = 15.0,
    paint: Sequence[tuple[Sequence[Sequence[float]], float, float]] = (),
    voxel_mm: float = VOXEL_MM,
) -> Volume:
    """Image from x, y, z = 0 up: tubes, then `paint` over them (same form), blur 0.9 mm, noise."""
    shape = tuple(int(n / voxel_mm) for n in size_mm[::-1])
    grid = ImageGrid(shape, np.zeros(3), np.full(3, voxel_mm), np.eye(3))
    k, j, i = np.indices(shape)
    centres = grid.index_to_lps(np.stack([i, j, k], -1).reshape(-1, 3))
    hu = np.full(len(centres), SOFT_HU)
    for points, radius, value in (*tubes, *paint):
        away = cKDTree(line(points)).query(centres, distance_upper_bound=radius + 1)[0]
        share = np.clip((radius - away) / voxel_mm + 0.5, 0, 1)
        hu += share * (value - hu)
    image = gaussian_filter(hu.reshape(shape), 0.9 / 2.3548 / voxel_mm, mode="nearest")
    image += noise_HU * np.random.default_rng(3).standard_normal(shape)
    return Volume(np.rint(image).astype(np.int16), grid)


def straight(radius: float = 3.0, x: float = 12.0, hu: float = LUMEN_HU) -> Tube:
    """A tube along z at (x, 12)."""
    return ([(x, 12.0, -5.0), (x, 12.0, 60.0)], radius, hu)


START, END = (12.0, 12.0, 38.0), (12.0, 12.0, 6.0)
