"""Steady flow round a cylinder in a channel, Reynolds number 20: the DFG benchmark 2D-1.

Cubic velocity and quadratic pressure on curved quads around the cylinder; drag and lift come from the
residual (volume form), the pressure difference from the points before and behind the cylinder. The study
refines the mesh. The wrong input is a viscosity 1 % too high.
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.benchmark_shapes import cylinder_in_channel
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.problem import Discretisation, FlowProblem, PressureOutlet, VelocityInlet, Wall
from surgitwin.verification.case import Case, Measured

HEIGHT_M, PEAK_M_S = 0.41, 0.3


def benchmark(viscosity_Pas: float, side: int) -> tuple[int, float, float, float]:
    """(unknowns, drag coefficient, lift coefficient, pressure difference Pa)."""
    mesh = cylinder_in_channel((0, 2.2), HEIGHT_M, (0.2, 0.2), 0.05, (0, 0.4), (side, side, 0, 5 * side // 4))
    y = mesh.points_m[:, 1]
    inflow = np.stack([4 * PEAK_M_S * y * (HEIGHT_M - y) / HEIGHT_M**2, np.zeros_like(y)], axis=1)
    problem = FlowProblem(
        "DFG 2D-1",
        mesh,
        Fluid(1.0, Newtonian(viscosity_Pas)),
        {"inlet": VelocityInlet(inflow), "outlet": PressureOutlet(), "walls": Wall(), "cylinder": Wall()},
        discretisation=Discretisation(degree=3),
        probes_m=np.array([[0.15, 0.2], [0.25, 0.2]]),
        forces=("cylinder",),
    )
    result = solve_flow(problem)
    drag, lift = 2 * result.last.force["cylinder"] / (1.0 * (2 / 3 * PEAK_M_S) ** 2 * 0.1)
    front, back = result.last.probes[:, 2]
    return result.facts["unknowns"], drag, lift, front - back


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes, the finest counts."""
    runs = [benchmark(1.01e-3 if wrong else 1e-3, side) for side in (8, 12, 16)]
    studies = {
        name: tuple((float(r[0]), r[k]) for r in runs) for k, name in enumerate(("40a", "40b", "40c"), 1)
    }
    return {name: Measured(study[-1][1], study) for name, study in studies.items()}


CASE = Case("40", "Cylinder in a channel, 2D", run, "the viscosity is 1 % too high", quick=True)
