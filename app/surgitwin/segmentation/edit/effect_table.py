"""The table of effects (data only). Defaults are numerical settings unless their source says otherwise."""

from __future__ import annotations

from surgitwin.segmentation.edit import effects_drawing as drawing
from surgitwin.segmentation.edit import effects_shaping as shaping
from surgitwin.segmentation.edit.effects import EffectSpec

EFFECTS: tuple[EffectSpec, ...] = (
    drawing.PAINT,
    drawing.SCISSORS,
    drawing.LIVEWIRE,
    drawing.ISLAND,
    drawing.THRESHOLD,
    drawing.FILL,
    drawing.BETWEEN,
    shaping.SMOOTH,
    shaping.JOINT,
    shaping.MARGIN,
    shaping.HOLLOW,
    shaping.BOOLEAN,
    drawing.GROW,
    shaping.WATERSHED,
    shaping.LEVEL_SET,
    shaping.MIRROR,
    shaping.CROP,
)
"""In the order of the palette."""
