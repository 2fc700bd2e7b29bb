"""An unstructured branching vessel as a user would have it: oblique caps, resistances by Murray's law."""

from __future__ import annotations

import numpy as np
import pytest
from netgen.occ import Cylinder, OCCGeometry, Pnt, Vec

from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.fluid import blood
from surgitwin.mechanics.flow.mesh import FlowMesh, from_tets
from surgitwin.mechanics.flow.problem import Discretisation, FlowInlet, FlowProblem, ResistanceOutlet, Wall
from surgitwin.mechanics.flow.reduced import branch_resistances, split

FLOW, TOTAL = 2e-6, 1e10
ENDS = {
    "inlet": (0.0, 0.0, -8.0),
    "left": (9 * np.sin(0.6), 0.0, 9 * np.cos(0.6)),
    "right": (-8 * np.sin(0.9), 0.0, 8 * np.cos(0.9)),
}
"""Centres of the caps, mm."""


@pytest.fixture(scope="module")
def vessel() -> FlowMesh:
    """A trunk of 3 mm that divides into branches of 2.4 and 1.8 mm."""
    shape = Cylinder(Pnt(0, 0, -8), Vec(0, 0, 1), r=1.5, h=8.6)
    shape += Cylinder(Pnt(0, 0, 0), Vec(np.sin(0.6), 0, np.cos(0.6)), r=1.2, h=9)
    shape += Cylinder(Pnt(0, 0, 0), Vec(-np.sin(0.9), 0, np.cos(0.9)), r=0.9, h=8)
    for face in shape.faces:
        centre = np.array([face.center.x, face.center.y, face.center.z])
        near = [name for name, end in ENDS.items() if np.linalg.norm(centre - end) < 0.05]
        face.name = near[0] if near else "wall"
    mesh = OCCGeometry(shape).GenerateMesh(maxh=0.7)
    points = np.array(mesh.Coordinates())
    cells = mesh.Elements3D().NumPy()["nodes"][:, :4].astype(np.int64) - 1
    x = points[cells]
    turned = np.linalg.det(x[:, 1:] - x[:, :1]) < 0
    cells[turned] = cells[turned][:, [1, 0, 2, 3]]
    faces = mesh.Elements2D().NumPy()
    names = np.array([mesh.FaceDescriptor(int(k)).bcname for k in faces["index"]])
    triangles = faces["nodes"][:, :3].astype(np.int64) - 1
    boundaries = {name: triangles[names == name] for name in np.unique(names).tolist()}
    return from_tets(TetMesh(points, cells, np.ones(len(cells), np.int32)), boundaries)


@pytest.mark.parametrize("elements", [Discretisation(), Discretisation("stabilised", 1)])
def test_resistances_divide_the_flow_of_a_vessel(vessel: FlowMesh, elements: Discretisation) -> None:
    left, right = branch_resistances(TOTAL, np.array([2.4e-3, 1.8e-3]), 3.0).tolist()
    boundaries = {
        "inlet": FlowInlet(FLOW),
        "left": ResistanceOutlet(left),
        "right": ResistanceOutlet(right),
        "wall": Wall(),
    }
    result = solve_flow(FlowProblem("vessel", vessel, blood(), boundaries, discretisation=elements))
    flows, mean = result.last.outflow_m3_s, result.last.mean_pressure_Pa
    assert result.facts["mass_imbalance"] < 1e-12
    assert flows["inlet"] == pytest.approx(-FLOW)
    # The vessel's own loss (some 100 Pa) is small against 20 kPa, so Murray's split stays.
    assert flows["left"] / FLOW == pytest.approx(split(np.array([2.4, 1.8]), 3.0)[0], rel=2e-3)
    assert mean["left"] == pytest.approx(left * flows["left"], rel=1e-3)
    assert mean["right"] == pytest.approx(right * flows["right"], rel=2e-3)
    assert 20.0 < mean["inlet"] - mean["left"] < 400.0
    # The left branch is the fastest: 4 rho Q / (pi d mu).
    expected = 4 * 1060.0 * flows["left"] / (np.pi * 2.4e-3 * 3.5e-3)
    assert result.facts["reynolds"] == pytest.approx(expected, rel=0.02)
