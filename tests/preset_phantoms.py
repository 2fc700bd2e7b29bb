"""Bones, vessels and thighs with exact shapes for the segmentation presets: any voxel, turn and noise.

A scene is a list of (signed distance, value): later ones go over earlier ones. Every voxel is the mean over a
block of samples (partial volume over the slice's thickness), blurred by the scanner and covered with noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
from scipy.spatial.transform import Rotation

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid, Volume

Distance = Callable[[FloatArray], FloatArray]
"""Signed distance in mm (negative inside) at points (n, 3) mm; exact near the surface."""
BLUR_MM = 0.5
"""Standard deviation of the point spread in the plane: a FWHM of 1.2 mm, a soft to medium kernel."""
MUSCLE, TRABECULAR, CORTEX, MARROW, AIR = 50.0, 250.0, 1100.0, -50.0, -1000.0


@dataclass(frozen=True, eq=False)
class Scene:
    """size_mm: of the cube round the origin. layers: (distance, value) from the back to the front."""

    size_mm: tuple[float, float, float]
    layers: Sequence[tuple[Distance, float]]
    background: float = MUSCLE


def ball(centre: Sequence[float], radius: float) -> Distance:
    """A sphere."""
    return lambda p: np.linalg.norm(p - np.asarray(centre, float), axis=1) - radius


def rod(a: Sequence[float], b: Sequence[float], radius: float) -> Distance:
    """A cylinder with round ends."""
    start, along = np.asarray(a, float), np.asarray(b, float) - np.asarray(a, float)

    def distance(p: FloatArray) -> FloatArray:
        t = np.clip((p - start) @ along / (along @ along), 0, 1)
        return np.linalg.norm(p - start - t[:, None] * along, axis=1) - radius

    return distance


def union(*parts: Distance) -> Distance:
    """All of them together."""
    return lambda p: np.min([d(p) for d in parts], axis=0)


def cut(a: Distance, b: Distance) -> Distance:
    """What both hold."""
    return lambda p: np.maximum(a(p), b(p))


def minus(a: Distance, b: Distance) -> Distance:
    """`a` without `b`."""
    return lambda p: np.maximum(a(p), -b(p))


def above(z: float) -> Distance:
    """Everything over a height."""
    return lambda p: z - p[:, 2]


def inner(a: Distance, mm: float) -> Distance:
    """`a` thinned by `mm`."""
    return lambda p: a(p) + mm


def image(
    scene: Scene,
    spacing: Sequence[float],
    *,
    noise: float = 0.0,
    turn_deg: Sequence[float] = (0.0, 0.0, 0.0),
    seed: int = 0,
    modality: str = "CT",
    sample_mm: float = 1.0,
) -> tuple[Volume, Callable[[Distance], npt.NDArray[np.bool_]]]:
    """The scene as a volume (spacing (si, sj, sk) mm), and a function that gives the true mask of a shape.

    turn_deg: Euler angles (xyz) by which the scene is turned in the grid. sample_mm: distance of the samples.
    """
    grid = grid_of(scene, spacing)
    back = Rotation.from_euler("xyz", turn_deg, degrees=True).as_matrix()
    out = smoothed_samples(scene, grid, back, sample_mm)
    if noise:
        out += np.random.default_rng(seed).normal(0.0, noise, out.shape).astype(np.float32)
    if modality == "MR":
        array: npt.NDArray[np.generic] = np.maximum(np.rint(out), 0).astype(np.int16)
    else:
        array = np.rint(np.clip(out, -1024, 3071)).astype(np.int16)

    def truth(shape: Distance) -> npt.NDArray[np.bool_]:
        return (shape(_points(grid, np.zeros(3)) @ back) < 0).reshape(grid.shape)

    return Volume(array, grid, modality, "HU" if modality == "CT" else "1"), truth


def grid_of(scene: Scene, spacing: Sequence[float]) -> ImageGrid:
    """Voxels of (si, sj, sk) mm over the scene, its middle at the origin."""
    step = np.asarray(spacing, float)
    shape_ijk = np.ceil(np.asarray(scene.size_mm) / step).astype(int)
    origin = -0.5 * (shape_ijk - 1) * step
    return ImageGrid(tuple(int(n) for n in shape_ijk[::-1]), origin, step, np.eye(3))


def smoothed_samples(scene: Scene, grid: ImageGrid, back: FloatArray, sample_mm: float) -> FloatArray:
    """Means over every voxel, blurred in the plane (float32 [k, j, i]); back: turn from grid to scene (3,
    3).
    """

    def value(points: FloatArray) -> FloatArray:
        out = np.full(len(points), scene.background, np.float32)
        for distance, level in scene.layers:
            out[distance(points) < 0] = level
        return out

    out = voxel_means(grid, back, value, [d for d, _ in scene.layers], sample_mm)
    step = grid.spacing_mm
    return ndi.gaussian_filter(out, [0.0, BLUR_MM / step[1], BLUR_MM / step[0]], mode="nearest")


def voxel_means(
    grid: ImageGrid,
    back: FloatArray,
    value: Callable[[FloatArray], FloatArray],
    surfaces: Sequence[Distance],
    sample_mm: float,
) -> FloatArray:
    """Mean of `value` over each voxel (float32 [k, j, i]), from samples `sample_mm` apart.

    Only voxels that one of the surfaces may cut are sampled more than once: distances grow by at most 1 per
    mm.
    """
    step = np.asarray(grid.spacing_mm)
    centres = _points(grid, np.zeros(3)) @ back
    out = np.asarray(value(centres), np.float32)
    half = 0.5 * float(np.linalg.norm(step))
    mixed = np.flatnonzero(np.min([np.abs(d(centres)) for d in surfaces], axis=0) <= half)
    per_axis = [max(int(np.ceil(s / sample_mm)), 1) for s in step]
    offsets = [(np.arange(n) + 0.5) / n - 0.5 for n in per_axis]
    total = np.zeros(len(mixed), np.float32)
    for dk in offsets[2]:
        for dj in offsets[1]:
            for di in offsets[0]:
                total += value(centres[mixed] + (np.array([di, dj, dk]) * step) @ back)
    out[mixed] = total / float(np.prod(per_axis))
    return out.reshape(grid.shape)


def _points(grid: ImageGrid, shift: FloatArray) -> FloatArray:
    nk, nj, ni = grid.shape
    k, j, i = np.meshgrid(np.arange(nk), np.arange(nj), np.arange(ni), indexing="ij")
    ijk = np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1)
    return np.asarray(grid.origin_mm + ijk * grid.spacing_mm + shift)


def extent_along(points: FloatArray, shape: Distance, back: FloatArray, grid: ImageGrid) -> FloatArray:
    """(n,) mm by which a voxel reaches along the surface's normal n at points (n, 3) in the shape's frame:
    |(n_x s_x, n_y s_y, n_z s_z)|.
    """
    step = 0.02
    normal = np.stack([shape(points + step * e) - shape(points - step * e) for e in np.eye(3)], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    return np.asarray(np.linalg.norm((normal @ back.T) * grid.spacing_mm, axis=1))


def true_volume(shape: Distance, size_mm: Sequence[float], step: float = 0.4) -> float:
    """Volume in mm3 on a fine grid."""
    axes = [np.arange(-0.5 * s + 0.5 * step, 0.5 * s, step) for s in size_mm]
    total = 0
    for z in axes[2]:
        x, y = np.meshgrid(axes[0], axes[1], indexing="ij")
        points = np.stack([x.ravel(), y.ravel(), np.full(x.size, z)], axis=1)
        total += int((shape(points) < 0).sum())
    return total * step**3


HEAD = union(ball((0, 0, 0), 20), rod((0, 0, 0), (0, -8, -30), 11))
"""A femoral head on its neck."""
CUP = cut(minus(ball((0, 0, 0), 33), ball((0, 0, 0), 23)), above(4.0))
"""A socket round it, 3 mm away."""
HIP = Scene(
    (92, 92, 92),
    [(HEAD, CORTEX), (inner(HEAD, 2.5), TRABECULAR), (CUP, CORTEX), (inner(CUP, 2.5), TRABECULAR)],
)
SHAFT = rod((0, 0, -200), (0, 0, 200), 14)
CANAL = rod((0, 0, -200), (0, 0, 200), 7)
SHAFT_SCENE = Scene((50, 50, 60), [(SHAFT, CORTEX), (CANAL, MARROW)])
TUBE = rod((-6, 0, -100), (-6, 0, 100), 5)
SPINE = rod((12, 0, -100), (12, 0, 100), 12)
ANGIO = Scene(
    (60, 60, 40),
    [(SPINE, CORTEX), (inner(SPINE, 2.0), TRABECULAR), (TUBE, 400.0), (ball((-6, 4.0, 0), 1.5), 1000.0)],
)
"""A contrast-filled vessel that touches a vertebral body (they meet at x = 0), with a piece of calcium."""
