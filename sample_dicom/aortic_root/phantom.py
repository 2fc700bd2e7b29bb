"""The phantom: samples the heart, averages voxels that an edge crosses, blurs and adds noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from aortic_root import heart
from aortic_root.parameters import FULL, RootParameters
from aortic_root.placement import root_frame, scan_grid
from aortic_root.truth import truth_record
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume

# SNOMED CT codes, general knowledge, not checked.
SEGMENTS = (
    Segment(1, "lumen", "15825003", (0.85, 0.25, 0.20)),
    Segment(2, "leaflets", "7652006", (0.95, 0.80, 0.55)),
    Segment(3, "coronary", "41801008", (0.90, 0.45, 0.25)),
    Segment(4, "calcium", "54215007", (0.95, 0.95, 0.95)),
    Segment(5, "left_atrium", "82471001", (0.60, 0.30, 0.50)),
    Segment(6, "right_heart", "73829009", (0.30, 0.40, 0.75)),
)
_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))


@dataclass(frozen=True, eq=False)
class RootPhantom:
    """volume: int16 HU [k, j, i]. labels: at voxel centres, without blur or noise. truth: JSON values."""

    volume: Volume
    labels: LabelMap
    truth: dict[str, Any]

    @property
    def grid(self) -> ImageGrid:
        """Grid of volume and labels."""
        return self.volume.grid


@numba.njit(cache=True)
def _local(m: npt.NDArray[Any], i: float, j: float, k: float) -> tuple[float, float, float]:
    return (
        m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3],
        m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3],
        m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3],
    )


@numba.njit(cache=True, parallel=True)
def _codes(
    shape: tuple[int, int, int], to_local: npt.NDArray[Any], calcium: bool, leaflets: bool
) -> npt.NDArray[np.uint8]:
    out = np.empty(shape, np.uint8)
    for k in numba.prange(shape[0]):
        for j in range(shape[1]):
            for i in range(shape[2]):
                u, v, w = _local(to_local, i, j, k)
                out[k, j, i] = heart.tissue(u, v, w, calcium, leaflets)
    return out


@numba.njit(cache=True, parallel=True)
def _averaged(
    codes: npt.NDArray[np.uint8],
    hu: npt.NDArray[Any],
    to_local: npt.NDArray[Any],
    parts: int,
    calcium: bool,
    leaflets: bool,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """HU [k, j, i] with partial volume, and the share of each slice and code in voxels."""
    nk, nj, ni = codes.shape
    out = np.empty(codes.shape, np.float32)
    share = np.zeros((nk, hu.size))
    offset = (np.arange(parts) + 0.5) / parts - 0.5
    for k in numba.prange(nk):
        for j in range(nj):
            for i in range(ni):
                here = codes[k, j, i]
                near = codes[max(k - 1, 0) : k + 2, max(j - 1, 0) : j + 2, max(i - 1, 0) : i + 2]
                if (near == here).all():
                    out[k, j, i] = hu[here]
                    share[k, here] += 1.0
                    continue
                total = 0.0
                for c in offset:
                    for b in offset:
                        for a in offset:
                            u, v, w = _local(to_local, i + a, j + b, k + c)
                            code = heart.tissue(u, v, w, calcium, leaflets)
                            total += hu[code]
                            share[k, code] += 1.0 / parts**3
                out[k, j, i] = total / parts**3
    return out, share


def tissue_hu(lumen_hu: float) -> npt.NDArray[np.float64]:
    """HU by code."""
    table = np.zeros(heart.CALCIUM + len(heart.NODULES))
    table[: len(heart.TISSUE_HU)] = heart.TISSUE_HU
    table[[heart.LUMEN, heart.CORONARY]] = lumen_hu
    table[heart.ATRIUM] = 0.95 * lumen_hu
    table[heart.CALCIUM :] = heart.NODULES[:, 6]
    return table


def _labels(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    table = np.zeros(heart.CALCIUM + len(heart.NODULES), np.uint8)
    for code, label in (
        (heart.LUMEN, 1), (heart.LEAFLET, 2), (heart.CORONARY, 3), (heart.ATRIUM, 5), (heart.RIGHT_HEART, 6)
    ):  # fmt: skip
        table[code] = label
    table[heart.CALCIUM :] = 4
    return table[codes]


def build_phantom(parameters: RootParameters = FULL) -> RootPhantom:
    """Build volume, labels and truth. The same parameters always give the same voxels."""
    grid, frame = scan_grid(parameters), root_frame(parameters)
    to_local = np.ascontiguousarray((np.linalg.inv(frame.matrix) @ grid.affine)[:3])
    what = (parameters.calcium, parameters.leaflets)
    codes = _codes(grid.shape, to_local, *what)
    image, share = _averaged(codes, tissue_hu(parameters.lumen_hu), to_local, parameters.supersample, *what)
    sigma = parameters.blur_fwhm_mm / _FWHM_PER_SIGMA / np.asarray(parameters.voxel_mm[::-1])
    image = gaussian_filter(image, sigma, mode="nearest")
    noise = np.random.default_rng(parameters.seed).standard_normal(grid.shape, np.float32)
    image += np.float32(parameters.noise_sd_hu) * noise
    pixels = np.clip(np.rint(image), -1024, 3071).astype(np.int16)
    nodules_mm3 = share.sum(axis=0)[heart.CALCIUM :] * grid.voxel_volume_mm3
    volume = Volume(pixels, grid)
    labels = LabelMap(_labels(codes), grid, SEGMENTS)
    return RootPhantom(volume, labels, truth_record(parameters, volume, labels, nodules_mm3.tolist()))
