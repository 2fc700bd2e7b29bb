"""Steady runs against closed forms: pipes of several elements and fluids, outlets, forces, failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest

from surgitwin.core.errors import Cancelled, InputError, SolverError, StorageError
from surgitwin.core.progress import Progress
from surgitwin.mechanics import memory_estimate
from surgitwin.mechanics.fenicsx.flow.solve import solve_flow, unit_doubts, warnings_of
from surgitwin.mechanics.flow.blocks import to_simplices
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian, blood
from surgitwin.mechanics.flow.pipe import CarreauPipe, Poiseuille
from surgitwin.mechanics.flow.problem import (
    Boundary,
    Discretisation,
    FlowInlet,
    FlowProblem,
    PressureOutlet,
    ResistanceOutlet,
    Steady,
    Symmetry,
    VelocityInlet,
    Wall,
    WindkesselOutlet,
)
from surgitwin.mechanics.flow.result import FlowResult
from surgitwin.mechanics.flow.shapes import cavity, pipe, pipe_section, rectangle
from surgitwin.mechanics.flow.write import write_fields

RADIUS, LENGTH, FLOW = 1.5e-3, 6e-3, 1e-6
BLOOD = Fluid(1060.0, Newtonian(3.5e-3))
EXACT = Poiseuille(RADIUS, FLOW, 3.5e-3)


def pipe_run(outlet: Boundary | None = None, **settings: Any) -> FlowResult:
    mesh = settings.pop("mesh", None) or pipe(RADIUS, LENGTH, 3, 3, 3)
    boundaries = {"inlet": FlowInlet(FLOW), "outlet": outlet or PressureOutlet(0.0), "wall": Wall()}
    return solve_flow(FlowProblem("pipe", mesh, BLOOD, boundaries, **settings))


@pytest.fixture(scope="module")
def straight() -> FlowResult:
    return pipe_run(forces=("wall",))


def test_every_run_says_its_reynolds_number_imbalance_and_residual(straight: FlowResult) -> None:
    facts = straight.facts
    # 4 rho Q / (pi mu D) = 128.5: area and rim of the cap follow the curved edges of its cells.
    assert facts["reynolds"] == pytest.approx(4 * 1060.0 * FLOW / (np.pi * 3.5e-3 * 2 * RADIUS), rel=1e-3)
    assert facts["mass_imbalance"] < 1e-12
    assert facts["residual"] < 1e-9
    assert facts["solver"] == "MUMPS"
    flows = straight.last.outflow_m3_s
    assert flows["inlet"] == pytest.approx(-FLOW, rel=1e-9)
    assert flows["outlet"] == pytest.approx(FLOW, rel=1e-9)


def test_the_wall_shear_of_a_pipe_is_the_same_all_round(straight: FlowResult) -> None:
    wall = straight.last.wall["wall"]
    x = straight_nodes(wall.nodes)
    axial, shear = wall.traction_Pa[:, 2], np.linalg.norm(wall.traction_Pa, axis=1)
    assert wall.mean_Pa == pytest.approx(EXACT.wall_shear_Pa, rel=0.01)
    np.testing.assert_allclose(axial, EXACT.wall_shear_Pa, rtol=0.015)  # along the flow, everywhere
    np.testing.assert_allclose(shear, axial, rtol=1e-3)
    # The mesh has the symmetry of a square: so has the result, to the accuracy of the solver.
    turned = np.round(x @ np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]), 9)
    at = {tuple(row): k for k, row in enumerate(np.round(x, 9).tolist())}
    partner = [at[tuple((row + 0.0).tolist())] for row in turned]
    np.testing.assert_allclose(axial[partner], axial, rtol=1e-8)


def straight_nodes(nodes: Any) -> np.ndarray:
    out: np.ndarray = pipe(RADIUS, LENGTH, 3, 3, 3).points_m[nodes]
    return out


def test_the_pressure_drop_balances_the_drag_of_the_wall(straight: FlowResult) -> None:
    drop = straight.pressure_drop_Pa("inlet", "outlet")
    assert drop == pytest.approx(EXACT.gradient_Pa_m * LENGTH, rel=1e-3)
    force = straight.last.force["wall"]
    assert force[2] == pytest.approx(drop * np.pi * RADIUS**2, rel=2e-3)
    assert np.abs(force[:2]).max() < 1e-9 * force[2]


@pytest.mark.parametrize(
    ("outlet", "pressure"),
    [
        (ResistanceOutlet(2e9, distal_Pa=700.0), 700.0 + 2e9 * FLOW),
        (WindkesselOutlet(1e8, 1e-10, 9e8, distal_Pa=50.0), 50.0 + 1e9 * FLOW),
        (ResistanceOutlet(1e11), 1e11 * FLOW),
        (PressureOutlet(13332.0), 13332.0),
    ],
)
def test_outlets_stand_at_the_pressure_of_their_flow(outlet: Boundary, pressure: float) -> None:
    result = pipe_run(outlet, mesh=pipe(RADIUS, LENGTH, 1, 2, 1))
    mean = result.last.mean_pressure_Pa["outlet"]
    assert mean == pytest.approx(pressure, rel=1e-6, abs=0.05)
    assert result.facts["newton_iterations"] < 8


def test_two_resistances_share_the_flow_by_their_conductance() -> None:
    mesh = rectangle(2.0, 1.0, 8, 6)
    sliding = {"bottom": Wall(), "top": Wall()}
    left, right = ResistanceOutlet(1e6, distal_Pa=0.0), ResistanceOutlet(3e6, distal_Pa=4.0)
    fluid = Fluid(1.0, Newtonian(1.0))
    result = solve_flow(FlowProblem("split", mesh, fluid, {"inlet": left, "outlet": right, **sliding}))
    # Both ends answer: the channel's own resistance (12 mu L / H^3 = 24) is lost against theirs.
    assert result.last.outflow_m3_s["inlet"] == pytest.approx(4.0 / (4e6 + 24), rel=1e-3)


def test_carreau_blood_agrees_with_the_quadrature() -> None:
    fluid = blood(carreau=True)
    law = fluid.law
    exact = CarreauPipe(RADIUS, 400.0, law)  # type: ignore[arg-type]
    ends = {"inlet": PressureOutlet(400.0 * LENGTH, backflow=0.0), "outlet": PressureOutlet(0.0)}
    problem = FlowProblem(
        "Carreau",
        pipe_section(RADIUS, LENGTH, 10, 2, 3.0),
        fluid,
        {**ends, "wall": Wall(), "axis": Symmetry()},
        axisymmetric=True,
        probes_m=np.array([[LENGTH / 2, 0.0]]),
    )
    result = solve_flow(problem)
    assert result.last.outflow_m3_s["outlet"] == pytest.approx(exact.flow_m3_s, rel=1e-4)
    assert result.last.probes[0, 0] == pytest.approx(exact.velocity_m_s(0.0), rel=1e-3)
    assert result.last.wall["wall"].mean_Pa == pytest.approx(exact.wall_shear_Pa, rel=3e-3)
    newtonian = Poiseuille(RADIUS, exact.flow_m3_s, law.reference_Pas)
    assert newtonian.gradient_Pa_m < 0.8 * 400.0  # the law matters here
    assert result.facts["newton_iterations"] < 12  # quadratic, not a fixed point


def test_stabilised_tetrahedra_and_the_iterative_solver() -> None:
    mesh = to_simplices(pipe(RADIUS, LENGTH, 3, 3, 4))
    linear = Discretisation(element="stabilised", degree=1)
    result = pipe_run(mesh=mesh, discretisation=linear)
    inside = straight_middle(result, mesh)
    assert inside == pytest.approx(EXACT.gradient_Pa_m, rel=0.05)
    assert result.facts["mass_imbalance"] < 1e-9
    again = pipe_run(
        mesh=mesh, discretisation=Discretisation("stabilised", 1, "iterative"), stepping=Steady(rtol=1e-9)
    )
    assert again.facts["solver"].startswith("FGMRES")
    assert again.facts["linear_iterations"] > again.facts["newton_iterations"]
    np.testing.assert_allclose(again.last.pressure_Pa, result.last.pressure_Pa, atol=1e-5)


def straight_middle(result: FlowResult, mesh: Any) -> float:
    """Pressure gradient over the pipe without its ends."""
    z, p = mesh.points_m[:, 2], result.last.pressure_Pa
    inside = (z > 0.2 * LENGTH) & (z < 0.8 * LENGTH)
    return float(-np.polyfit(z[inside], p[inside], 1)[0])


def test_taylor_hood_iterative_equals_direct(straight: FlowResult) -> None:
    other = pipe_run(discretisation=Discretisation(solver="iterative"))
    scale = np.abs(straight.last.pressure_Pa).max()
    np.testing.assert_allclose(other.last.pressure_Pa, straight.last.pressure_Pa, atol=1e-6 * scale)
    np.testing.assert_allclose(other.last.velocity_m_s, straight.last.velocity_m_s, atol=1e-7)


def lid(reynolds: float, **settings: Any) -> FlowProblem:
    mesh = cavity(1.0, 10)
    sliding = np.zeros_like(mesh.points_m)
    sliding[:, 0] = 1.0
    boundaries = {"lid": VelocityInlet(sliding), "wall": Wall()}
    fluid = Fluid(1.0, Newtonian(1 / reynolds))
    return FlowProblem("cavity", mesh, fluid, boundaries, **settings)


def test_a_high_reynolds_number_is_reached_by_steps_and_a_limit_is_named() -> None:
    result = solve_flow(lid(1000.0, probes_m=np.array([[0.5, 0.5]])))
    assert result.facts["continuation_steps"] > 1
    assert result.facts["reynolds"] == pytest.approx(1000.0)
    assert result.last.probes[0, 0] == pytest.approx(-0.062, abs=0.002)
    with pytest.raises(SolverError) as caught:
        solve_flow(lid(1e6, stepping=Steady(max_newton=6, smallest_step=0.2)))
    assert caught.value.code == "flow.limit"
    assert "% of Reynolds number 1000000" in caught.value.message
    assert caught.value.hint


def test_what_cannot_be_is_refused() -> None:
    mesh = rectangle(2.0, 1.0, 3, 2)
    walls = {"bottom": Wall(), "top": Wall()}
    inward = np.tile([1.0, 0.0], (len(mesh.points_m), 1))
    fluid = Fluid(1.0, Newtonian(1.0))
    boxed = FlowProblem("box", mesh, fluid, {"inlet": VelocityInlet(inward), "outlet": Wall(), **walls})
    with pytest.raises(InputError) as caught:
        solve_flow(boxed)
    assert caught.value.code == "flow.no_outlet"
    ends = {"inlet": FlowInlet(1.0), "outlet": PressureOutlet()}
    rimless = FlowProblem("open", mesh, fluid, {**ends, "bottom": Symmetry(), "top": Symmetry()})
    with pytest.raises(InputError, match="no rim on a wall"):
        solve_flow(rimless)
    outside = FlowProblem("probe", mesh, fluid, {**ends, **walls}, probes_m=np.array([[5.0, 0.5]]))
    with pytest.raises(InputError) as caught:
        solve_flow(outside)
    assert caught.value.code == "flow.probe"
    turned = mesh.cells.copy()
    turned[0] = turned[0][[0, 3, 2, 1, 7, 6, 5, 4, 8]]
    inside_out = FlowProblem("turned", type(mesh)(mesh.points_m, turned, mesh.kind, mesh.boundaries), fluid,
                             {**ends, **walls})  # fmt: skip
    with pytest.raises(InputError) as caught:
        solve_flow(inside_out)
    assert caught.value.code == "mesh.inverted_cells"


def test_memory_is_estimated_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_estimate, "free_MB", lambda: 1.0)
    with pytest.raises(SolverError) as caught:
        pipe_run()
    assert caught.value.code == "flow.memory"
    assert "iterative" in caught.value.hint


def test_fields_are_written_for_a_viewer(tmp_path: Path) -> None:
    mesh = pipe(RADIUS, LENGTH, 1, 2, 1)
    ends = {"inlet": FlowInlet(FLOW), "outlet": PressureOutlet(0.0), "wall": Wall()}
    problem = FlowProblem("pipe", mesh, BLOOD, ends)
    result = solve_flow(problem)
    (path,) = write_fields(problem, result, tmp_path / "fields")
    back = meshio.read(path)
    np.testing.assert_allclose(back.point_data["velocity_m_s"], result.last.velocity_m_s)
    wall = result.last.wall["wall"]
    np.testing.assert_allclose(back.point_data["wall_shear_Pa"][wall.nodes], wall.traction_Pa)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        write_fields(problem, result, tmp_path / "file")
    assert caught.value.code == "flow.write"


def test_warnings_tell_what_the_numbers_do_not() -> None:
    assert warnings_of({"reynolds": 500.0, "mass_imbalance": 1e-9}) == []
    fast, leaky = warnings_of({"reynolds": 3500.0, "mass_imbalance": 0.02})
    assert "transitional" in fast
    assert "2 %" in leaky


def test_a_mesh_in_millimetres_is_doubted() -> None:
    in_mm = rectangle(50.0, 3.0, 2, 2)
    boundaries = {"inlet": FlowInlet(1.0), "outlet": PressureOutlet(), "bottom": Wall(), "top": Wall()}
    problem = FlowProblem("mm", in_mm, BLOOD, boundaries)
    (doubt,) = unit_doubts(problem, 0.5)
    assert "millimetres" in doubt
    assert len(unit_doubts(problem, 300.0)) == 2
    benchmark = FlowProblem("own units", in_mm, Fluid(1.0, Newtonian(1e-3)), boundaries)
    assert unit_doubts(benchmark, 300.0) == []


def test_a_run_stops_when_asked() -> None:
    with pytest.raises(Cancelled):
        solve_flow(lid(100.0), Progress(cancelled=lambda: True))
