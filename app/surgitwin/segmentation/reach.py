"""Labels grown by a few millimetres: each empty voxel near a label takes the nearest one.

Only the rim of the labels is looked at: its voxels hand their label to the places round them, nearest first.
Distances are exact, from voxel centre to voxel centre, in anisotropic voxels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.compiled import compiled
from surgitwin.segmentation.morphology import Mask

Labels = npt.NDArray[np.int32]


def grown[T: npt.NDArray[Any]](labels: T, spacing_kji: FloatArray, reach_mm: float) -> T:
    """`labels` (whole numbers [k, j, i]) with every 0 within `reach_mm` of a label replaced by the nearest
    label.
    """
    source = np.ascontiguousarray(labels)
    out = source.copy()
    offsets = ball(spacing_kji, reach_mm)
    if len(offsets):
        _scatter(source.ravel(), out.ravel(), _rim(source), np.array(source.shape), offsets)
    return out.astype(labels.dtype, copy=False)  # type: ignore[return-value]


def within(mask: Mask, spacing_kji: FloatArray, reach_mm: float) -> Mask:
    """Voxels whose centre lies within `reach_mm` of a voxel centre of `mask`."""
    return grown(mask.view(np.uint8), spacing_kji, reach_mm).view(np.bool_)


def ball(spacing_kji: FloatArray, reach_mm: float) -> npt.NDArray[np.int64]:
    """(n, 3) steps (k, j, i) no longer than `reach_mm`, the shortest first, without (0, 0, 0)."""
    most = np.floor(reach_mm / spacing_kji + 1e-9).astype(int)
    axes = [np.arange(-n, n + 1) for n in most]
    steps = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    length = np.linalg.norm(steps * spacing_kji, axis=1)
    order = np.argsort(length, kind="stable")
    keep = order[(length[order] > 0) & (length[order] <= reach_mm * (1 + 1e-6))]
    return steps[keep].astype(np.int64)


@compiled
def _rim(labels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Places of the labelled voxels that have an empty neighbour across a face."""
    nk, nj, ni = labels.shape
    count = 0
    out = np.empty(0, np.int64)
    for write in range(2):
        if write:
            out = np.empty(count, np.int64)
            count = 0
        for k in range(nk):
            for j in range(nj):
                for i in range(ni):
                    if labels[k, j, i] == 0:
                        continue
                    if (
                        (k > 0 and labels[k - 1, j, i] == 0)
                        or (k < nk - 1 and labels[k + 1, j, i] == 0)
                        or (j > 0 and labels[k, j - 1, i] == 0)
                        or (j < nj - 1 and labels[k, j + 1, i] == 0)
                        or (i > 0 and labels[k, j, i - 1] == 0)
                        or (i < ni - 1 and labels[k, j, i + 1] == 0)
                    ):
                        if write:
                            out[count] = (k * nj + j) * ni + i
                        count += 1
    return out


@compiled
def _scatter(
    source: npt.NDArray[Any],
    out: npt.NDArray[Any],
    rim: npt.NDArray[np.int64],
    shape: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
) -> None:
    nk, nj, ni = shape
    for n in range(len(offsets)):
        dk, dj, di = offsets[n]
        step = (dk * nj + dj) * ni + di
        for at in rim:
            i, row = at % ni, at // ni
            j, k = row % nj, row // nj
            if k + dk < 0 or k + dk >= nk or j + dj < 0 or j + dj >= nj or i + di < 0 or i + di >= ni:
                continue
            if out[at + step] == 0:
                out[at + step] = source[at]
