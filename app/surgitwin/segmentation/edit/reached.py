"""What a distance in mm comes to in whole voxels, said where a slice is thicker than the distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray

DISTANCES = {"margin": "mm", "hollow": "thickness_mm"}
"""The distance by which each effect moves a boundary."""
EPS = 1e-4
"""Numerical setting, mm: as in `edit.margin`."""


def not_reached(effect: str, values: Mapping[str, Any], spacing_kji: FloatArray) -> tuple[str, ...]:
    """One sentence where the distance of "margin" or "hollow" is less than one voxel along some axis: nothing
    moves that way. spacing_kji: (sk, sj, si) mm.
    """
    if effect not in DISTANCES:
        return ()
    mm = abs(float(values[DISTANCES[effect]]))
    if effect == "hollow" and values.get("wall") == "medial":
        mm /= 2  # half on either side
    spacing = np.asarray(spacing_kji, float)
    short = spacing[spacing > mm + EPS]
    if not len(short):
        return ()
    apart = float(short.max())
    return (
        f"{mm:g} mm is less than the {apart:.3g} mm between voxels across the slices: nothing moved that "
        f"way. "
        f"Choose {apart:.3g} mm or more to move there too.",
    )
