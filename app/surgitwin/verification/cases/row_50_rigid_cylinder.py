"""Rigid cylinder expanding in a thick neo-Hookean tube.

Round rings are driven until the lumen has the wanted stretch; the pressure is the contact force over the
area of the opened lumen. The wrong input is a tube of 4.2 instead of 4.5 mm outer radius.
"""

from __future__ import annotations

import numpy as np

from surgitwin.verification.case import Case, Measured
from surgitwin.verification.vessel_cases import INNER, LENGTH, OUTER, DrivenTube, thick_tube

STRETCHES = {"50a": 1.1, "50b": 1.25, "50c": 1.5, "50d": 2.0}
MU = 0.1
COARSER = 8
FINE = 12


def pressures(angles: int, outer: float) -> dict[str, float]:
    """p/mu at each stretch."""
    tube = DrivenTube(thick_tube(MU, outer=outer, angles=angles))
    out = {}
    for key, stretch in STRETCHES.items():
        target = stretch * INNER
        for part in np.linspace(tube.radius, target, 4)[1:]:
            tube.to(2 * part)
        aim = 2 * target
        for _ in range(3):
            aim += 2 * (target - tube.radius)
            e = tube.to(aim)
        force = float(e.normal.sum())
        out[key] = force / (2 * np.pi * tube.radius * LENGTH) / MU
    tube.system.close()
    return out


def run(wrong: bool) -> dict[str, Measured]:
    """Pressures on two meshes."""
    outer = 4.2 if wrong else OUTER
    coarse = pressures(COARSER, outer)
    fine = coarse if wrong else pressures(FINE, outer)
    return {k: Measured(fine[k], ((COARSER, coarse[k]), (FINE, fine[k]))) for k in STRETCHES}


CASE = Case("50", "Rigid cylinder in a thick tube", run, "a tube of 4.2 instead of 4.5 mm outer radius")
