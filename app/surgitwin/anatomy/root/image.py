"""The part of a contrast CT round the aortic root, ready to be sampled, with its levels of brightness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, Volume

TISSUE_HU = 50.0
"""Level of wall and muscle without contrast (dimensions.md C5: background taken as 50 HU)."""
CONTRAST_HU = 200.0
"""Planning setting: a lumen darker than this cannot be told from muscle (C5: 381 +- 65 in the root, over 250
for diagnosis)."""
MARGIN_MM = 45.0
SMOOTHING_MM = 0.35
"""Gaussian width before edges are sought (vessels-from-images.md)."""
CLICK_BOX_MM = 4.0

CLICK_HINT = "Click in the middle of the bright ascending aorta and of the bright left ventricle."


@dataclass(frozen=True, eq=False)
class RootImage:
    """array: smoothed HU, float32 [k, j, i]; raw: HU as read, same shape; grid: of this part.

    lumen_HU: median at the click in the aorta. noise_HU: standard deviation there.
    """

    array: npt.NDArray[np.float32]
    raw: npt.NDArray[np.float32]
    grid: ImageGrid
    lumen_HU: float
    noise_HU: float

    @property
    def threshold_HU(self) -> float:
        """Half-way between lumen and tissue."""
        return 0.5 * (self.lumen_HU + TISSUE_HU)

    def sample(self, points_mm: FloatArray, order: int = 1) -> FloatArray:
        """Smoothed HU (...,) at LPS points (..., 3); the nearest voxel's outside the image."""
        index = self.grid.lps_to_index(points_mm)[..., ::-1]
        flat = np.moveaxis(index, -1, 0).reshape(3, -1)
        values = ndimage.map_coordinates(self.array, flat, order=order, mode="nearest", output=np.float32)
        out: FloatArray = values.reshape(points_mm.shape[:-1])
        return out

    def contains(self, points_mm: FloatArray) -> npt.NDArray[np.bool_]:
        """Whether LPS points (..., 3) lie within the voxel centres."""
        index = self.grid.lps_to_index(points_mm)[..., ::-1]
        out: npt.NDArray[np.bool_] = ((index >= 0) & (index <= np.array(self.grid.shape) - 1)).all(axis=-1)
        return out


def _box(volume: Volume, centre_mm: FloatArray, half_mm: FloatArray) -> tuple[slice, slice, slice]:
    """Voxels within half_mm (3,) of a point along the axes of the grid, clipped to the image."""
    index = volume.grid.lps_to_index(centre_mm)[::-1]
    reach = half_mm[::-1] / volume.grid.spacing_mm[::-1]
    low = np.maximum(np.floor(index - reach), 0).astype(int)
    high = np.minimum(np.ceil(index + reach) + 1, volume.grid.shape).astype(int)
    return (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2]))


def _at_click(volume: Volume, point_mm: FloatArray, name: str) -> npt.NDArray[np.float32]:
    """HU round a click; InputError when it lies outside the image."""
    index = volume.grid.lps_to_index(point_mm)[::-1]
    if not ((index >= -0.5) & (index <= np.array(volume.grid.shape) - 0.5)).all():
        raise InputError(
            "vessel.click_outside",
            f"The click in the {name} lies outside the image.",
            hint=CLICK_HINT,
            where=name,
        )
    return np.asarray(volume.array[_box(volume, point_mm, np.full(3, CLICK_BOX_MM))], np.float32)


def _check_contrast(volume: Volume, levels: dict[str, float]) -> None:
    if max(levels.values()) >= CONTRAST_HU:
        for name, level in levels.items():
            if level < CONTRAST_HU:
                raise InputError(
                    "vessel.click_not_in_contrast",
                    f"The click in the {name} is not in contrast: {level:.0f} HU there.",
                    hint=CLICK_HINT,
                    where=name,
                )
        return
    raise InputError(
        "vessel.no_contrast",
        f"No contrast at the clicks: {', '.join(f'{v:.0f} HU in the {n}' for n, v in levels.items())}. "
        f"A lumen needs {CONTRAST_HU:.0f} HU or more.",
        hint="Choose the series with contrast (arterial phase, CT angiography), or click again.",
        where=str(volume.meta.get("description", "image")),
    )


def root_image(volume: Volume, aorta_mm: FloatArray, ventricle_mm: FloatArray) -> RootImage:
    """The part of `volume` round the two clicks (LPS mm).

    Raises InputError: "vessel.click_outside", "vessel.click_not_in_contrast", "vessel.no_contrast".
    """
    clicks = {"ascending aorta": np.asarray(aorta_mm, float), "ventricle": np.asarray(ventricle_mm, float)}
    boxes = {name: _at_click(volume, point, name) for name, point in clicks.items()}
    _check_contrast(volume, {name: float(np.median(box)) for name, box in boxes.items()})
    aorta = boxes["ascending aorta"]
    level = float(np.median(aorta))
    noise = 1.4826 * float(np.median(np.abs(aorta - level)))
    a, b = (volume.grid.lps_to_index(p) for p in clicks.values())
    half = np.abs(a - b) / 2 * volume.grid.spacing_mm + MARGIN_MM
    middle = volume.grid.index_to_lps((a + b) / 2)
    part = _box(volume, middle, half)
    raw = np.asarray(volume.array[part], np.float32)
    start = np.array([s.start for s in part])[::-1]
    grid = ImageGrid(
        raw.shape, volume.grid.index_to_lps(start), volume.grid.spacing_mm, volume.grid.direction
    )
    smooth = ndimage.gaussian_filter(raw, SMOOTHING_MM / volume.grid.spacing_mm[::-1], truncate=3.0)
    return RootImage(smooth, raw, grid, level, noise)
