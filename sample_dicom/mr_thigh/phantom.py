"""The thigh: shapes sampled on sub-points of every voxel, blurred, shaded, with noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from mr_thigh.parameters import FULL, ThighParameters
from surgitwin.core.arrays import content_hash
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume

Array = npt.NDArray[np.float64]
CORTEX, MARROW = 1, 2
SEGMENTS = (
    Segment(CORTEX, "cortical_bone", "50094009", (0.93, 0.87, 0.74)),
    Segment(MARROW, "marrow", "14016003", (0.86, 0.55, 0.36)),
)
BONE_AT = (18.0, -8.0)
"""Axis of the bone at the middle of the image, in the plane (mm from the thigh's axis)."""
BLUR_PIXELS = 0.6
"""Standard deviation of the point spread in the plane, in pixels."""


@dataclass(frozen=True, eq=False)
class Phantom:
    """volume: int16 [k, j, i]. labels: at voxel centres. truth: JSON values."""

    volume: Volume
    labels: LabelMap
    truth: dict[str, Any]


def grid_of(p: ThighParameters) -> ImageGrid:
    """Axial slices round the origin, the first one lowest."""
    half = 0.5 * (p.pixels - 1) * p.pixel_mm
    origin = np.array([-half, -half, -0.5 * (p.slices - 1) * p.slice_mm])
    return ImageGrid(
        (p.slices, p.pixels, p.pixels), origin, np.array([p.pixel_mm, p.pixel_mm, p.slice_mm]), np.eye(3)
    )


def bone_radius(x: Array, y: Array, z: Array, p: ThighParameters) -> tuple[Array, float]:
    """Distance from the bone's axis in units of its local size, and the canal's radius in the same units."""
    height = p.slices * p.slice_mm
    size = p.outer_mm * (1 + p.flare * np.clip(z / (0.5 * height), 0, 1) ** 2)
    u = x - BONE_AT[0] - p.lean * z
    v = (y - BONE_AT[1]) / p.flat
    return np.hypot(u, v) / size, p.canal_mm / p.outer_mm


def tissue(x: Array, y: Array, z: Array, p: ThighParameters) -> tuple[Array, npt.NDArray[np.uint8]]:
    """Signal and label at points."""
    signal = np.full(x.shape, p.air)
    label = np.zeros(x.shape, np.uint8)
    from_axis = np.hypot(x, y)
    signal[from_axis < p.thigh_mm] = p.fat
    signal[from_axis < p.thigh_mm - p.fat_mm] = p.muscle
    inside = from_axis < p.thigh_mm - p.fat_mm
    signal[inside & (np.abs(x + 15 + 0.2 * y) < 1.2)] = p.fat  # fat between muscles
    behind = np.abs(x - BONE_AT[0] - p.lean * z) < 0.5
    signal[inside & behind & (y > BONE_AT[1])] = p.cortex  # a septum that ends at the bone
    radius, canal = bone_radius(x, y, z, p)
    signal[radius < 1], label[radius < 1] = p.cortex, CORTEX
    signal[radius < canal], label[radius < canal] = p.marrow, MARROW
    return signal, label


def shading(grid: ImageGrid, p: ThighParameters) -> Array:
    """Smooth factor of the receiving coil [k, j, i], 1 - shading to 1 + shading."""
    nk, nj, ni = grid.shape
    k, j, i = np.meshgrid(
        np.linspace(-1, 1, nk), np.linspace(-1, 1, nj), np.linspace(-1, 1, ni), indexing="ij"
    )
    wave = 0.55 * i - 0.4 * j + 0.35 * k + 0.35 * i * j - 0.3 * j**2
    out: Array = 1 + p.shading * wave / np.abs(wave).max()
    return out


def build_phantom(p: ThighParameters = FULL) -> Phantom:
    """The thigh with its truth; the same parameters give the same pixels."""
    grid = grid_of(p)
    nk, nj, ni = grid.shape
    k, j, i = np.meshgrid(np.arange(nk), np.arange(nj), np.arange(ni), indexing="ij")
    centre = [grid.origin_mm[n] + grid.spacing_mm[n] * a for n, a in enumerate((i, j, k))]
    steps = (np.arange(p.samples) + 0.5) / p.samples - 0.5
    total, parts = np.zeros(grid.shape), np.zeros(3)
    for dz in steps:
        for dy in steps:
            for dx in steps:
                shift = np.array([dx, dy, dz]) * grid.spacing_mm
                signal, label = tissue(*(c + s for c, s in zip(centre, shift, strict=True)), p)
                total += signal
                parts += np.bincount(label.ravel(), minlength=3)
    mean = gaussian_filter(total / p.samples**3, [0.0, BLUR_PIXELS, BLUR_PIXELS]) * shading(grid, p)
    random = np.random.default_rng(p.seed)
    real, imaginary = (random.normal(0, p.noise, grid.shape) for _ in range(2))
    pixels = np.clip(np.rint(np.hypot(mean + real, imaginary)), 0, 4095).astype(np.int16)
    volume = Volume(pixels, grid, "MR", "1")
    labels = LabelMap(tissue(*centre, p)[1], grid, SEGMENTS)
    volumes = parts / p.samples**3 * grid.voxel_volume_mm3
    truth = {
        "note": "SYNTHETIC, NOT FOR CLINICAL USE",
        "units": "mm, LPS; signal in scanner units",
        "volumes_mm3": {"cortical_bone": float(volumes[CORTEX]), "marrow": float(volumes[MARROW])},
        "signals": {"marrow": p.marrow, "fat": p.fat, "muscle": p.muscle, "cortex": p.cortex},
        "shading": p.shading,
        "marrow_at_mm": [BONE_AT[0], BONE_AT[1], 0.0],
        "pixel_hash": content_hash(pixels),
    }
    return Phantom(volume, labels, truth)
