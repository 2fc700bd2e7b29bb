"""Whether the femur's outline may hold a neighbour too: a joint narrower than the slices can show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.image import LabelMap, Volume
from surgitwin.segmentation.bones import whole_numbers
from surgitwin.segmentation.flood import Labels
from surgitwin.segmentation.morphology import Mask, bounding_box
from surgitwin.segmentation.outlines import enclosed
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.separate import LOWEST, separate

MEET_HU = 800
"""Numerical setting: parts that meet under this may be two bones. On a phantom of a hip (joint space 1.5 to
5 mm, slices of 3 and 3.27 mm) every socket joined to its femur is found at 800 HU; 600 HU misses joint spaces
of 2 mm and less. femur_ct, the sample case and slices of 1 mm show none (packaging/docs/presets.md).
"""
PART_MM3 = 2000.0
"""Numerical setting: `part_mm3` of the preset "bones", the least volume over seed_hu of a bone of its own."""


def joined_words(volume: Volume, labels: LabelMap, preset: Preset) -> str:
    """What may be joined to the femur, how large and where (LPS mm); "" when nothing is.

    labels: of the preset "bone" on the grid of `volume`. Inside the outline bone grows from the densest voxel
    down; the rule: two parts of over PART_MM3 meet under MEET_HU, and neither lies inside the other.
    """
    femur = labels.mask("femur", "femur_canal")
    box = bounding_box(femur)
    voxel = volume.grid.voxel_volume_mm3
    parts, large = femur_parts(volume.array[box], femur[box], preset, PART_MM3 / voxel)
    if len(large) < 2:
        return ""
    places = np.argwhere(parts == large[1]) + [s.start for s in box]
    x, y, z = volume.grid.index_to_lps(places.mean(axis=0)[::-1])
    size = " x ".join(f"{v:.2g}" for v in volume.grid.spacing_mm)
    return (
        f"Femur and another bone (pelvis or tibia) may be joined: {len(places) * voxel / 1000:.0f} ml round "
        f"({x:.0f}, {y:.0f}, {z:.0f}) mm meet the rest of the femur only under {MEET_HU} HU. This can be a "
        f"joint that voxels of {size} mm do not show, a fracture, or thin cortex. Look there; cut off what "
        "is no femur in the segment editor."
    )


def femur_parts(
    hu: npt.NDArray[np.generic], femur: Mask, preset: Preset, least_voxels: float
) -> tuple[Labels, list[int]]:
    """Parts inside `femur` (int32 [k, j, i]), and the numbers of those of bone size, largest first."""
    values = np.where(femur, whole_numbers(hu), LOWEST)
    parts, dense = separate(values, preset["bone_hu"], preset["seed_hu"], MEET_HU, least_voxels)
    marrow = len(dense)
    number = enclosed(np.where(femur & (parts == 0), marrow, parts).astype(np.int32))
    large = [n for n in range(1, len(dense)) if dense[n] >= least_voxels and number[n] == n]
    return parts, large
