"""The description of a flow: all faults together with their places, from Python and from plain data."""

from __future__ import annotations

import tomllib
from pathlib import Path

import meshio
import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.jobs.flow_task import overshoots
from surgitwin.mechanics.flow.checks import faults, require
from surgitwin.mechanics.flow.fluid import Carreau, Fluid, Newtonian, blood
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.problem import (
    Discretisation,
    FlowInlet,
    FlowProblem,
    PressureOutlet,
    Pulsatile,
    Symmetry,
    Wall,
    WindkesselOutlet,
)
from surgitwin.mechanics.flow.read import read_flow_problem
from surgitwin.mechanics.flow.shapes import pipe, rectangle
from surgitwin.mechanics.flow.waveform import Waveform, sinusoid

PIPE = """
kind = "flow"
name = "coronary"
probes_m = [[0.0, 0.0, 0.01]]
forces = ["wall"]
[mesh]
shape = "pipe"
radius_m = 1.5e-3
length_m = 0.02
cells = [2, 2, 3]
[fluid]
preset = "blood_carreau"
[boundaries.inlet]
kind = "flow"
flow_m3_s = { times_s = [0.0, 0.3, 0.6], values = [1e-6, 2e-6, 1e-6], period_s = 0.9 }
[boundaries.outlet]
kind = "windkessel"
proximal_Pa_s_m3 = 1e8
capacitance_m3_Pa = 1e-10
distal_resistance_Pa_s_m3 = 1e9
[boundaries.wall]
kind = "wall"
[stepping]
kind = "pulsatile"
dt_s = 0.01
end_s = 0.9
start = "steady"
"""


def listed(error: InputError) -> list[str]:
    assert error.code == "flow.problem"
    assert error.exit_code == 3
    return [line.strip() for line in error.message.splitlines()[1:]]


def test_a_description_becomes_a_problem() -> None:
    problem = read_flow_problem(tomllib.loads(PIPE), Path())
    assert problem.mesh.kind == "hex27"
    assert problem.fluid == blood(carreau=True)
    assert isinstance(problem.stepping, Pulsatile)
    assert problem.stepping.start == "steady"
    inlet = problem.boundaries["inlet"]
    assert isinstance(inlet, FlowInlet)
    assert isinstance(inlet.flow_m3_s, Waveform)
    assert inlet.flow_m3_s(0.3 + 0.9) == pytest.approx(2e-6)
    assert problem.forces == ("wall",)


def test_straight_lines_between_the_points_of_a_waveform_stay_within_them() -> None:
    plain = PIPE.replace("[1e-6, 2e-6, 1e-6]", "[0.0, 1e-6, 0.0]").replace(
        "[0.0, 0.3, 0.6]", "[0.0, 0.1, 0.2]"
    )
    curved = read_flow_problem(tomllib.loads(plain), Path())
    chosen = plain.replace("period_s = 0.9", 'period_s = 0.9, interpolation = "linear"')
    straight = read_flow_problem(tomllib.loads(chosen), Path())
    spline, lines = (p.boundaries["inlet"].flow_m3_s for p in (curved, straight))  # type: ignore[union-attr]
    times = np.linspace(0.0, 0.9, 901)
    # The spline swings far below zero in the pause of 0.7 s; its deepest point is what `overshoot` says.
    deepest = min(spline(t) for t in times)
    assert spline.overshoot == pytest.approx(-deepest / 1e-6, rel=1e-3)
    assert spline.overshoot > 0.05
    assert lines.overshoot == 0.0
    assert [lines(t) for t in (0.05, 0.1, 0.15, 0.5)] == pytest.approx([0.5e-6, 1e-6, 0.5e-6, 0.0])
    assert min(lines(t) for t in times) == 0.0
    (note,) = overshoots(curved)
    assert note.startswith("boundaries.inlet.flow_m3_s:")
    assert overshoots(straight) == []
    with pytest.raises(InputError, match="interpolation"):
        read_flow_problem(tomllib.loads(chosen.replace('"linear"', '"quintic"')), Path())


def test_all_faults_of_a_file_are_listed_with_their_place() -> None:
    text = PIPE.replace('preset = "blood_carreau"', "density_kg_m3 = -1060.0\nviscosty = 3e-3")
    text = text.replace("capacitance_m3_Pa = 1e-10", "capacitance_m3_Pa = 0.0")
    text = text.replace("dt_s = 0.01", 'dt_s = "fast"').replace("[boundaries.wall]", "[boundaries.wal]")
    text = text.replace("period_s = 0.9", "period_s = 0.5").replace("[2, 2, 3]", "[2, 0, 3]")
    with pytest.raises(InputError) as caught:
        read_flow_problem(tomllib.loads(text), Path())
    places = {line.split(":")[0] for line in listed(caught.value)}
    assert places == {
        "mesh.cells",
        "fluid.viscosity_Pas",
        "fluid.viscosty",
        "fluid.density_kg_m3",
        "stepping.dt_s",
        "stepping.end_s",
        "boundaries.inlet.flow_m3_s.times_s",
        "boundaries.outlet.capacitance_m3_Pa",
        "forces",
    }
    # With a mesh that can be built the names are compared with it too.
    with pytest.raises(InputError) as caught:
        read_flow_problem(tomllib.loads(text.replace("[2, 0, 3]", "[2, 2, 3]")), Path())
    more = {line.split(":")[0] for line in listed(caught.value)}
    assert more == (places - {"mesh.cells"}) | {"boundaries.wal", "boundaries.wall"}


def test_all_faults_of_a_problem_are_listed() -> None:
    mesh = rectangle(2.0, 1.0, 2, 2)
    problem = FlowProblem(
        "bad",
        mesh,
        Fluid(0.0, Carreau(1e-3, 2e-3, 1.0, 0.5)),
        {
            "inlet": FlowInlet(sinusoid(0.0, 1.0, 1.0)),
            "outlet": PressureOutlet(0.0, backflow=2.0),
            "lid": Wall(),
            "top": Wall(),
        },
        discretisation=Discretisation(degree=1, linear_rtol=0.0),
        probes_m=np.zeros((1, 3)),
        forces=("cylinder",),
    )
    places = [fault.split(":")[0] for fault in faults(problem)]
    assert sorted(places) == sorted(
        [
            "fluid.density_kg_m3",
            "fluid.zero_Pas",
            "boundaries.lid",
            "boundaries.bottom",
            "boundaries.outlet.backflow",
            "boundaries.inlet.flow_m3_s",
            "forces",
            "probes_m",
            "discretisation.degree",
            "discretisation.linear_rtol",
        ]
    )
    with pytest.raises(InputError):
        require(faults(problem))


def test_faults_of_meshes_name_their_boundary() -> None:
    mesh = rectangle(1.0, 1.0, 2, 1)
    boundaries = {name: mesh.boundaries[name] for name in ("inlet", "outlet", "top")}
    boundaries["inlet"] = np.vstack([boundaries["inlet"], [[0, 14]]])
    boundaries["again"] = mesh.boundaries["top"]
    found = FlowMesh(mesh.points_m, mesh.cells, mesh.kind, boundaries).faults()
    assert [fault.split(":")[0] for fault in found] == [
        "mesh.boundaries.inlet",
        "mesh.boundaries.again",
        "mesh.boundaries",
    ]
    assert "kind" in FlowMesh(mesh.points_m, mesh.cells, "wedge", boundaries).faults()[0]
    assert "shape" in FlowMesh(mesh.points_m, mesh.cells, "tet4", boundaries).faults()[0]


def test_a_curved_plane_of_symmetry_is_a_fault() -> None:
    mesh = pipe(1.0, 2.0, 1, 1, 1)
    boundaries = {"inlet": FlowInlet(1.0), "outlet": WindkesselOutlet(1, 1, 1), "wall": Symmetry()}
    problem = FlowProblem("bent", mesh, Fluid(1.0, Newtonian(1.0)), boundaries)
    assert [fault.split(":")[0] for fault in faults(problem)] == ["boundaries.wall"]


def test_a_file_with_named_facets(tmp_path: Path) -> None:
    from surgitwin.mechanics.flow.blocks import to_simplices

    mesh = to_simplices(pipe(1.5e-3, 0.01, 1, 1, 1))
    blocks = [("tetra", mesh.cells), *(("triangle", f) for f in mesh.boundaries.values())]
    numbers = [
        np.zeros(len(mesh.cells)),
        *(np.full(len(f), k) for k, f in enumerate(mesh.boundaries.values())),
    ]
    file = meshio.Mesh(mesh.points_m * 1e3, blocks, cell_data={"boundary": numbers})
    file.write(tmp_path / "lumen.vtu")
    text = PIPE[: PIPE.index("[mesh]")] + PIPE[PIPE.index("[fluid]") :]
    text += '[mesh]\nfile = "lumen.vtu"\nunit = "mm"\n[mesh.names]\n0 = "wall"\n1 = "inlet"\n2 = "outlet"\n'
    back = read_flow_problem(tomllib.loads(text), tmp_path).mesh
    assert back.kind == "tet4"
    np.testing.assert_allclose(back.points_m, mesh.points_m, atol=1e-12)
    assert {n: len(f) for n, f in back.boundaries.items()} == {n: len(f) for n, f in mesh.boundaries.items()}
    with pytest.raises(InputError) as caught:
        read_flow_problem(tomllib.loads(text.replace("lumen", "lost").replace('"mm"', '"inch"')), tmp_path)
    assert {line.split(":")[0] for line in listed(caught.value)} == {"mesh.file", "mesh.unit"}


@pytest.mark.parametrize(("end_s", "whole"), [(1.0, False), (0.9, True), (0.3, True)])
def test_a_run_that_would_end_within_a_step_is_refused(end_s: float, whole: bool) -> None:
    problem = FlowProblem(
        "channel", rectangle(2.0, 1.0, 3, 2), Fluid(1.0, Newtonian(1.0)),
        {"inlet": FlowInlet(1.0), "outlet": PressureOutlet(), "top": Wall(), "bottom": Wall()},
        Pulsatile(0.3, end_s),
    )  # fmt: skip
    found = faults(problem)
    assert bool(found) is not whole
    assert whole or "take 0.9 or 1.2 s" in found[0]
