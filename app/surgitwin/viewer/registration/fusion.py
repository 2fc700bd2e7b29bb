"""The second image over a slice of the first: mixed, in colour, or as a checkerboard; no toolkit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.scene.reslice import Reslicer
from surgitwin.scene.sliceimage import grey
from surgitwin.viewer.windows import first_window

Mode = Literal["mixed", "colour", "checkerboard"]
MODES: tuple[Mode, ...] = ("mixed", "colour", "checkerboard")
INK = np.array([1.0, 0.72, 0.25])
"""Colour of the second image in the mode "colour" (display only)."""


@dataclass(frozen=True)
class FusionLook:
    """opacity: 0 shows the first image alone, 1 the second. square_mm: side of the checkerboard's squares."""

    mode: Mode = "mixed"
    opacity: float = 0.5
    square_mm: float = 20.0


class Fusion:
    """A second image moved by a 4x4 (its LPS points to the first image's); cut from its own voxels."""

    def __init__(self, volume: Volume, matrix: FloatArray, look: FusionLook | None = None) -> None:
        grid = volume.grid
        origin = matrix[:3, :3] @ grid.origin_mm + matrix[:3, 3]
        moved = ImageGrid(grid.shape, origin, grid.spacing_mm, matrix[:3, :3] @ grid.direction)
        self.look = look or FusionLook()
        self.window, self.level = first_window(volume)
        array = np.ascontiguousarray(volume.array)
        if array.dtype.kind == "u":  # below every value, so that outside can be told from inside
            array = array.astype(np.int32 if array.dtype.itemsize < 4 else np.float32)
        self._image = Reslicer(array, moved)

    def over(
        self,
        picture: npt.NDArray[Any],
        corner: FloatArray,
        right: FloatArray,
        down: FloatArray,
        mm_per_px: float,
    ) -> npt.NDArray[Any]:
        """(h, w, 4) uint8: `picture` of the first image at this plane, with the second over it where it has
        voxels."""
        height, width = picture.shape[:2]
        values = self._image.cut(corner, right, down, (width, height), mm_per_px)
        share = np.where(values == self._image.outside, 0.0, 1.0).astype(np.float32)
        shades = grey(values, self.window, self.level)[..., None].astype(np.float32)
        if self.look.mode == "checkerboard":
            share *= self._squares(corner, right, down, mm_per_px, (height, width))
        else:
            share *= self.look.opacity
        if self.look.mode == "colour":
            shades = shades * INK.astype(np.float32)
        out = np.array(picture)
        weight = share[..., None]
        out[..., :3] = picture[..., :3] * (1 - weight) + shades * weight
        return out

    def _squares(
        self,
        corner: FloatArray,
        right: FloatArray,
        down: FloatArray,
        mm_per_px: float,
        shape: tuple[int, int],
    ) -> npt.NDArray[np.float32]:
        """1 on every other square; the squares stay with the body when the slice is moved."""
        x = np.floor((corner @ right + np.arange(shape[1]) * mm_per_px) / self.look.square_mm)
        y = np.floor((corner @ down + np.arange(shape[0]) * mm_per_px) / self.look.square_mm)
        out: npt.NDArray[np.float32] = ((x[None, :] + y[:, None]) % 2).astype(np.float32)
        return out
