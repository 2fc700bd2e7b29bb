"""What can be chosen when the phantom is built.

Lengths in mm, angles in degrees, HU. `dimensions C1` and `C5` below name the tables of dimensions.md;
V is read in the source, GK is general knowledge that nobody has checked against a paper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from surgitwin.core.frame import Side


@dataclass(frozen=True)
class PhantomParameters:
    """One phantom. Every phantom is built as a left femur; a right one is its exact mirror image.

    voxel_mm: spacing along i, j, k. supersample: sub-points along i, j, k in one voxel, their mean
    gives the partial volume; the slice profile is the box of one slice. blur_fwhm_mm: in-plane
    point spread (C5, soft kernel 1.1 to 1.25, GK). noise_sd_hu: Gaussian (C5, 8 to 35, GK).
    """

    side: Side = "left"
    voxel_mm: tuple[float, float, float] = (0.95, 0.95, 2.0)
    supersample: tuple[int, int, int] = (2, 2, 2)
    blur_fwhm_mm: float = 1.1
    noise_sd_hu: float = 17.0
    seed: int = 20240117
    adduction_deg: float = 6.0
    flexion_deg: float = 4.0
    external_rotation_deg: float = 6.0
    surroundings: bool = True


FULL = PhantomParameters()


def coarse(parameters: PhantomParameters = FULL, voxel_mm: float = 3.0) -> PhantomParameters:
    """The same phantom on cubic voxels of `voxel_mm`, without noise, for fast tests."""
    size = (voxel_mm, voxel_mm, voxel_mm)
    return replace(parameters, voxel_mm=size, supersample=(3, 3, 3), noise_sd_hu=0.0)
