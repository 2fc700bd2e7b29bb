"""A livewire under way on one slice: its picture, clicks and paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.edit.livewire import Pixel, Wire


@dataclass
class LivewireLine:
    """A line under way. corner_mm: LPS of the slice picture's first pixel; right, down: its unit directions.
    px_mm: size of its pixels. pieces: fixed paths (n, 2) of pixels, one a click after the first.
    """

    view: Any
    plane: str
    corner_mm: FloatArray
    right: FloatArray
    down: FloatArray
    px_mm: float
    wire: Wire
    clicks: list[Pixel] = field(default_factory=list)
    pieces: list[npt.NDArray[np.int64]] = field(default_factory=list)
    live: npt.NDArray[np.int64] | None = None

    def pixel(self, point_mm: FloatArray) -> Pixel:
        """Pixel (row, column) of an LPS point of the slice."""
        away = np.asarray(point_mm) - self.corner_mm
        return (round(float(away @ self.down) / self.px_mm), round(float(away @ self.right) / self.px_mm))

    def lps(self, pixels: npt.ArrayLike) -> FloatArray:
        """LPS (n, 3) of pixels (n, 2)."""
        at = np.atleast_2d(np.asarray(pixels, float)) * self.px_mm
        out: FloatArray = self.corner_mm + at[:, :1] * self.down + at[:, 1:] * self.right
        return out
