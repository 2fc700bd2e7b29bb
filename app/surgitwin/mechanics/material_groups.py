"""Which cells are of one material: stress and strain are averaged only among those.

Across a border of two materials stress or strain jumps by right, so a mean over both is neither side's value
and its distance from the cells is no error of the mesh.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray

MOST_MATERIALS = 16
"""Numerical setting: cell-wise values with more different rows than this are a field (bone from CT), in which
every cell has its own stiffness and neighbours differ little."""


def equal_materials(values: FloatArray) -> IntArray:
    """(m,) group of every cell, from 0, by its values (m, k): equal rows share one; a field is one."""
    rows = np.asarray(values, float).reshape(len(values), -1)
    if len(np.unique(rows[:, 0])) > MOST_MATERIALS:  # the quick answer for large fields
        return np.zeros(len(rows), np.int64)
    different, group = np.unique(rows, axis=0, return_inverse=True)
    if len(different) > MOST_MATERIALS:
        return np.zeros(len(rows), np.int64)
    out: IntArray = group.reshape(-1).astype(np.int64)
    return out
