"""Signed distances of several tissues on one grid: the tissue of a point is the one with the least.

Each tissue, and what lies outside of all, has a smoothed two-sided distance to its own border. Where two of
them are equal lies the interface, so neighbours can neither overlap nor leave a gap (the idea of J. Bronson,
J. Levine, R. Whitaker, "Lattice Cleaving", IEEE TVCG 20(2), 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its documented short name

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import GeometryError
from surgitwin.core.image import ImageGrid, LabelMap
from surgitwin.core.kernels import kernel
from surgitwin.meshing.field import two_sided_distance
from surgitwin.meshing.tissues.labels import OUTSIDE, TissueLabels, tissue_labels

SMOOTHING = 0.7
"""Numerical setting: deviation of the Gaussian, in voxels (geometric mean of the sides). It takes the steps
of
the voxels off and leaves the surface within half a voxel (tests/meshing/tissues/test_tissues.py)."""

FINEST = 6.0
"""Numerical setting: grid points to an element's edge that are enough; finer grids only cost time."""

BALANCING = 5
"""Numerical setting: rounds in which the offsets are fitted to the volumes of the labels."""

SHARPNESS = 2.0
"""Numerical setting: a sample point counts in part within half its cell over this of the interface. Near
thin parts
the fields are flat: at 1 a calcification of 53 mm3 lost 7 % of its volume, at 2 it lost 2 %, at 8 it gained
2 %."""

MOST_VALUES, BYTES_A_VALUE = 250_000_000, 20
"""Numerical settings: most values of all fields together, so that they take some 5 GB at their making
(smoothed and raw float32, both once more while they are stacked, and their order)."""


@dataclass(frozen=True, eq=False)
class TissueFields:
    """values float32 [k, j, i, t] in mm, t = 0 outside, 1.. the tissues; raw: the same, unsmoothed.

    names: of t = 1... volume_mm3: of the labels (after specks were given away), by t; specks_mm3: volume that
    each tissue lost to neighbours as pieces too small to mesh, by t. voxel_mm: side of a cube of one
    voxel's volume.
    """

    values: npt.NDArray[np.float32]
    raw: npt.NDArray[np.float32]
    grid: ImageGrid
    names: tuple[str, ...]
    volume_mm3: FloatArray
    specks_mm3: FloatArray
    voxel_mm: float

    def __post_init__(self) -> None:
        for name in ("values", "raw"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float32))
        for name in ("volume_mm3", "specks_mm3"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    def __call__(self, points_mm: FloatArray) -> FloatArray:
        """(n, t) smoothed distances at (n, 3) LPS points, trilinear, that of the border beyond the grid."""
        return self._sample(self.values, points_mm)

    def unsmoothed(self, points_mm: FloatArray) -> FloatArray:
        """(n, t) distances to the labels' own borders."""
        return self._sample(self.raw, points_mm)

    def _sample(self, array: npt.NDArray[np.float32], points_mm: FloatArray) -> FloatArray:
        out: FloatArray = trilinear(array, self.grid.lps_to_index(points_mm))
        return out

    @property
    def bounds_mm(self) -> FloatArray:
        """(2, 3) lowest and highest LPS corner of a box round all tissues."""
        inside = np.argwhere(self.values[..., OUTSIDE] > -float(self.grid.spacing_mm[0]))
        low, high = inside.min(axis=0), inside.max(axis=0)
        corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
        lps = self.grid.index_to_lps(corners[:, ::-1])
        return np.stack([lps.min(axis=0), lps.max(axis=0)])


def tissue_fields(
    labels: LabelMap, tissues: Sequence[str], size_mm: float, smooth_mm: float | None = None
) -> TissueFields:
    """Fields of the named segments for elements of `size_mm`.

    smooth_mm: deviation of the Gaussian, None for `SMOOTHING` voxels. Offsets of the fields are fitted so
    that every tissue keeps the volume of its labels.
    Raises InputError "mesh.unknown_tissue", "mesh.no_tissue", GeometryError "mesh.empty_tissue",
    "mesh.tissue_memory".
    """
    cut = tissue_labels(labels, tissues, size_mm)
    voxel = float(np.cbrt(cut.grid.voxel_volume_mm3))
    spacing = max(float(cut.grid.spacing_mm.min()), min(size_mm / FINEST, voxel))
    _require_memory(cut, spacing, len(tissues) + 1)
    smooth = SMOOTHING * voxel if smooth_mm is None else smooth_mm
    raw, values = [], []
    for number in range(len(tissues) + 1):
        distance = _isotropic(two_sided_distance(cut.array == number, cut.grid.spacing_mm), spacing)
        raw.append(sitk.GetArrayFromImage(distance))
        values.append(_smoothed(distance, smooth))
    grid = ImageGrid(raw[0].shape, cut.grid.origin_mm, np.full(3, spacing), cut.grid.direction)
    stack = np.stack(values, axis=-1)
    stack += _offsets(stack, spacing, cut.volume_mm3).astype(np.float32)
    return TissueFields(stack, np.stack(raw, axis=-1), grid, cut.names, cut.volume_mm3, cut.specks_mm3, voxel)


def _require_memory(cut: TissueLabels, spacing_mm: float, count: int) -> None:
    values = float(np.prod(cut.array.shape)) * cut.grid.voxel_volume_mm3 / spacing_mm**3 * count
    if values <= MOST_VALUES:
        return
    raise GeometryError(
        "mesh.tissue_memory",
        f"The distances of {count - 1} tissues over their part of the image are {values / 1e6:.0f} million "
        f"values (some {values * BYTES_A_VALUE / 1e9:.0f} GB); {MOST_VALUES / 1e6:.0f} million is the most.",
        hint="Mesh fewer tissues at a time, or crop the labels to the region of interest.",
        where="tissues",
    )


def _isotropic(distance: sitk.Image, spacing_mm: float) -> sitk.Image:
    old = distance.GetSpacing()
    if max(abs(s - spacing_mm) for s in old) < 1e-9:
        return distance
    size = [int(np.floor((n - 1) * s / spacing_mm)) + 1 for n, s in zip(distance.GetSize(), old, strict=True)]
    out: sitk.Image = sitk.Resample(
        distance, size, sitk.Transform(), sitk.sitkLinear, (0.0, 0.0, 0.0), [spacing_mm] * 3,
        distance.GetDirection(), 0.0,
    )  # fmt: skip
    return out


def _smoothed(distance: sitk.Image, smooth_mm: float) -> npt.NDArray[Any]:
    if smooth_mm <= 0:
        return sitk.GetArrayFromImage(distance)
    return sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(distance, smooth_mm))


def lead_over_rest(values: npt.NDArray[Any], number: int, others: Sequence[int]) -> npt.NDArray[Any]:
    """(...,) distance of tissue `number` less the least of the `others`: negative where it is the tissue."""
    rest = values[..., others[0]]
    for other in others[1:]:
        rest = np.minimum(rest, values[..., other])
    out: npt.NDArray[Any] = values[..., number] - rest
    return out


def _offsets(stack: npt.NDArray[np.float32], spacing_mm: float, target_mm3: FloatArray) -> FloatArray:
    """(t,) mm to add to the fields so that the volumes fit; 0 for outside, at most one grid step each way.

    Volumes are those of the trilinear fields, at eight points to a grid cell near the interfaces: between
    grid points a convex distance reads too large, which took 1 % off a ball of 8 grid steps.
    """
    count = stack.shape[-1]
    ordered = np.partition(stack, 1, axis=-1)
    band = (ordered[..., 1] - ordered[..., 0]) < 4 * spacing_mm
    sure = np.bincount(stack[~band].argmin(axis=-1), minlength=count) * spacing_mm**3
    kji = np.argwhere(band)[:, None, ::-1] + (np.indices((2, 2, 2)).reshape(3, 8).T - 0.5) / 2
    near = trilinear(stack, kji.reshape(-1, 3))
    offset = np.zeros(count)
    fine = spacing_mm / 2
    for _ in range(BALANCING):
        for number in range(1, count):
            others = [k for k in range(count) if k != number]
            lead = lead_over_rest(near + offset, number, others) / 2
            volume = sure[number] + float(np.clip(0.5 - SHARPNESS * lead / fine, 0, 1).sum()) * fine**3
            area = max(np.count_nonzero(np.abs(lead) < fine / 2) * fine**2, fine**2)
            # A field raised by one moves its interface by half of it.
            step = 2 * (volume - target_mm3[number]) / area
            offset[number] = np.clip(offset[number] + step, -spacing_mm, spacing_mm)
    return offset


@kernel
def trilinear(array: npt.NDArray[np.float32], ijk: FloatArray) -> FloatArray:
    """(n, t) values of array [k, j, i, t] at continuous indices (n, 3) i, j, k; clamped to the array."""
    size = array.shape
    count = size[3]
    out = np.empty((len(ijk), count))
    for n in range(len(ijk)):
        x = min(max(ijk[n, 0], 0.0), size[2] - 1.000001)
        y = min(max(ijk[n, 1], 0.0), size[1] - 1.000001)
        z = min(max(ijk[n, 2], 0.0), size[0] - 1.000001)
        i, j, k = int(x), int(y), int(z)
        u, v, w = x - i, y - j, z - k
        for t in range(count):
            a = array[k, j, i, t] * (1 - u) + array[k, j, i + 1, t] * u
            b = array[k, j + 1, i, t] * (1 - u) + array[k, j + 1, i + 1, t] * u
            c = array[k + 1, j, i, t] * (1 - u) + array[k + 1, j, i + 1, t] * u
            d = array[k + 1, j + 1, i, t] * (1 - u) + array[k + 1, j + 1, i + 1, t] * u
            out[n, t] = (a * (1 - v) + b * v) * (1 - w) + (c * (1 - v) + d * v) * w
    return out


__all__ = ["OUTSIDE", "TissueFields", "TissueLabels", "lead_over_rest", "tissue_fields", "trilinear"]
