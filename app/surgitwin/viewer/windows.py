"""Window width and level: where they start, the presets, and the best ones for a region."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.image import Volume
from surgitwin.core.resources import load_table

AS_OPENED = 5
"""Number (and key) of the window that the image was opened with."""
VESSELS = "vessels"
"""Name of the preset for vessels with contrast."""

REGION_PERCENTILES = (1.0, 99.0)
"""Of a region's values: black and white of its automatic window (display only)."""


@dataclass(frozen=True)
class Window:
    """number: key of the keyboard. width and level in the image's unit."""

    number: int
    name: str
    width: float
    level: float


def presets(volume: Volume) -> tuple[Window, ...]:
    """What keys 1 to 6 offer: presets in HU for a CT, for other images only the window as opened."""
    rows = load_table("windows")["presets"] if volume.unit == "HU" else []
    numbers = (n for n in count(1) if n != AS_OPENED)
    found = [
        Window(n, str(r["name"]), float(r["width"]), float(r["level"]))
        for n, r in zip(numbers, rows, strict=False)
    ]
    opened = Window(AS_OPENED, "as opened", *first_window(volume))
    return tuple(sorted((*found, opened), key=lambda w: w.number))


def vessel_window() -> tuple[float, float]:
    """Window and level of the preset for vessels with contrast, in HU."""
    row = next(r for r in load_table("windows")["presets"] if r["name"] == VESSELS)
    return float(row["width"]), float(row["level"])


def first_window(volume: Volume) -> tuple[float, float]:
    """Window and level to begin with: the header's, else for a CT in HU the preset for bone, else
    percentiles 1 and 99 of the whole volume."""
    width, centre = volume.meta.get("window_width"), volume.meta.get("window_center")
    if width is not None and centre is not None and float(width) > 0:
        return float(width), float(centre)
    if volume.modality == "CT" and volume.unit == "HU":
        bone = next(r for r in load_table("windows")["presets"] if r["name"] == "bone")
        return float(bone["width"]), float(bone["level"])
    every = max(1, volume.array.size // 1_000_000)
    return region_window(volume.array.reshape(-1)[::every])


def region_window(values: npt.NDArray[Any]) -> tuple[float, float]:
    """Window and level that spread `values` (at least one) from black to white; the width is at least 1.

    When both percentiles are one value, from the lowest to the highest.
    """
    low, high = np.percentile(values, REGION_PERCENTILES)
    if high <= low:  # nearly all of it is one value, as in a subtracted angiogram
        low, high = float(np.min(values)), float(np.max(values))
    return max(float(high - low), 1.0), float(high + low) / 2
