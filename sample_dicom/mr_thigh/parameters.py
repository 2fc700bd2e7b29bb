"""What can be chosen when the thigh is built. Lengths in mm, signal in scanner units.

Signals follow thigh_mr (T1 spin echo, data/README.md): marrow and fat near 900, muscle near 250, cortex and
air dark; shading of a surface coil is about a third up and down. The shape is a choice made for this phantom.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class ThighParameters:
    """One thigh.

    outer_mm, canal_mm: radii of cortex and canal at the middle of the image; flare: share by which both widen
    towards the upper end; flat: minor over major half-axis; lean: sideways shift of the axis per mm of
    height. shading: largest relative change of the signal; noise: standard deviation before the magnitude
    is taken (Rician).
    """

    outer_mm: float = 14.0
    canal_mm: float = 6.5
    flare: float = 0.35
    flat: float = 0.9
    lean: float = 0.08
    thigh_mm: float = 68.0
    fat_mm: float = 12.0
    marrow: float = 880.0
    fat: float = 920.0
    muscle: float = 260.0
    cortex: float = 25.0
    air: float = 12.0
    shading: float = 0.33
    noise: float = 18.0
    pixel_mm: float = 0.8
    slice_mm: float = 4.0
    pixels: int = 192
    slices: int = 28
    samples: int = 3
    seed: int = 20260611


FULL = ThighParameters()


def quick(**changes: object) -> ThighParameters:
    """The same thigh for fast tests: fewer, thicker slices and larger pixels."""
    small = {"pixel_mm": 1.0, "pixels": 154, "slices": 14, "slice_mm": 5.0, "samples": 2}
    return replace(FULL, **{**small, **changes})  # type: ignore[arg-type]
