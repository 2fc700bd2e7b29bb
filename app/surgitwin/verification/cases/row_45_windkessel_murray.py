"""The reduced models that end a 3D flow: three-element Windkessel and the split of flow by diameter.

The pressure is the end of a long march of the discrete Windkessel under constant flow, the time constant
is read off its rise, and the shares come from parallel resistances under one pressure. The wrong inputs
are a distal resistance 10 % too high and inverted diameters.
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.flow.reduced import (
    PASCAL_PER_MMHG,
    Windkessel,
    branch_resistances,
    split_exponent,
)
from surgitwin.verification.case import Case, Measured

FLOW_M3_S, STEP_S = 5e-3 / 60, 0.01
DIAMETERS_M = np.array([3e-3, 2e-3])


def run(wrong: bool) -> dict[str, Measured]:
    """March of 30 s from an empty capacitance."""
    model = Windkessel(1.2e7, 1e-8, 1.54e8 if wrong else 1.4e8)
    pressure = model.march_Pa(np.full(3001, FLOW_M3_S), STEP_S, initial_Pa=0.0)
    # An exponential approach: the gap to the end falls by e in one time constant.
    gap = np.log(pressure[-1] - pressure[:200])
    rate = -np.polyfit(STEP_S * np.arange(200), gap, 1)[0]
    out = {"45a": Measured(pressure[-1] / PASCAL_PER_MMHG), "45b": Measured(1 / rate)}
    for name, key in (("45c", "murray"), ("45d", "huo_kassab_2_7"), ("45e", "huo_kassab")):
        diameters = 1 / DIAMETERS_M if wrong else DIAMETERS_M
        flows = 1 / branch_resistances(1.0, diameters, split_exponent(key))
        out[name] = Measured(float(flows[0] / flows.sum()))
    return out


CASE = Case(
    "45", "Windkessel and Murray", run, "distal resistance 10 % too high, diameters inverted", quick=True
)
