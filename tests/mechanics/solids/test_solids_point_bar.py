"""History laws in the engine: bars in tension give what the law gives at one point."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from point_part_models import J2, bar

from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.engine import build
from surgitwin.mechanics.fenicsx.solids.history import part_history
from surgitwin.mechanics.fenicsx.solids.kinds import make_bulk
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.fenicsx.solids.space import PartSpace
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.outputs import Output
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, solid_cylinder
from surgitwin.mechanics.model.steps import Step, Stepping
from surgitwin.mechanics.model.supports import At, Fixed
from surgitwin.mechanics.point_laws.drivers import drive
from surgitwin.mechanics.point_laws.registry import point_law
from surgitwin.mechanics.point_laws.tables import bone_parameters, metal

MESHES = {
    "one_hexahedron": lambda: box((0, 0, 0), (1, 1, 2), (1, 1, 1)),
    "tetrahedra": lambda: box((0, 0, 0), (1, 1, 2), (2, 2, 3), "tetrahedron"),
    "curved": lambda: solid_cylinder(1.0, 2.0, (2, 2)),
}
NITINOL = Material("nitinol", metal("Nitinol").parameters)
BONE = Material("bone", bone_parameters(17000.0, 0.3, damage=True))


def force(result: ModelResult) -> float:
    return float(result.reaction("pull").force_N[2])


@pytest.mark.parametrize("name", MESHES)
def test_bar_in_tension_and_back(name: str) -> None:
    mesh = MESHES[name]()
    path = [0.001, 0.02, 0.018, -0.01]
    rows: list[float] = []
    result = solve_model(bar(mesh, J2, path), accepted=lambda r: rows.append(force(r)))
    exact = drive(point_law("j2", J2.parameters), np.array(path))
    area = rows[0] / 200.0  # elastic there; a round bar of curved cells has not exactly pi
    assert area == pytest.approx(np.pi if name == "curved" else 1.0, rel=1e-3 if name == "curved" else 1e-9)
    np.testing.assert_allclose(np.array(rows) / area, exact.stress[:, 0], rtol=1e-8)
    stress = result.part().stress_at((0.2, 0.3, 1.1), (0.0, 0.0, 0.0))
    np.testing.assert_allclose(stress[:, 2, 2], exact.stress[-1, 0], rtol=1e-7)
    np.testing.assert_allclose(stress[:, :2], 0.0, atol=1e-4)
    np.testing.assert_allclose(part_history(result, "peeq"), exact.state[-1, 6], rtol=1e-7)
    np.testing.assert_allclose(part_history(result, "eps_p_zz"), exact.state[-1, 0], rtol=1e-7)
    assert result.energy_mJ == pytest.approx(0.5 * exact.stress[-1, 0] ** 2 / 200e3 * 2 * area, rel=1e-7)


@pytest.mark.parametrize("material", [NITINOL, BONE], ids=["nitinol", "bone"])
def test_loop_of_a_bar_is_the_loop_of_the_point(material: Material) -> None:
    path = [0.02, 0.04, 0.07, 0.0546399, 0.04, 0.02, 0.0033409, 0.0, -0.03, 0.0]
    mesh = box((0, 0, 0), (1, 1, 2), (1, 1, 2), "tetrahedron")
    rows: list[float] = []
    model = bar(mesh, material, path)
    result = solve_model(
        model, accepted=lambda r: rows.append(force(r)) if r.increments[-1].fraction == 1 else None
    )
    exact = drive(point_law(material.law, material.parameters), np.array(path))
    np.testing.assert_allclose(rows, exact.stress[:, 0], rtol=1e-6, atol=1e-3)
    assert result.balance["force_imbalance"] < 1e-6 or abs(rows[-1]) < 1e-3


def test_newton_converges_quadratically() -> None:
    """The last ratios e_(k+1) / e_k^2 stay bounded: the tangent is consistent."""
    mesh = box((0, 0, 0), (1, 1, 2), (2, 2, 3), "tetrahedron")
    model = bar(mesh, Material("bone", bone_parameters(17000.0, 0.3)), [0.012])
    e = np.array(solve_model(model).increments[-1].residuals)
    falls = e[e > 1e-12]
    orders = np.log(falls[2:] / falls[1:-1]) / np.log(falls[1:-1] / falls[:-2])
    assert len(orders)
    assert orders[-1] > 1.7


def test_one_value_a_cell_and_two_laws_in_one_part() -> None:
    """A confined column in series: elastic below, plastic above with a yield stress for each cell."""
    mesh = box((0, 0, 0), (1, 1, 3), (1, 1, 3))
    mesh = mesh.with_cells("low", lambda x: x[:, 2] < 1).with_cells("high", lambda x: x[:, 2] > 1)
    given = {"E_MPa": 200e3, "nu": 0.3, "hardening_MPa": 5000.0}
    plastic = Material("j2", given | {"yield_MPa": np.array([1.0, 200.0, 300.0])})
    part = Part("bar", mesh, {"low": elastic(200e3, 0.3), "high": plastic})
    model = bar(mesh, plastic, [0.004])
    held = (*model.supports, Fixed("walls", "bar", At(), "xy"))
    result = solve_model(Model("bar", (part,), held, steps=model.steps))
    heights = [(0.5, 0.5, float(z)) for z in range(4)]
    strains = np.diff(result.part().displacement_at(*heights)[:, 2])
    laws = [
        point_law("isotropic", {"E_MPa": 200e3, "nu": 0.3}),
        point_law("j2", given | {"yield_MPa": 200.0}),
        point_law("j2", given | {"yield_MPa": 300.0}),
    ]
    stresses = [
        drive(law, strain[None], "confined").stress[0, 0] for law, strain in zip(laws, strains, strict=True)
    ]
    np.testing.assert_allclose(stresses, force(result), rtol=1e-8)
    history = part_history(result, "peeq")
    assert np.isnan(history[0]).all()
    assert history[1].min() > history[2].max() > 0.0


def test_restart_goes_on_with_its_history(tmp_path: Path) -> None:
    mesh = box((0, 0, 0), (1, 1, 2), (1, 1, 2))
    path = [0.02, 0.005, 0.03]
    whole = solve_model(bar(mesh, J2, path))

    class StopError(Exception):
        pass

    def stop(result: ModelResult) -> None:
        if len(result.increments) == 3:
            raise StopError

    file = tmp_path / "bar.npz"
    with pytest.raises(StopError):
        solve_model(bar(mesh, J2, path), restart=file, accepted=stop)
    again = solve_model(bar(mesh, J2, path), restart=file)
    assert force(again) == pytest.approx(force(whole), rel=1e-9)
    np.testing.assert_allclose(
        again.system.assembly.bulks[0].history("peeq"),
        whole.system.assembly.bulks[0].history("peeq"),
        rtol=1e-9,
    )


def test_a_rejected_increment_leaves_no_history() -> None:
    mesh = box((0, 0, 0), (1, 1, 1), (1, 1, 1))
    assembly = build(bar(mesh, J2, [0.02])).assembly
    bulk = assembly.bulks[0]
    x = np.random.default_rng(0).normal(size=assembly.size) * 0.01
    assembly.set(x)
    first = bulk.residual()
    assembly.set(2 * x)
    bulk.residual()
    bulk.rollback()
    assembly.set(x)
    np.testing.assert_array_equal(bulk.residual(), first)
    assert bulk.history("peeq").max() == 0.0
    bulk.commit()
    assert bulk.history("peeq").max() > 0.0
    np.testing.assert_allclose(bulk.residual(), first, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"formulation": "mixed"}, "model.history_needs"),
        ({"material": Material("j2", {"E_MPa": 1.0, "nu": 0.3})}, "point_law.parameter"),
        ({"material": Material("j2", {"E_MPa": np.ones(7), "nu": 0.3})}, "model.parameter_size"),
        ({"material": {"low": J2, "high": Material("neo_hookean", {})}}, "model.mixed_kinds"),
        ({"material": Material("clay", {})}, "law.unknown"),
    ],
)
def test_what_cannot_be_is_told(changes: dict[str, Any], code: str) -> None:
    mesh = box((0, 0, 0), (1, 1, 2), (1, 1, 2))
    mesh = mesh.with_cells("low", lambda x: x[:, 2] < 1).with_cells("high", lambda x: x[:, 2] > 1)
    part = replace(Part("bar", mesh, J2), **changes)
    with pytest.raises(InputError) as caught:
        make_bulk(PartSpace(part), False, None)
    assert caught.value.code == code


def test_values_for_points_pass_the_check_of_the_model() -> None:
    """A yield stress for each point of quadrature beside a modulus for each cell."""
    mesh = box((0, 0, 0), (1, 1, 2), (1, 1, 2))
    strength = np.linspace(100.0, 300.0, 54).reshape(2, 27)
    given = {"E_MPa": np.full(2, 200e3), "nu": 0.3, "yield_MPa": strength, "hardening_MPa": 1e4}
    result = solve_model(bar(mesh, Material("j2", given), [0.0008]))
    flow = part_history(result, "peeq")
    assert (flow[0, :3] > 0.0).all()
    assert (flow[1, -3:] == 0.0).all()


def test_unknown_history_names_the_known() -> None:
    bulk = build(bar(box((0, 0, 0), (1, 1, 1), (1, 1, 1)), J2, [0.01])).assembly.bulks[0]
    with pytest.raises(InputError) as caught:
        bulk.history("martensite")
    assert caught.value.code == "model.no_history"
    assert "peeq" in caught.value.hint


def test_an_elastic_part_has_no_history() -> None:
    result = solve_model(bar(box((0, 0, 0), (1, 1, 1), (1, 1, 1)), elastic(1000.0, 0.3), [0.01]))
    with pytest.raises(InputError) as caught:
        part_history(result, "peeq")
    assert caught.value.code == "model.no_history"


def test_history_as_an_output() -> None:
    """Largest and mean plastic strain of a bar whose upper half is weaker, at every increment."""
    mesh = box((0, 0, 0), (1, 1, 3), (1, 1, 3))
    strength = np.array([1e5, 200.0, 200.0])
    weak = Material("j2", {"E_MPa": 200e3, "nu": 0.3, "yield_MPa": strength, "hardening_MPa": 5000.0})
    outputs = tuple(Output(f"{k}", f"history_{k}", "bar", component="peeq") for k in ("max", "mean"))
    result = solve_model(replace(bar(mesh, weak, [0.0005, 0.01]), outputs=outputs))
    flow = part_history(result, "peeq")
    assert result.curves["max"][0] == result.curves["mean"][0] == 0.0
    assert result.curves["max"][-1] == flow.max()
    assert 0.0 < result.curves["mean"][-1] < 0.7 * result.curves["max"][-1]
    wrong = replace(
        bar(mesh, weak, [0.01]), outputs=(Output("x", "history_max", "bar", component="martensite"),)
    )
    with pytest.raises(InputError) as caught:
        solve_model(wrong)
    assert "peeq" in f"{caught.value.message} {caught.value.hint}"


def test_a_plastic_bar_is_let_go_to_no_force_at_all() -> None:
    # The last increment has neither load nor reaction: its residual counts against the run's largest force.
    part = Part("bar", box((0, 0, 0), (1, 1, 4), (1, 1, 2)), J2)
    planes = (Fixed("x", "bar", "x0", "x"), Fixed("y", "bar", "y0", "y"), Fixed("z", "bar", "z0", "z"))
    pull = Traction("pull", "bar", "z1", force_N=(0, 0, 300.0))
    steps = (Step("pull", {"pull": 1.0}), Step("let go", {"pull": 0.0}))
    found = solve_model(
        Model("m", (part,), planes, (pull,), steps=steps, stepping=Stepping(0.5, largest=0.5))
    )
    left = found.part().displacement_at((0.5, 0.5, 4.0))[0, 2] / 4
    assert left == pytest.approx(50 / 2000, rel=1e-6)
