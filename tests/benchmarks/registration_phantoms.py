"""Limbs scanned twice with a known transform between the scans: what registrations are measured on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial.transform import Rotation

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging.registration import resample_onto

GRID = ImageGrid((40, 60, 60), np.array([-60.0, 20.0, 300.0]), np.array([2.0, 2.0, 3.0]), np.eye(3))
MORE = 16
"""Slices that the limb goes on beyond the image at both ends, as a patient does."""
WHOLE = ImageGrid((40 + 2 * MORE, 60, 60), GRID.index_to_lps([0, 0, -MORE]), GRID.spacing_mm, np.eye(3))
CENTRE = GRID.index_to_lps((np.array(GRID.shape[::-1]) - 1) / 2)
AXIS = (2.0, -1.0, 2.0)
WAY = (2.0, 2.0, 1.0)
FAMILIES = ("plate", "mr", "mr_mask")


@dataclass(frozen=True, eq=False)
class Twice:
    """truth: 4x4 of fixed points to moving ones. mask: [k, j, i] of `fixed` or None."""

    fixed: Volume
    moving: Volume
    truth: npt.NDArray[np.float64]
    mask: npt.NDArray[np.bool_] | None

    def bone_mm(self) -> npt.NDArray[np.float64]:
        """(n, 3) points of the bone in the fixed image."""
        return np.asarray(GRID.index_to_lps(np.argwhere(self.fixed.array > 400)[::5, ::-1]))

    def there_mm(self) -> npt.NDArray[np.float64]:
        """The same points in the moving image."""
        return np.asarray(self.bone_mm() @ self.truth[:3, :3].T + self.truth[:3, 3])


def moved_by(degrees: float, mm: float, axis: npt.ArrayLike = AXIS, way: npt.ArrayLike = WAY):
    """4x4 that turns about the middle of the image and shifts; fixed to moving points."""
    axis, way = np.asarray(axis, float), np.asarray(way, float)
    out = np.eye(4)
    out[:3, :3] = Rotation.from_rotvec(np.radians(degrees) * axis / np.linalg.norm(axis)).as_matrix()
    out[:3, 3] = CENTRE - out[:3, :3] @ CENTRE + mm * way / np.linalg.norm(way)
    return out


def limb(seed: int = 0) -> Volume:
    """Muscle of uneven density with two bones, whose slant depends on the seed."""
    random = np.random.default_rng(seed)
    k, j, i = np.indices(WHOLE.shape)
    x, y, z = 2.0 * i, 2.0 * j, 3.0 * (k - MORE)
    out = np.full(WHOLE.shape, -1000.0)
    out[((x - 60) / 50) ** 2 + ((y - 60) / 42) ** 2 < 1] = 40
    grain = gaussian_filter(random.normal(0, 1, WHOLE.shape), 2)
    out[out > 0] += 40 * grain[out > 0] / grain.std()
    lean = (8.0, 10.0) if seed == 0 else random.uniform(6.0, 14.0, 2)
    out[np.hypot(x - 48 - z / lean[0], y - 60) < 11] = 900
    out[(np.hypot(x - 80, y - 52 - z / lean[1]) < 7) & (z > 24)] = 700
    return Volume(gaussian_filter(out, 0.7).astype(np.float32), WHOLE)


def scanned_twice(family: str, degrees: float, mm: float, seed: int = 0, noise: float = 20.0) -> Twice:
    """ "plate": a metal plate in the second CT. "mr": the second is an MR (bone and air dark). "mr_mask": and
    the bone with 10 mm round it is compared. Seed 0 turns and shifts along fixed axes.
    """
    random = np.random.default_rng(1000 + seed)
    whole = limb(seed)
    fixed = Volume(whole.array[MORE:-MORE], GRID)
    axes = (AXIS, WAY) if seed == 0 else tuple(random.normal(0, 1, (2, 3)))
    truth = moved_by(degrees, mm, *axes)
    values = np.array(whole.array)
    if family == "plate":
        values[MORE + 8 : MORE + 32, 20:23, 22:32] = 3000
    moved = np.nan_to_num(resample_onto(Volume(values, WHOLE), GRID, truth).array, nan=-1000.0)
    moved = moved + random.normal(0, noise, GRID.shape)
    if family == "plate":
        return Twice(fixed, Volume(moved, GRID), truth, None)
    moving = Volume(1000 * np.exp(-(((moved - 60) / 220) ** 2)), GRID, "MR", "")
    away = distance_transform_edt(fixed.array < 400, sampling=GRID.spacing_mm[::-1])
    return Twice(fixed, moving, truth, away < 10.0 if family == "mr_mask" else None)
