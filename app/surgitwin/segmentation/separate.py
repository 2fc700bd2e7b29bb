"""Bones that touch, told apart in one flooding from the densest voxel down.

Every dense spot begins a part, and parts grow as the level sinks. Two parts that meet become one, unless both
have grown to the size of a bone and they meet at a level low enough for a joint: then each keeps its side of
the valley. This is a watershed whose basins merge by volume (volume dynamics, C. Vachier and F. Meyer,
"Extinction value: a new measurement of persistence", 1995).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.segmentation.compiled import compiled
from surgitwin.segmentation.flood import Labels

LOWEST, HIGHEST = -32768, 32767


def separate(
    hu: npt.NDArray[Any], edge_hu: float, seed_hu: float, joint_hu: float, part_voxels: float
) -> tuple[Labels, npt.NDArray[np.int64]]:
    """Parts 1 .. n (int32 [k, j, i], 0 under `edge_hu`) and how many voxels of each (n + 1,) are over
    `seed_hu`.

    hu: [k, j, i] whole numbers. Parts of at least `part_voxels` voxels over `seed_hu` that meet at or under
    `joint_hu` stay apart. A part without a voxel over `seed_hu` is left out.
    """
    values = np.ascontiguousarray(hu, np.int16)
    where, level = _by_level(values.ravel(), max(int(np.floor(edge_hu)) + 1, LOWEST))
    parts = np.zeros(values.size, np.int32)
    parent, dense = _grow(parts, where, level, values.shape, int(seed_hu), int(joint_hu), int(part_voxels))
    roots = _roots(parent)
    order = np.flatnonzero((roots == np.arange(len(roots))) & (dense > 0))
    order = order[np.argsort(-dense[order], kind="stable")]
    number = np.zeros(len(roots), np.int32)
    number[order] = np.arange(1, len(order) + 1)
    _rename(parts, where, number[roots])
    return parts.reshape(values.shape), np.r_[0, dense[order]]


@compiled
def _by_level(
    values: npt.NDArray[np.int16], least: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int16]]:
    """Places of the values from `least` up, the highest first (counting sort), and those values."""
    count = np.zeros(65537, np.int64)
    for v in values:
        if v >= least:
            count[HIGHEST - v + 1] += 1
    for n in range(1, 65537):
        count[n] += count[n - 1]
    where = np.empty(count[65536], np.int64)
    level = np.empty(count[65536], np.int16)
    for at in range(values.size):
        v = values[at]
        if v >= least:
            slot = count[HIGHEST - v]
            count[HIGHEST - v] += 1
            where[slot] = at
            level[slot] = v
    return where, level


@compiled
def _grow(
    parts: Labels,
    where: npt.NDArray[np.int64],
    level: npt.NDArray[np.int16],
    shape: tuple[int, int, int],
    seed: int,
    joint: int,
    large: int,
) -> tuple[Labels, npt.NDArray[np.int64]]:
    nk, nj, ni = shape
    parent = np.zeros(1024, np.int32)
    dense = np.zeros(1024, np.int64)
    used = 1
    steps = np.array([-nj * ni, nj * ni, -ni, ni, -1, 1], np.int64)
    for n in range(len(where)):
        at, now = where[n], level[n]
        i, row = at % ni, at // ni
        j, k = row % nj, row // nj
        open_to = (k > 0, k < nk - 1, j > 0, j < nj - 1, i > 0, i < ni - 1)
        best = 0
        for s in range(6):
            if not open_to[s] or parts[at + steps[s]] == 0:
                continue
            other = _root(parent, parts[at + steps[s]])
            if best == 0 or other == best:
                best = other
            elif now > joint or min(dense[best], dense[other]) < large:
                low, high = (best, other) if dense[best] < dense[other] else (other, best)
                parent[low] = high
                dense[high] += dense[low]
                best = high
            elif dense[other] > dense[best]:
                best = other
        if best == 0:
            if used == len(parent):
                parent = np.concatenate((parent, np.zeros_like(parent)))
                dense = np.concatenate((dense, np.zeros_like(dense)))
            best = used
            parent[best] = best
            used += 1
        parts[at] = best
        if now > seed:
            dense[best] += 1
    return parent[:used], dense[:used]


@compiled
def _root(parent: Labels, of: int) -> int:
    while parent[of] != of:
        parent[of] = parent[parent[of]]
        of = parent[of]
    return of


@compiled
def _roots(parent: Labels) -> Labels:
    out = np.empty_like(parent)
    for n in range(len(parent)):
        out[n] = _root(parent, n)
    return out


@compiled
def _rename(parts: Labels, where: npt.NDArray[np.int64], number: Labels) -> None:
    for at in where:
        parts[at] = number[parts[at]]
