"""What can be chosen when the phantom is built. mm, degrees, HU.

`C3`, `C4` and `C5` name the tables of dimensions.md; V is read in the source, GK is general knowledge that
nobody has checked against a paper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class RootParameters:
    """One phantom.

    rotation_deg: extra turn about LPS x, then y, then z, of everything in the image; the grid stays.
    noise_sd_hu: Gaussian (C5: 25 to 39 in the root). blur_fwhm_mm: point spread (C5: 0.9 to 1.05, GK).
    lumen_hu: C5, 381 +- 65. supersample: sub-points along each axis of a voxel that an edge crosses.
    """

    voxel_mm: tuple[float, float, float] = (0.7, 0.7, 0.7)
    shape_kji: tuple[int, int, int] = (172, 160, 160)
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    noise_sd_hu: float = 25.0
    blur_fwhm_mm: float = 0.9
    lumen_hu: float = 400.0
    seed: int = 20240117
    supersample: int = 3
    calcium: bool = True
    leaflets: bool = True


FULL = RootParameters()


def coarse(parameters: RootParameters = FULL, voxel_mm: float = 1.4) -> RootParameters:
    """The same field of view on cubic voxels of `voxel_mm`, for fast tests."""
    size = (voxel_mm, voxel_mm, voxel_mm)
    old, shape = parameters.voxel_mm, parameters.shape_kji
    cells = [round(n * step / voxel_mm) for n, step in zip(shape, old[::-1], strict=True)]
    return replace(parameters, voxel_mm=size, shape_kji=(cells[0], cells[1], cells[2]))
