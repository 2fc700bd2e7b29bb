"""What a preset's thresholds catch, on single slices: quick enough to follow a slider."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.resources import load_table
from surgitwin.segmentation.presets import Preset

NOTHING, CANDIDATE, SEED = 0, 1, 2
"""Of a preview: under the thresholds; may be bone (over bone_hu); surely bone (over seed_hu)."""


def preset_preview(values: npt.NDArray[Any], preset: Preset) -> npt.NDArray[np.uint8]:
    """NOTHING, CANDIDATE or SEED for every pixel. values: any shape, in the preset's unit (HU)."""
    out = (values > preset["bone_hu"]).astype(np.uint8)
    out += values > max(preset["seed_hu"], preset["bone_hu"])
    return out


def parameter_source(preset: str, name: str) -> str:
    """Where the value of a preset's parameter comes from, as the table says. KeyError when unknown."""
    row = load_table("segmentation_presets")[preset]["parameters"][name]
    return str(row["source"])
