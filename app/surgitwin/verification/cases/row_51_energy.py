"""Work of driven rings against what is stored, and the wall's volume.

The tube of row 50 is opened by half in 40 steps. Work: the tension of each ring over its perimeter, by
trapezia. The wrong input is a wall that can be compressed (kappa = 20 mu), and the work of the last ring left
out.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.wall_stress import cell_stress
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.vessel_cases import INNER, RINGS, DrivenTube, thick_tube

STRETCH, STEPS = 1.5, 40


def run(wrong: bool) -> dict[str, Measured]:
    """Work over stored energy and change of volume."""
    tube = DrivenTube(thick_tube(0.1, kappa_ratio=20.0 if wrong else 1000.0))
    start, last = 2 * tube.radius, np.arange(RINGS) == RINGS - 1
    D: FloatArray = tube.drive.diameter_mm.copy()
    F, work = np.zeros_like(D), 0.0
    for diameter in np.linspace(start, 2 * STRETCH * INNER, STEPS + 1)[1:]:
        e = tube.to(float(diameter))
        force = -np.pi * e.rings.tension_N * (~last if wrong else 1)
        work += 0.5 * float(((force + F) * (e.rings.diameter_mm - D)).sum())
        D, F = e.rings.diameter_mm, force
    stored = e.wall_energy + e.touch_energy + e.rings.shape_energy
    volume = cell_stress(tube.system.wall, tube.system.x)[1] / tube.system.wall.volume_mm3
    tube.system.close()
    return {"51a": Measured(work / stored), "51b": Measured(volume - 1)}


CASE = Case(
    "51",
    "Energy and volume of a deployment",
    run,
    "compressible wall; one ring's work left out",
    quick=True,
)
