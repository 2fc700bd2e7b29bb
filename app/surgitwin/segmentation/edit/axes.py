"""Slices by the names that a physician uses, for images whose axes point anywhere."""

from __future__ import annotations

import numpy as np

from surgitwin.core.image import ImageGrid

ACROSS = {"axial": 2, "coronal": 1, "sagittal": 0}
"""Kind of slices -> the body axis (x, y, z of LPS) that runs across them."""

SLICES = {
    "axial": "Axial slices",
    "coronal": "Coronal slices",
    "sagittal": "Sagittal slices",
}


def array_axis(grid: ImageGrid, slices: str) -> int:
    """The array axis (0 k, 1 j, 2 i) that runs across the `slices`, of all three the one nearest to it.

    Each array axis belongs to one kind of slices, also in an oblique image.
    """
    closeness = np.abs(grid.direction)  # rows x, y, z; columns i, j, k
    column: dict[int, int] = {}
    for _ in range(3):
        row, col = divmod(int(closeness.argmax()), 3)
        column[row] = col
        closeness[row], closeness[:, col] = -1.0, -1.0
    return 2 - column[ACROSS[slices]]
