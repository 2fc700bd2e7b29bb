"""How a vessel's flow parts between a branch and what lies behind it, by their diameters.

The reduced model of a wide vessel without a narrowing is solved with tissue behind both; the share that stays
in the vessel is read from its flow. The wrong input exchanges the two diameters.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.reduced import split_exponent
from surgitwin.mechanics.flow.vessel_demand import demand
from surgitwin.mechanics.flow.vessel_reduced import reduced_flow
from surgitwin.mechanics.flow.vessel_shape import SideBranch, VesselShape
from surgitwin.verification.case import Case, Measured

THIN = Fluid(1e-6, Newtonian(1e-9))
"""A fluid without loss, so that the pressure is the same at both ends."""


def run(wrong: bool) -> dict[str, Measured]:
    """Three exponents."""
    main, side = (2.0, 3.0) if wrong else (3.0, 2.0)
    s = np.linspace(0, 20, 81)
    shape = VesselShape(s, np.full(81, np.pi / 4 * main**2), branches=(SideBranch(10.0, side),))
    wanted = demand(3.0, flow_mL_min=50.0, vessel="coronary")
    out = {}
    for name, key in (("59a", "murray"), ("59b", "huo_kassab_2_7"), ("59c", "huo_kassab")):
        flow = reduced_flow(shape, replace(wanted, split_exponent=split_exponent(key)), THIN)
        out[name] = Measured(float(flow.flow_mL_min[-1] / flow.flow_mL_min[0]))
    return out


CASE = Case("59", "Split of a vessel's flow at a branch", run, "the two diameters exchanged", quick=True)
