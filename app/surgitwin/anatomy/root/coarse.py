"""The whole image on a coarse grid, for what is sought far from the root."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.image import ImageGrid, Volume


def block_means(volume: Volume, grid_mm: float) -> tuple[npt.NDArray[np.float32], ImageGrid]:
    """Means of blocks of voxels of about grid_mm, float32 [k, j, i], and their grid; a cut-off rest is left
    out.
    """
    step = np.maximum(1, np.round(grid_mm / volume.grid.spacing_mm[::-1])).astype(int)
    shape = np.array(volume.grid.shape) // step
    cut = volume.array[tuple(slice(0, n) for n in shape * step)]
    blocks = cut.reshape(shape[0], step[0], shape[1], step[1], shape[2], step[2])
    array = blocks.mean(axis=(1, 3, 5), dtype=np.float32)
    origin = volume.grid.index_to_lps((step[::-1] - 1) / 2)
    return array, ImageGrid(array.shape, origin, volume.grid.spacing_mm * step[::-1], volume.grid.direction)
