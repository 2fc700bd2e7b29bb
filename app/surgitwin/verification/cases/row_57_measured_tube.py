"""Developed flow through the mesh of a measured lumen against Hagen-Poiseuille.

A round tube given as rings of points, as an image gives a vessel, is meshed with straight ends and layers at
the wall; the drop is that between the section means at its two ends. The study refines the mesh. The wrong
input is a lumen 2 % narrower.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.fenicsx.flow.vessel import solve_vessel_flow
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.vessel_demand import demand
from surgitwin.mechanics.flow.vessel_flow import FlowSections, FlowState, VesselFlow
from surgitwin.mechanics.flow.vessel_result import VesselFlowResult
from surgitwin.meshing.vessels.lumen import lumen_mesh
from surgitwin.meshing.vessels.lumen_rings import COARSE, MEDIUM, Lumen, LumenSizes
from surgitwin.verification.case import Case, Measured

RADIUS_MM, LENGTH_MM, FLOW_ML_MIN = 1.5, 50.0, 60.0
BLOOD = Fluid(1060.0, Newtonian(3.5e-3))


def straight_tube(radius_mm: FloatArray, length_mm: float) -> LumenTube:
    """A straight vessel along z of radii (n,) with rings of 48 points."""
    n = len(radius_mm)
    s, zero = np.linspace(0, length_mm, n), np.zeros(n)
    along = np.tile([0.0, 0.0, 1.0], (n, 1))
    e1, e2 = np.tile([1.0, 0.0, 0.0], (n, 1)), np.tile([0.0, 1.0, 0.0], (n, 1))
    course = Course(s, np.column_stack([zero, zero, s]), along, e1, e2)
    return LumenTube(course, np.repeat(radius_mm[:, None], 48, axis=1))


def tube_flow(tube: LumenTube, sizes: LumenSizes, flows_mL_min: tuple[float, ...]) -> VesselFlowResult:
    """Runs of the given flows without branches."""
    mesh = lumen_mesh(Lumen.of(tube), sizes)
    sections = FlowSections(mesh.s_mm, mesh.weights, mesh.vessel)
    grid = FlowMesh(mesh.points_mm * 1e-3, mesh.cells, "hex27", mesh.boundaries)
    states = tuple(FlowState(f"{q:g} mL/min", q) for q in flows_mL_min)
    wanted = demand(3.0, flow_mL_min=flows_mL_min[-1], vessel="coronary")
    return solve_vessel_flow(VesselFlow("tube", grid, sections, wanted, states, 0.0, fluid=BLOOD))


def run(wrong: bool) -> dict[str, Measured]:
    """Two meshes, the finer counts."""
    radius = (0.98 if wrong else 1.0) * RADIUS_MM
    tube = straight_tube(np.full(101, radius), LENGTH_MM)
    drops, shears = [], []
    for sizes in (COARSE, MEDIUM):
        result = tube_flow(tube, sizes, (FLOW_ML_MIN,))
        fast = result.runs[-1]
        unknowns = float(fast.facts["unknowns"])
        drops.append((unknowns, float(fast.drop_Pa[result.vessel[1]])))
        shears.append((unknowns, result.shear_measures(fast)["mean_Pa"]))
    return {"57a": Measured(drops[-1][1], tuple(drops)), "57b": Measured(shears[-1][1], tuple(shears))}


CASE = Case("57", "Poiseuille in a measured tube", run, "a lumen 2 % narrower")
