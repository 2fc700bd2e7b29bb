"""The pressure drop of a mild round narrowing: the reduced model against steady flow in 3D.

Both read the drop 20 mm behind the narrowing at the same flow. There is no exact value: formulas for one
narrowing differ widely, so the row is a rule. The wrong input doubles the flow in 3D.
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.flow.vessel_demand import M3_S_PER_ML_MIN
from surgitwin.mechanics.flow.vessel_reduced import losses_Pa
from surgitwin.mechanics.flow.vessel_shape import Narrowing, VesselShape
from surgitwin.meshing.vessels.lumen_rings import COARSE, MEDIUM
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.cases.row_57_measured_tube import BLOOD, straight_tube, tube_flow

LENGTH_MM, THROAT_MM, HALF_MM, DEPTH, FLOW_ML_MIN = 55.0, 20.0, 6.0, 0.30, 150.0


def run(wrong: bool) -> dict[str, Measured]:
    """Two meshes, the finer counts."""
    s = np.linspace(0, LENGTH_MM, 221)
    bump = np.where(np.abs(s - THROAT_MM) < HALF_MM, (1 + np.cos(np.pi * (s - THROAT_MM) / HALF_MM)) / 2, 0)
    tube = straight_tube(1.5 * (1 - DEPTH * bump), LENGTH_MM)
    narrowing = Narrowing(THROAT_MM - HALF_MM, THROAT_MM + HALF_MM, 3.0)
    shape = VesselShape(s, np.pi * (1.5 * (1 - DEPTH * bump)) ** 2, (narrowing,))
    read = shape.distal_mm(20.0)
    loss = losses_Pa(shape, np.full(len(s), FLOW_ML_MIN * M3_S_PER_ML_MIN), BLOOD)
    study = []
    for sizes in (COARSE, MEDIUM):
        result = tube_flow(tube, sizes, ((2 if wrong else 1) * FLOW_ML_MIN,))
        drop = float(np.interp(read, result.s_mm, result.runs[-1].drop_Pa))
        ratio = drop / float(np.interp(read, s, loss))
        study.append((float(result.runs[-1].facts["unknowns"]), ratio))
    return {"60": Measured(study[-1][1], tuple(study))}


CASE = Case("60", "Reduced against 3D drop of a mild narrowing", run, "twice the flow in 3D")
