"""A head with nose, eyes, mouth, jaws, skull and brain, as CT and MR, on a 2 mm grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from surgitwin.core.image import ImageGrid

SPACING = 2.0
CT = {"air": -1000, "skin": 40, "bone": 900, "brain": 35, "eye": 15, "sinus": -900}
MR = {"air": 0, "skin": 700, "bone": 20, "brain": 500, "eye": 300, "sinus": 0}


@dataclass(frozen=True)
class Head:
    """Voxels [k, j, i] in LPS with k upwards; face: skin surface of the front between chin and brows."""

    grid: ImageGrid
    parts: dict[str, np.ndarray]
    brain: np.ndarray
    skull: np.ndarray
    face: np.ndarray

    def values(self, table: dict[str, int], noise: float = 8.0) -> np.ndarray:
        """The image of it."""
        out = np.full(self.grid.shape, float(table["air"]))
        for name, mask in self.parts.items():
            out[mask] = table[name]
        out += np.random.default_rng(1).normal(0, noise, out.shape)
        return np.clip(out, table["air"], None).astype(np.int16)


def head(nose_mm: float = 22.0, chin_mm: float = 12.0) -> Head:
    """The shape of nose and chin differs from person to person."""
    shape = (130, 130, 100)
    grid = ImageGrid(shape, (-99, -129, -129), (SPACING,) * 3, np.eye(3))
    k, j, i = np.indices(shape)
    x, y, z = (grid.origin_mm[a] + SPACING * c for a, c in zip(range(3), (i, j, k), strict=True))

    def ball(cx, cy, cz, rx, ry, rz):
        return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + ((z - cz) / rz) ** 2 <= 1

    outer = ball(0, 0, 40, 76, 96, 86)
    skull_out, inner = ball(0, 2, 40, 69, 88, 79), ball(0, 4, 42, 62, 80, 71)
    jaw = ball(0, -45, -50, 55, 45, 45)
    neck = ((x / 55) ** 2 + ((y - 10) / 60) ** 2 <= 1) & (z < 20)
    nose = ball(0, -90, 0, 14, nose_mm, 22)
    chin = ball(0, -85, -75, 18, chin_mm, 14)
    cheeks = ball(0, -40, -20, 58, 48, 50)
    body = outer | jaw | cheeks | neck | nose | chin
    jawbone = ball(0, -45, -50, 45, 34, 36) & ~ball(0, -35, -50, 36, 34, 28)
    maxilla = ball(0, -42, -20, 40, 34, 24)
    skull = (skull_out & ~inner) | jawbone | (maxilla & body & ~inner)
    eyes = ball(-32, -74, 15, 12, 14, 12) | ball(32, -74, 15, 12, 14, 12)
    mouth = ball(0, -72, -45, 20, 10, 6)
    sinus = ball(0, -62, 0, 12, 18, 16)
    brain = inner & ~(eyes | sinus)
    skull = skull & ~(eyes | sinus | mouth)
    parts = {
        "skin": body, "bone": skull, "brain": brain, "eye": eyes, "sinus": (mouth | sinus) & body,
    }  # fmt: skip
    outside = ndimage.binary_dilation(~body)
    front = body & outside & (y < -35) & (z < 50) & (z > -90)
    return Head(grid, parts, brain, skull, front)
