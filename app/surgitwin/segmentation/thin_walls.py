"""Thin walls: cortex under half the height of the cortex near it, seen as a ridge between two lower sides.

Where a sternum meets a rib its wall is one voxel of 300 HU between marrow (-100 HU) and cartilage (140 HU),
beside cortex of 900 HU: under half height, so that the marrow seemed open there and stayed empty.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.compiled import compiled
from surgitwin.segmentation.flood import Labels
from surgitwin.segmentation.reach import ball

RIDGE_NOISE = 6.0
"""Numerical setting: a ridge stands out by this many standard deviations of the noise over both its sides.
The sternum of thorax_ct closes with 4 and with 6; 6 keeps noise out (the least of three samples lies 0.85
standard deviations under their mean)."""


def thin_walls(
    hu: npt.NDArray[Any],
    parts: Labels,
    shell: Labels,
    wide: Labels,
    spacing: FloatArray,
    reach_mm: float,
    bridge_mm: float,
    noise_hu: float,
) -> Labels:
    """Ridges of bone outside `wide` by the nearest label of `shell` within bridge_mm; 0 elsewhere.

    hu, parts, shell, wide: [k, j, i], parts: where bone may be. reach_mm: how far to either side, one voxel
    at least, lower values are looked for. spacing: (sk, sj, si) mm. noise_hu: its standard deviation.
    """
    steps = np.maximum(np.floor(reach_mm / spacing), 1).astype(np.int64)
    return _ridges(hu, parts, shell, wide, steps, RIDGE_NOISE * noise_hu, ball(spacing, bridge_mm))


@compiled
def _ridges(
    hu: npt.NDArray[Any],
    parts: Labels,
    shell: Labels,
    wide: Labels,
    steps: npt.NDArray[np.int64],
    height: float,
    offsets: npt.NDArray[np.int64],
) -> Labels:
    shape = np.array(hu.shape)
    out = np.zeros_like(parts)
    at, to = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for k in range(shape[0]):
        for j in range(shape[1]):
            for i in range(shape[2]):
                if parts[k, j, i] == 0 or wide[k, j, i] != 0:
                    continue
                at[0], at[1], at[2] = k, j, i
                ridge = False
                for axis in range(3):
                    higher_side = -32768.0
                    for turn in range(2):
                        low = 32767.0
                        to[:] = at
                        for _ in range(steps[axis]):
                            to[axis] += 2 * turn - 1
                            if to[axis] < 0 or to[axis] >= shape[axis]:
                                break
                            low = min(low, float(hu[to[0], to[1], to[2]]))
                        higher_side = max(higher_side, low)
                    if hu[k, j, i] - higher_side > height:
                        ridge = True
                        break
                if not ridge:
                    continue
                for n in range(len(offsets)):
                    a, b, c = k + offsets[n, 0], j + offsets[n, 1], i + offsets[n, 2]
                    if 0 <= a < shape[0] and 0 <= b < shape[1] and 0 <= c < shape[2] and shell[a, b, c] != 0:
                        out[k, j, i] = shell[a, b, c]
                        break
    return out
