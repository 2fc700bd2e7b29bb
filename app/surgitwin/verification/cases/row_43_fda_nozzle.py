"""The FDA's benchmark nozzle at a throat Reynolds number of 500, axisymmetric and laminar.

Inlet 12 mm, cone, throat 4 mm by 40 mm, sudden expansion to 12 mm. The speed in the throat, the flow and
the speed at the inlet are integrated from the computed field, and compared with what the Reynolds number
says; the flows of the higher Reynolds numbers are arithmetic. No measured profile is shipped, so that of
the measured part only a rule is left: the centre velocity at the throat's end lies between that of a
plug and of a developed profile. The wrong input is a density twice too high, which halves every speed.
Cone of 20 degrees and throat of 40 mm: from general knowledge of the benchmark, not re-read; no value of
this row depends on them beyond its tolerance.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.benchmark_shapes import nozzle_section
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.problem import FlowInlet, FlowProblem, PressureOutlet, Symmetry, Wall
from surgitwin.mechanics.flow.reduced import flow_of_reynolds
from surgitwin.verification.case import Case, Measured

WIDE_M, THROAT_M, THROAT_LENGTH_M = 0.006, 0.002, 0.04
CONE_M = (WIDE_M - THROAT_M) / np.tan(np.radians(10))
BEFORE_M, AFTER_M, PLANES = 0.06, 0.16, 24
NOMINAL_M_S = 500 * 3.5e-3 / (1056.0 * 2 * THROAT_M)


def section(at_m: float, radius_m: float) -> tuple[FloatArray, FloatArray]:
    """Gauss points (k, 2) across a section and their weights of area."""
    x, weight = np.polynomial.legendre.leggauss(PLANES)
    r = radius_m * (x + 1) / 2
    return np.stack([np.full(PLANES, at_m), r], axis=1), weight / 2 * radius_m * 2 * np.pi * r


def nozzle(fluid: Fluid, fine: int) -> tuple[int, float, float, float, float]:
    """(unknowns, throat mean m/s, outflow mL/s, inlet mean m/s, centre velocity at the throat's end m/s)."""
    begin = -THROAT_LENGTH_M - CONE_M
    stations = [(begin - BEFORE_M, WIDE_M), (begin, WIDE_M), (-THROAT_LENGTH_M, THROAT_M), (0.0, THROAT_M)]
    cells = ((6 * fine, 8 * fine, 10 * fine), 4 * fine, 5 * fine, 24 * fine)
    throat, throat_area = section(-THROAT_LENGTH_M / 2, THROAT_M)
    inlet, inlet_area = section(begin - BEFORE_M / 2, WIDE_M)
    problem = FlowProblem(
        "FDA nozzle",
        nozzle_section(stations, (AFTER_M, WIDE_M), cells, (2.0, 6.0)),
        fluid,
        {
            "inlet": FlowInlet(flow_of_reynolds(500, 2 * THROAT_M, fluid)),
            "outlet": PressureOutlet(0.0),
            "wall": Wall(),
            "axis": Symmetry(),
        },
        axisymmetric=True,
        probes_m=np.vstack([throat, inlet, [[0.0, 0.0]]]),
    )
    result = solve_flow(problem)
    axial, outflow = result.last.probes[:, 0], result.last.outflow_m3_s["outlet"]
    throat_mean = float(throat_area @ axial[:PLANES] / throat_area.sum())
    inlet_mean = float(inlet_area @ axial[PLANES : 2 * PLANES] / inlet_area.sum())
    return result.facts["unknowns"], throat_mean, 1e6 * outflow, inlet_mean, float(axial[-1])


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes, the finest counts; then the arithmetic of the other Reynolds numbers."""
    fluid = Fluid(2112.0 if wrong else 1056.0, Newtonian(3.5e-3))
    runs = [nozzle(fluid, fine) for fine in (1, 2, 3)]
    studies = {
        name: tuple((float(r[0]), r[k]) for r in runs) for k, name in enumerate(("43a", "43b", "43c"), 1)
    }
    out = {name: Measured(study[-1][1], study) for name, study in studies.items()}
    for name, reynolds in zip(("43d", "43e", "43f", "43g"), (2000, 3500, 5000, 6500), strict=True):
        out[name] = Measured(1e6 * flow_of_reynolds(reynolds, 2 * THROAT_M, fluid))
    study = tuple((float(r[0]), r[4] / NOMINAL_M_S) for r in runs)
    return out | {"43m": Measured(study[-1][1], study)}


CASE = Case("43", "FDA nozzle", run, "the density is twice as high", quick=True)
