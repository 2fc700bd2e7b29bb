"""One strut of a zig-zag ring unrolled in the plane: straight with rounded ends."""

from __future__ import annotations

import math

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import ZigzagRing

STEEPEST = 0.999
"""Of sin(phi): struts that lie around the vessel reach no further."""
LONGEST_ROUND = 0.3
"""Of a strut at either end that may be round (setting)."""


def ring_height(ring: ZigzagRing, diameter_mm: float) -> float:
    """Axial length of the zig-zag at a mid-surface diameter, mm: L cos(phi), pi D = 2 n L sin(phi)."""
    sine = math.pi * diameter_mm / (2 * ring.crowns * ring.strut_length_mm)
    return ring.strut_length_mm * math.sqrt(1 - min(sine, STEEPEST) ** 2)


def strut_line(
    height_mm: float, half_pitch_mm: float, round_mm: float, straight: int, turns: int
) -> FloatArray:
    """(k, 2) points (around, along) of a strut from trough (0, 0) to crown (half_pitch, height).

    round_mm: radius of the crowns' centreline; 0 for sharp ones, which then have no points of their own.
    straight, turns: elements of the straight part and of each round end. The ends lie on the crowns' tops.
    """
    if round_mm <= 0:
        return np.linspace((0.0, 0.0), (half_pitch_mm, height_mm), straight + 1)
    radius, tall = round_mm, height_mm
    for _ in range(20):  # the sharp corner that the arc replaces lies beyond the top
        phi = math.atan2(half_pitch_mm, tall)
        radius = min(round_mm, LONGEST_ROUND * math.hypot(half_pitch_mm, tall) * math.tan(phi))
        tall = height_mm + 2 * radius * (1 / math.sin(phi) - 1)
    phi = math.atan2(half_pitch_mm, tall)
    turn = np.linspace(0, math.pi / 2 - phi, turns + 1)
    low = np.stack([radius * np.sin(turn), radius * (1 - np.cos(turn))], axis=1)
    high = np.array([half_pitch_mm, height_mm]) - low[::-1]
    middle = np.linspace(low[-1], high[0], straight + 1)
    return np.concatenate([low[:-1], middle, high[1:]])
