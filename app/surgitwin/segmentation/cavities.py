"""Cavities that bones enclose: marrow and diploe are filled; air, the spinal canal and joints stay open."""

from __future__ import annotations

from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.compiled import compiled
from surgitwin.segmentation.flood import Labels
from surgitwin.segmentation.presets import Preset

MARROW_HU = 0.0
"""Numerical setting: a cavity that runs through the image is marrow when its mean is under water (fatty
marrow,
-80 to -30 HU, dimensions.md C1), else the spinal canal (fluid and cord, above water), which stays open."""

AIR_HU = -300.0
"""Numerical setting: a cavity under this mean is air (a sinus, an airway) and stays open; fat is about -100
HU.
"""

JOINT_SHARE = 0.2
"""Numerical setting: a thin cavity with more of its rim on a second bone is a joint's space, not marrow."""


def cavities(hu: npt.NDArray[Any], wide: Labels, spacing: FloatArray, preset: Preset) -> Labels:
    """Empty regions that bones enclose, by the bone round them; 0 elsewhere.

    Left open: air, what is over cavity_ml or runs through the image unless it is as dense as bone (diploe),
    and thin regions between two bones (a joint whose space the slices cut into pockets).
    """
    empty, count = cc3d.connected_components(wide == 0, connectivity=6, return_N=True)
    regions = empty.astype(np.int32, copy=False)
    size, total, owner = _regions(regions, wide, hu, count + 1)
    faces = np.zeros((count + 1, 6), bool)
    for axis in range(3):
        for end in (0, 1):
            faces[np.unique(np.take(regions, -end, axis)), 2 * axis + end] = True
    through = (faces[:, 0::2] & faces[:, 1::2]).any(axis=1) & (total > MARROW_HU * size)
    voxel = float(np.prod(spacing))
    large = size > preset["cavity_ml"] * 1000 / voxel
    left_open = (large | through) & (total <= preset["bone_hu"] * size) | (total < AIR_HU * size)
    left_open[0] = True
    outer = np.zeros(int(wide.max(initial=0)) + 1, bool)
    own, others, area = _rims(regions, wide, owner, left_open, outer, np.asarray(voxel / spacing, np.float64))
    thin = 2 * size * voxel <= 2 * preset["closing_mm"] * area
    joint = thin & outer[owner] & (others > JOINT_SHARE * (own + others))
    owner[left_open | joint] = 0
    out: Labels = owner[regions]
    return out


@compiled
def _rims(
    regions: Labels,
    wide: Labels,
    owner: Labels,
    left_open: npt.NDArray[np.bool_],
    outer: npt.NDArray[np.bool_],
    face_mm2: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Of each region's rim, mm2 on its owner, on other bones that also meet an open region, and in all.

    outer: room for which bones meet an open region (a piece that does not lies inside another bone).
    """
    count = len(owner)
    own, others, area = np.zeros(count), np.zeros(count), np.zeros(count)
    shape = np.array(wide.shape)
    at, to = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for turn in range(2):
        for k in range(shape[0]):
            for j in range(shape[1]):
                for i in range(shape[2]):
                    region = regions[k, j, i]
                    if region == 0 or left_open[region] != (turn == 0):
                        continue
                    at[0], at[1], at[2] = k, j, i
                    for n in range(6):
                        axis, step = n // 2, 2 * (n % 2) - 1
                        to[:] = at
                        to[axis] += step
                        if to[axis] < 0 or to[axis] >= shape[axis]:
                            continue
                        bone = wide[to[0], to[1], to[2]]
                        if bone == 0:
                            continue
                        if turn == 0:
                            outer[bone] = True
                            continue
                        area[region] += face_mm2[axis]
                        if bone == owner[region]:
                            own[region] += face_mm2[axis]
                        elif outer[bone]:
                            others[region] += face_mm2[axis]
    return own, others, area


@compiled
def _regions(
    empty: Labels, wide: Labels, hu: npt.NDArray[Any], count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], Labels]:
    """Voxels and sum of HU of each region, and the label that most of its rim has (Boyer and Moore's
    vote).
    """
    size, total = np.zeros(count, np.int64), np.zeros(count, np.float64)
    leader, votes = np.zeros(count, np.int32), np.zeros(count, np.int64)
    nk, nj, ni = wide.shape
    steps = ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                region = empty[k, j, i]
                if region == 0:
                    continue
                size[region] += 1
                total[region] += hu[k, j, i]
                for dk, dj, di in steps:
                    a, b, c = k + dk, j + dj, i + di
                    if a < 0 or b < 0 or c < 0 or a >= nk or b >= nj or c >= ni or wide[a, b, c] == 0:
                        continue
                    if votes[region] == 0:
                        leader[region] = wide[a, b, c]
                    votes[region] += 1 if wide[a, b, c] == leader[region] else -1
    return size, total, leader
