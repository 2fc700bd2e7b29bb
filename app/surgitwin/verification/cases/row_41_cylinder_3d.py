"""Steady flow round a cylinder in a square channel, Reynolds number 20: the DFG benchmark 3D-1Z.

Taylor-Hood hexahedra (quadratic velocity, linear pressure), curved at the cylinder. The flow mirrors
itself in the middle of the channel's depth, so that half of it is solved with a plane of symmetry.
Forces from the residual. The wrong input is twice the viscosity (run on the coarse mesh only).
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.benchmark_shapes import cylinder_in_channel
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.problem import (
    Discretisation,
    FlowProblem,
    PressureOutlet,
    Steady,
    Symmetry,
    VelocityInlet,
    Wall,
)
from surgitwin.verification.case import Case, Measured

HEIGHT_M, PEAK_M_S = 0.41, 0.45
MESHES = ((6, 5, 4, 10, 4), (8, 7, 5, 12, 5), (10, 8, 6, 14, 6))
"""Cells per side of the cylinder's box, radially, upstream, downstream and over half of the depth."""


def benchmark(viscosity_Pas: float, cells: tuple[int, int, int, int, int]) -> tuple[int, float, float, float]:
    """(unknowns, drag coefficient, lift coefficient, pressure difference Pa)."""
    layers = np.linspace(0, 1, cells[4] + 1).tolist()
    mesh = cylinder_in_channel(
        (0, 2.5), HEIGHT_M, (0.5, 0.2), 0.05, (0.3, 0.7), cells[:4], depth_m=HEIGHT_M / 2, layers=layers
    )
    y, z = mesh.points_m[:, 1], mesh.points_m[:, 2]
    inflow = np.zeros_like(mesh.points_m)
    inflow[:, 0] = 16 * PEAK_M_S * y * z * (HEIGHT_M - y) * (HEIGHT_M - z) / HEIGHT_M**4
    problem = FlowProblem(
        "DFG 3D-1Z",
        mesh,
        Fluid(1.0, Newtonian(viscosity_Pas)),
        {
            "inlet": VelocityInlet(inflow),
            "outlet": PressureOutlet(),
            **dict.fromkeys(("walls", "cylinder", "front"), Wall()),
            "back": Symmetry(),
        },
        Steady(rtol=1e-6),
        Discretisation(solver="direct"),
        probes_m=np.array([[0.45, 0.2, HEIGHT_M / 2], [0.55, 0.2, HEIGHT_M / 2]]),
        forces=("cylinder",),
    )
    result = solve_flow(problem)
    halves, mean = 2, 4 / 9 * PEAK_M_S
    drag, lift, _ = halves * 2 * result.last.force["cylinder"] / (1.0 * mean**2 * 0.1 * HEIGHT_M)
    front, back = result.last.probes[:, 3]
    return result.facts["unknowns"], drag, lift, front - back


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes, the finest counts."""
    runs = [benchmark(2e-3 if wrong else 1e-3, cells) for cells in (MESHES[:1] if wrong else MESHES)]
    studies = {
        name: tuple((float(r[0]), r[k]) for r in runs) for k, name in enumerate(("41a", "41b", "41c"), 1)
    }
    return {name: Measured(study[-1][1], study) for name, study in studies.items()}


CASE = Case("41", "Cylinder in a channel, 3D", run, "the viscosity is twice as high")
