"""The phantom: samples the shapes slice by slice, blurs, adds noise and counts the true volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from femur_fracture import surroundings
from femur_fracture.femur_material import sample_femur
from femur_fracture.femur_shape import DISTAL_END, HEAD_CENTRE, near_femur
from femur_fracture.implicit import Array, Points
from femur_fracture.parameters import FULL, PhantomParameters
from femur_fracture.placement import ORIGIN_MM, bone_frame, femur_axes, mirror_grid, scan_grid
from femur_fracture.truth import truth_record
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume

# SNOMED CT codes as in DICOM PS3.16; bone of the table has none.
SEGMENTS = (
    Segment(1, "femur", "71341001", (0.95, 0.90, 0.75)),
    Segment(2, "femur_canal", "91718004", (0.85, 0.45, 0.35)),
    Segment(3, "pelvis", "12921003", (0.75, 0.80, 0.90)),
    Segment(4, "table", "86407004", (0.40, 0.40, 0.40)),
    Segment(5, "soft_tissue", "87784001", (0.85, 0.60, 0.50)),
    Segment(6, "tibia_patella", "272673000", (0.60, 0.66, 0.74)),
)
_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))


@dataclass(frozen=True, eq=False)
class Phantom:
    """volume: int16 HU [k, j, i]. labels: at voxel centres, without blur or noise. truth: JSON values."""

    volume: Volume
    labels: LabelMap
    truth: dict[str, Any]

    @property
    def grid(self) -> ImageGrid:
        """Grid of volume and labels."""
        return self.volume.grid


def _sample(lps: Points, axes: npt.NDArray[Any], whole: bool) -> tuple[Array, npt.NDArray[np.uint8]]:
    """HU and labels (n,) at points of the left phantom (LPS)."""
    d = [v - np.float32(c) for v, c in zip(lps, ORIGIN_MM, strict=True)]
    m, a, p = (sum(np.float32(c) * v for c, v in zip(axes[:, n], d, strict=True)) for n in range(3))
    if whole:
        hu, label = _sample_surroundings((-d[0], -d[1], d[2]), (m, a, p), axes)
    else:
        hu = np.full(d[0].shape, surroundings.MUSCLE_HU, np.float32)
        label = np.full(d[0].shape, 5, np.uint8)
    index = np.flatnonzero(near_femur((m, a, p)))
    if index.size:
        femur = sample_femur((m[index], a[index], p[index]))
        hit = index[femur.inside]
        hu[hit] = femur.hu[femur.inside]
        label[hit] = np.where(femur.void[femur.inside], 2, 1)
    return hu, label


def _sample_surroundings(
    q: Points, in_femur: Points, axes: npt.NDArray[Any]
) -> tuple[Array, npt.NDArray[np.uint8]]:
    hu = surroundings.soft_tissue_hu(q)
    label = np.where(hu > surroundings.AIR_HU, 5, 0).astype(np.uint8)
    depth = surroundings.table_depth(q)
    table = (depth > 0) & (depth < surroundings.TABLE_DEPTH)
    hu[depth > 0] = surroundings.AIR_HU
    label[depth > 0] = 0
    hu[table], label[table] = surroundings.table_hu(depth[table]), 4
    v = axes @ HEAD_CENTRE
    head = (float(-v[0]), float(-v[1]), float(v[2]))
    hip = np.flatnonzero(q[2] > head[2] - 95.0)
    knee = np.flatnonzero(in_femur[2] < DISTAL_END + 70.0)
    if hip.size:
        _paint(hu, label, hip, surroundings.hip_bone_distance(_take(q, hip), head), 3)
    if knee.size:
        _paint(hu, label, knee, surroundings.knee_distance(_take(in_femur, knee)), 6)
    return hu, label


def _take(q: Points, index: npt.NDArray[np.intp]) -> Points:
    return q[0][index], q[1][index], q[2][index]


def _paint(
    hu: Array, label: npt.NDArray[np.uint8], index: npt.NDArray[np.intp], f: Array, value: int
) -> None:
    hit = f < 0
    hu[index[hit]], label[index[hit]] = surroundings.other_bone_hu(f[hit]), value


def _axis(n: int, origin: float, step: float, parts: int) -> Array:
    """Sub-point coordinates along one axis: `parts` per voxel, evenly spread inside it."""
    fine = (np.arange(n * parts) + 0.5) / parts - 0.5
    return (origin + fine * step).astype(np.float32)


def _points(x: Array, y: Array, z: Array) -> Points:
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    return xx.ravel(), yy.ravel(), zz.ravel()


def _blurred(hu: Array, parameters: PhantomParameters) -> Array:
    """In-plane blur of sub-points [k, j, i], then the mean over each voxel -> [j, i]."""
    si, sj, _ = parameters.supersample
    for axis, step in ((2, parameters.voxel_mm[0] / si), (1, parameters.voxel_mm[1] / sj)):
        sigma = parameters.blur_fwhm_mm / _FWHM_PER_SIGMA / step
        hu = gaussian_filter1d(hu, sigma, axis=axis, mode="nearest")
    mean = hu.mean(axis=0)
    nj, ni = mean.shape
    out: Array = mean.reshape(nj // sj, sj, ni // si, si).mean(axis=(1, 3))
    return out


def build_phantom(parameters: PhantomParameters = FULL) -> Phantom:
    """Build volume, labels and truth. The same parameters always give the same voxels."""
    grid = scan_grid(parameters)
    axes, whole = femur_axes(parameters), parameters.surroundings
    nk, nj, ni = grid.shape
    (ox, oy, oz), (dx, dy, dz) = grid.origin_mm, grid.spacing_mm
    si, sj, sk = parameters.supersample
    fine_x, fine_y = _axis(ni, ox, dx, si), _axis(nj, oy, dy, sj)
    centre_x, centre_y = _axis(ni, ox, dx, 1), _axis(nj, oy, dy, 1)
    image = np.empty(grid.shape, np.float32)
    label = np.empty(grid.shape, np.uint8)
    counts = np.zeros(len(SEGMENTS) + 1)
    for k in range(nk):
        z = oz + k * dz
        hu, sub = _sample(_points(fine_x, fine_y, _axis(1, z, dz, sk)), axes, whole)
        counts += np.bincount(sub, minlength=counts.size)
        image[k] = _blurred(hu.reshape(sk, nj * sj, ni * si), parameters)
        label[k] = _sample(_points(centre_x, centre_y, _axis(1, z, dz, 1)), axes, whole)[1].reshape(nj, ni)
    noise = np.random.default_rng(parameters.seed).standard_normal(grid.shape, np.float32)
    image += np.float32(parameters.noise_sd_hu) * noise
    pixels = np.clip(np.rint(image), -1024, 3071).astype(np.int16)
    if parameters.side == "right":
        pixels, label, grid = pixels[:, :, ::-1], label[:, :, ::-1], mirror_grid(grid)
    volumes = {s.name: float(counts[s.label] * grid.voxel_volume_mm3 / (si * sj * sk)) for s in SEGMENTS}
    volume = Volume(np.ascontiguousarray(pixels), grid)
    labels = LabelMap(np.ascontiguousarray(label), grid, SEGMENTS)
    return Phantom(volume, labels, truth_record(parameters, bone_frame(parameters), volume, labels, volumes))
