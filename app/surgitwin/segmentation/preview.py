"""What a preset's thresholds catch, on single slices: quick enough to follow a slider."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.segmentation.presets import Preset

NOTHING, CANDIDATE, SEED = 0, 1, 2
"""Of a preview: under the thresholds; may be bone (over bone_hu); surely bone (over seed_hu)."""


def can_preview(preset: Preset) -> tuple[bool, str]:
    """Whether single slices show what `preset` catches, and what its two colours mean."""
    names = preset.parameters
    if "bone_hu" in names and "seed_hu" in names:
        return True, "Orange: surely bone. Yellow: may be bone."
    if "metal_hu" in names:
        return True, "Orange: metal."
    if "fat_low_hu" in names:
        return True, "Orange: fat. Yellow: lean tissue."
    return False, ""


def preset_preview(values: npt.NDArray[Any], preset: Preset) -> npt.NDArray[np.uint8]:
    """NOTHING, CANDIDATE or SEED for every pixel (see `can_preview`). values: any shape, in the preset's
    unit (HU).

    All NOTHING for a preset that follows from the whole image.
    """
    names = preset.parameters
    if "bone_hu" in names and "seed_hu" in names:
        out = (values > preset["bone_hu"]).astype(np.uint8)
        out += values > max(preset["seed_hu"], preset["bone_hu"])
        return out
    if "metal_hu" in names:
        return np.where(values > preset["metal_hu"], np.uint8(SEED), np.uint8(NOTHING))
    if "fat_low_hu" in names:
        fat = (values >= preset["fat_low_hu"]) & (values <= preset["fat_high_hu"])
        lean = (values > preset["fat_high_hu"]) & (values <= preset["lean_high_hu"])
        return np.where(fat, np.uint8(SEED), np.where(lean, np.uint8(CANDIDATE), np.uint8(NOTHING)))
    return np.zeros(np.shape(values), np.uint8)
