"""The two terms of Young and Tsai as the reduced vessel model applies them to a lumen's areas.

The losses are read at the end of a vessel whose middle is narrowed to a quarter of its area; the viscous term
of the wide parts is taken off. The wrong input is a narrowing to 30 % of the area.
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.reduced import PASCAL_PER_MMHG
from surgitwin.mechanics.flow.vessel_reduced import losses_Pa
from surgitwin.mechanics.flow.vessel_shape import Narrowing, VesselShape
from surgitwin.verification.case import Case, Measured

AREA_MM2 = np.pi * 1.5**2
BLOOD, THIN = Fluid(1060.0, Newtonian(3.5e-3)), Fluid(1060.0, Newtonian(1e-12))


def run(wrong: bool) -> dict[str, Measured]:
    """The same vessel with blood and with a fluid that has no viscosity."""
    s = np.linspace(0, 30, 3001)
    inside = (s > 10.0) & (s < 20.0)
    area = np.where(inside, (0.30 if wrong else 0.25) * AREA_MM2, AREA_MM2)
    shape = VesselShape(s, area, (Narrowing(10.0, 20.0, 3.0),))
    flow = np.full(len(s), 4e-6)
    behind = float(losses_Pa(shape, flow, THIN, "young-tsai")[-1])
    whole = float(losses_Pa(shape, flow, BLOOD, "young-tsai")[-1])
    wide = 8 * np.pi * 3.5e-3 * 4e-6 * 20e-3 / (AREA_MM2 * 1e-6) ** 2
    return {
        "58a": Measured(behind / PASCAL_PER_MMHG),
        "58b": Measured((whole - behind - wide) / PASCAL_PER_MMHG),
    }


CASE = Case("58", "Young-Tsai in the reduced vessel model", run, "narrowed to 30 % of the area", quick=True)
