"""Depth under a surface that lies between the voxels: where the values pass a level."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.compiled import compiled
from surgitwin.segmentation.morphology import Mask


def depth_under(
    values: npt.NDArray[Any], inside: Mask, level: float, spacing_kji: FloatArray, reach_mm: float
) -> npt.NDArray[np.float32]:
    """Depth in mm (float32 [k, j, i]) of each voxel centre of `inside` under its surface, inf beyond
    reach_mm.

    The surface passes between each voxel inside and its neighbour outside where a straight line between
    their values has `level`; half way where it has not (what lies outside is no air). The depth is the
    distance from the nearest of these points.
    """
    out = np.full(inside.shape, np.inf, np.float32)
    spacing = np.asarray(spacing_kji, float)
    for axis in range(3):
        at, part = _crossings(values, inside, level, axis)
        _nearest(out, inside, at, part, axis, spacing, reach_mm)
    return out


def _crossings(
    values: npt.NDArray[Any], inside: Mask, level: float, axis: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Voxels (n, 3) before each crossing along `axis`, and the share of the step that lies before it (n,)."""

    def side(n: int) -> tuple[slice, ...]:
        cut = [slice(None)] * 3
        cut[axis] = slice(1, None) if n else slice(None, -1)
        return tuple(cut)

    at = np.argwhere(inside[side(0)] != inside[side(1)])
    here = tuple(at.T)
    a, b = (values[side(n)][here].astype(float) for n in (0, 1))
    passes = (a - level) * (b - level) < 0
    share = np.full(len(at), 0.5)
    share[passes] = (level - a[passes]) / (b - a)[passes]
    return at.astype(np.int64), share


@compiled
def _nearest(
    out: npt.NDArray[np.float32],
    inside: Mask,
    at: npt.NDArray[np.int64],
    share: npt.NDArray[np.float64],
    axis: int,
    spacing: npt.NDArray[np.float64],
    reach_mm: float,
) -> None:
    nk, nj, ni = out.shape
    sk, sj, si = spacing
    rk, rj, ri = int(reach_mm / sk) + 1, int(reach_mm / sj) + 1, int(reach_mm / si) + 1
    for n in range(len(at)):
        k0, j0, i0 = at[n]
        ck = k0 + (share[n] if axis == 0 else 0.0)
        cj = j0 + (share[n] if axis == 1 else 0.0)
        ci = i0 + (share[n] if axis == 2 else 0.0)
        for k in range(max(k0 - rk, 0), min(k0 + rk + 2, nk)):
            dk = ((k - ck) * sk) ** 2
            for j in range(max(j0 - rj, 0), min(j0 + rj + 2, nj)):
                dj = dk + ((j - cj) * sj) ** 2
                if dj > reach_mm**2:
                    continue
                for i in range(max(i0 - ri, 0), min(i0 + ri + 2, ni)):
                    away = np.sqrt(dj + ((i - ci) * si) ** 2)
                    if away <= reach_mm and away < out[k, j, i] and inside[k, j, i]:
                        out[k, j, i] = away
