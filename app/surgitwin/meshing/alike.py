"""Rows of whole numbers that are equal, by a hash table: welding points, triangles that are there twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import IntArray
from surgitwin.meshing.meshers.kernels import patient_kernel


def first_alike(rows: IntArray) -> npt.NDArray[np.int32]:
    """(n,) number of the first row of `rows` (n, 3) that equals each one; compared exactly."""
    if len(rows) > np.iinfo(np.int32).max:
        raise ValueError(f"{len(rows)} rows are more than a surface can have")
    slots = 1 << max(4, int(np.ceil(np.log2(max(2 * len(rows), 1)))))  # a power of 2, at most half full
    return _first_alike(np.ascontiguousarray(rows, np.int64), slots)


@patient_kernel
def _first_alike(rows: npt.NDArray[np.int64], slots: int) -> npt.NDArray[np.int32]:
    table = np.full(slots, -1, np.int32)
    out = np.empty(len(rows), np.int32)
    for n in range(len(rows)):
        a, b, c = np.uint64(rows[n, 0]), np.uint64(rows[n, 1]), np.uint64(rows[n, 2])
        h = a * np.uint64(0x9E3779B97F4A7C15)
        h = (h ^ (h >> np.uint64(32)) ^ b) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(29)) ^ c) * np.uint64(0x94D049BB133111EB)  # mixing as in splitmix64
        at = np.int64((h ^ (h >> np.uint64(32))) & np.uint64(slots - 1))
        while True:
            m = table[at]
            if m < 0:
                table[at] = n
                out[n] = n
                break
            if rows[m, 0] == rows[n, 0] and rows[m, 1] == rows[n, 1] and rows[m, 2] == rows[n, 2]:
                out[n] = m
                break
            at = (at + 1) & (slots - 1)
    return out
