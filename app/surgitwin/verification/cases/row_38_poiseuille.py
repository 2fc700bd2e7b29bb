"""Developed flow in a straight 3D pipe against Hagen-Poiseuille.

One millilitre a second of blood runs through a tube of a coronary artery's size: Taylor-Hood hexahedra
(quadratic velocity) on an O-grid whose wall is curved. The inlet's profile is computed from the flow
rate, the outlet is open. The study refines the cross-section. The wrong input is 10 % more flow.
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.problem import FlowInlet, FlowProblem, PressureOutlet, Wall
from surgitwin.mechanics.flow.shapes import pipe
from surgitwin.verification.case import Case, Measured

RADIUS_M, LENGTH_M, FLOW_M3_S = 1.5e-3, 0.05, 1e-6
BLOOD = Fluid(1060.0, Newtonian(3.5e-3))


def pipe_flow(flow_m3_s: float, core: int, ring: int) -> tuple[int, float, float, float]:
    """(unknowns, pressure drop Pa, mean wall shear stress Pa, centre velocity m/s)."""
    problem = FlowProblem(
        "Poiseuille",
        pipe(RADIUS_M, LENGTH_M, core, ring, n_axial=4),
        BLOOD,
        {"inlet": FlowInlet(flow_m3_s), "outlet": PressureOutlet(0.0), "wall": Wall()},
        probes_m=np.array([[0.0, 0.0, LENGTH_M / 2]]),
    )
    result = solve_flow(problem)
    drop = result.pressure_drop_Pa("inlet", "outlet")
    return result.facts["unknowns"], drop, result.last.wall["wall"].mean_Pa, result.last.probes[0, 2]


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes, the finest counts."""
    flow = 1.1 * FLOW_M3_S if wrong else FLOW_M3_S
    runs = [pipe_flow(flow, core, ring) for core, ring in ((2, 2), (4, 4), (6, 5))]
    studies = {
        name: tuple((float(r[0]), r[k]) for r in runs) for k, name in enumerate(("38a", "38b", "38c"), 1)
    }
    return {name: Measured(study[-1][1], study) for name, study in studies.items()}


CASE = Case("38", "Poiseuille flow", run, "10 % more flow than the reference's", quick=True)
