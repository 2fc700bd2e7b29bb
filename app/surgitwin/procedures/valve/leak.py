"""The gap beside the skirt and the range of the leak through it. Never graded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.procedures.valve.options import section
from surgitwin.procedures.valve.unrolled import Unrolled

ANGLES = 180
"""Numerical setting: samples around, every 2 degrees."""
PA_PER_MMHG = 133.322


@dataclass(frozen=True)
class SkirtGap:
    """The section of least gap area within the skirt. height_mm: over the annulus plane."""

    area_mm2: float
    arc_percent: float
    height_mm: float


def skirt_gap(lumen: Unrolled, depth_mm: float, skirt_mm: tuple[float, float]) -> SkirtGap | None:
    """The gap that is left at skirt height; None where no section of the skirt faces the wall all round.

    depth_mm: of the device's inflow end below the annulus plane. Between wall radius R and a gap g lies the
    area g (R - g/2) dangle; what overlaps counts as closed.
    """
    known = section("leak")
    low, high = skirt_mm[0] - depth_mm, skirt_mm[1] - depth_mm
    height = np.linspace(low, high, max(2, round((high - low) / known["level_step_mm"]) + 1))
    angle = 2 * np.pi * np.arange(ANGLES) / ANGLES
    beside = np.isfinite(lumen.gap_mm)
    if not beside.any():
        return None
    gap, radius = lumen.sampled(height, angle, lumen.gap_mm, lumen.radius_mm, only=beside)
    whole = np.isfinite(gap).all(axis=1)
    if not whole.any():
        return None
    gap, radius, height = np.maximum(gap[whole], 0.0), radius[whole], height[whole]
    area: FloatArray = (gap * (radius - gap / 2)).sum(axis=1) * 2 * np.pi / ANGLES
    least = int(np.argmin(area))
    arc = 100 * float((gap[least] > known["open_gap_mm"]).mean())
    return SkirtGap(float(area[least]), arc, float(height[least]))


def leak_range(area_mm2: float) -> tuple[float, float]:
    """mL/s: Cd A sqrt(2 dp / rho) at the low and the high ends of Cd and pressure (physics.md 3.3)."""
    known = section("leak")
    low, high = (
        cd * area_mm2 * math.sqrt(2 * p * PA_PER_MMHG / known["density_kg_m3"])
        for cd, p in zip(known["discharge"], known["pressure_mmHg"], strict=True)
    )
    return low, high
