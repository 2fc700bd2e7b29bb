"""The grid of the linked views, and the one picture of all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.scene.fields import ColourScale
from surgitwin.scene.page import ImageArray
from surgitwin.viewer.views.view_pictures import on_sheet

Capture = tuple[ImageArray, tuple[str, ...], ColourScale | None]
"""Pixels of a view, the words above it, its colour scale."""

TALL = 2.6
"""Height over width of a long bone seen from the side: the grid is chosen to show it large (display only)."""


def columns_for(count: int, width: int, height: int) -> int:
    """Columns of the grid in which `count` long bones are largest in a place of that size."""

    def scale(columns: int) -> float:
        rows = -(-count // columns)
        return min(height / rows / TALL, width / columns)

    return max(range(1, max(count, 1) + 1), key=scale) if count else 1


def sheet_of(captured: Sequence[Capture], columns: int) -> ImageArray:
    """(h, w, 3) uint8: all views in their grid, each with its words, scale and the notice; for a worker."""
    shots = [on_sheet(*one) for one in captured]
    height, width = (max(s.shape[k] for s in shots) for k in (0, 1))
    columns = min(columns, len(shots))
    out = np.full((-(-len(shots) // columns) * height, columns * width, 3), 255, np.uint8)
    for n, shot in enumerate(shots):
        r, c = n // columns * height, n % columns * width
        out[r : r + shot.shape[0], c : c + shot.shape[1]] = shot
    return out
