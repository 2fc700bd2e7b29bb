"""Watershed by ordered flooding: bright voxels first, each goes to the marker that reaches it first.

Meyer's flooding (F. Meyer, "Un algorithme optimal pour la ligne de partage des eaux", 1991) with one
first-in-first-out queue per grey level, so that a voxel costs the same whatever the size of the image.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.compiled import compiled
from surgitwin.segmentation.morphology import Mask

Labels = npt.NDArray[np.int32]
LEVELS = 1024
"""Numerical setting: grey levels to which a relief that is no whole number is rounded."""


def flood(brightness: npt.NDArray[Any], markers: npt.NDArray[Any], mask: Mask) -> Labels:
    """Labels int32 [k, j, i]: every voxel of `mask` that a marker reaches through faces, 0 elsewhere.

    brightness: [k, j, i], flooded from its highest values down; whole numbers are taken as they are, others
    in LEVELS steps. markers: 0 or the label that starts there (those outside `mask` do not count).
    """
    labels = np.where(mask, markers, -1).astype(np.int32)
    level = _levels(brightness, mask)
    _flood(np.ascontiguousarray(level), labels, int(mask.sum()), int(level.max(initial=0)) + 1)
    labels[labels < 0] = 0
    return labels


def _levels(brightness: npt.NDArray[Any], mask: Mask) -> npt.NDArray[np.int32]:
    inside = brightness[mask]
    if inside.size == 0:
        return np.zeros(brightness.shape, np.int32)
    low, high = float(inside.min()), float(inside.max())
    if np.issubdtype(brightness.dtype, np.integer):
        out = np.int32(high) - brightness.astype(np.int32)
    else:
        scaled: FloatArray = (high - brightness) * ((LEVELS - 1) / max(high - low, 1e-12))
        out = np.clip(scaled, 0, LEVELS - 1).astype(np.int32)
    top: npt.NDArray[np.int32] = np.clip(out, 0, None)
    return top


@compiled
def _flood(level: npt.NDArray[np.int32], labels: Labels, count: int, levels: int) -> None:
    """Fill the zeros of `labels` in place; -1 is no ground. count: how many voxels are not -1."""
    nk, nj, ni = labels.shape
    flat_labels, flat_level = labels.ravel(), level.ravel()
    item = np.empty(count, np.int64)
    following = np.full(count, -1, np.int64)
    head = np.full(levels, -1, np.int64)
    tail = np.full(levels, -1, np.int64)
    steps = np.array([-nj * ni, nj * ni, -ni, ni, -1, 1], np.int64)
    used = 0
    for start in range(flat_labels.size):
        if flat_labels[start] > 0:
            used = _push(start, flat_level[start], used, item, following, head, tail)
    for now in range(levels):
        while head[now] >= 0:
            slot = head[now]
            head[now] = following[slot]
            if head[now] < 0:
                tail[now] = -1
            at = item[slot]
            i, row = at % ni, at // ni
            j, k = row % nj, row // nj
            open_to = (k > 0, k < nk - 1, j > 0, j < nj - 1, i > 0, i < ni - 1)
            for n in range(6):
                if not open_to[n]:
                    continue
                to = at + steps[n]
                if flat_labels[to] == 0:
                    flat_labels[to] = flat_labels[at]
                    used = _push(to, max(now, flat_level[to]), used, item, following, head, tail)


@compiled
def _push(
    at: int,
    level: int,
    used: int,
    item: npt.NDArray[np.int64],
    following: npt.NDArray[np.int64],
    head: npt.NDArray[np.int64],
    tail: npt.NDArray[np.int64],
) -> int:
    item[used] = at
    if tail[level] < 0:
        head[level] = used
    else:
        following[tail[level]] = used
    tail[level] = used
    return used + 1
