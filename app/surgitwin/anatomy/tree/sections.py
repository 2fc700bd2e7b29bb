"""What every section of a tube measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import LumenTube

_ANGLES = 90


@dataclass(frozen=True, eq=False)
class Sections:
    """Of stations (n,), mm and mm2. s_mm: arc length from the start of the branch. points_mm (n, 3): LPS."""

    s_mm: FloatArray
    points_mm: FloatArray
    area_mm2: FloatArray
    perimeter_mm: FloatArray
    min_diameter_mm: FloatArray
    max_diameter_mm: FloatArray


def sections_of(tube: LumenTube, start_mm: float, step_mm: float = 1.0) -> Sections:
    """Sections of a tube every step_mm or so; start_mm: arc length of its first station in the branch."""
    s = tube.course.s_mm
    take = max(1, round(step_mm / float(np.median(np.diff(s)))))
    rows = np.arange(0, len(s), take)
    radius = tube.radius_mm[rows]
    flat = radius[..., None] * np.stack([np.cos(tube.angles), np.sin(tube.angles)], -1)
    turn = np.pi * np.arange(_ANGLES) / _ANGLES
    width = np.ptp(flat @ np.stack([np.cos(turn), np.sin(turn)]), axis=1)
    perimeter = np.linalg.norm(np.roll(flat, -1, axis=1) - flat, axis=-1).sum(1)
    return Sections(
        start_mm + s[rows], tube.course.points_mm[rows], tube.area_mm2[rows], perimeter, width.min(1),
        width.max(1),
    )  # fmt: skip
