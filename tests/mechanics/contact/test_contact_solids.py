"""Couplings of solved models: ties, foundations, rigid shapes, large sliding and rotation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids.engine import solve_model
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.model.couplings import Bolt, Contact, Foundation, RigidShape, Side, Tie
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.mesh import PartMesh
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, merge, ring, solid_cylinder, tube
from surgitwin.mechanics.model.steps import Step, Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion

SOFT = Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 10.0})


def stacked(**couplings: Any) -> ModelResult:
    """The two blocks of physics.md 7.4, pressed by 0.1 mm, free to widen."""
    low = Part("low", box((0, 0, 0), (10, 10, 5), (3, 3, 2), "tetrahedron"), elastic(1000.0, 0.3))
    top = Part("top", box((0, 0, 5), (10, 10, 10), (4, 4, 3), "tetrahedron"), elastic(1000.0, 0.3))
    supports: list[Fixed | Motion] = [
        Fixed("ground", "low", "z0", "z"), Motion("press", "top", "z1", "z", (0, 0, -0.1)),
    ]  # fmt: skip
    for part in ("low", "top"):
        supports += [Fixed(f"{part} x", part, "x0", "x"), Fixed(f"{part} y", part, "y0", "y")]
    return solve_model(Model("stacked", (low, top), tuple(supports), **couplings))


@pytest.mark.parametrize("factor", [10.0, 1000.0])
def test_tie_states_its_force_error(factor: float) -> None:
    """The stated loss is the measured one; at factor 1000 it is below 0.1 %."""
    tie = Tie("glue", Side("top", "z0"), Side("low", "z1"), factor)
    result = stacked(ties=(tie,))
    loss = 1 - abs(result.reaction("press").force_N[2]) / 1000.0
    facts = result.coupling_facts("glue")
    assert facts["force_error"] == pytest.approx(loss, rel=0.05)
    assert facts["max_jump_mm"] < 1.5 * 10 / (factor * 1000 / 2.5)
    assert facts["tied_area_mm2"] == pytest.approx(100.0)
    if factor == 1000.0:
        assert loss < 1e-3


def test_slave_and_master_may_be_exchanged() -> None:
    forces = []
    for slave, master in ((Side("top", "z0"), Side("low", "z1")), (Side("low", "z1"), Side("top", "z0"))):
        result = stacked(contacts=(Contact("c", slave, master),))
        assert result.balance["force_imbalance"] < 1e-9
        pressure = result.contact_pressure("c")[1]
        assert np.abs(pressure - 10).max() < 0.4
        forces.append(result.coupling_facts("c")["normal_force_N"])
    assert forces == pytest.approx([1000.0, 1000.0], rel=1e-3)


def test_penalty_factor_does_not_matter_once_settled() -> None:
    forces = []
    for factor in (2.0, 50.0):
        contact = Contact("c", Side("top", "z0"), Side("low", "z1"), penalty_factor=factor)
        forces.append(stacked(contacts=(contact,)).coupling_facts("c")["normal_force_N"])
    assert forces[0] == pytest.approx(forces[1], rel=3e-4)


def test_foundation_under_a_block() -> None:
    """p / k + p L / E with Poisson's ratio 0, in plane strain of 3 mm thickness."""
    block = Part("block", box((0, 0), (4, 2), (4, 2)), elastic(100.0, 0.0), "plane_strain", 3.0)
    model = Model(
        "foundation",
        (block,),
        (Fixed("x", "block", "x0", "x"),),
        loads=(Traction("press", "block", "y1", traction_MPa=(0.0, -1.0)),),
        foundations=(Foundation("soil", Side("block", "y0"), 20.0, "normal"),),
    )
    result = solve_model(model)
    assert result.part().mean_displacement("y1")[1] == pytest.approx(-1 / 20 - 2 / 100, rel=1e-9)
    assert result.coupling_facts("soil")["force_y_N"] == pytest.approx(12.0)


def test_expanding_rigid_cylinder_in_a_ring() -> None:
    """Lame: a ring 10/20 in plane strain, widened by 0.1 mm, presses back with E u / (a C)."""
    part = Part("ring", ring(10, 20, (6, 10)), elastic(1000.0, 0.3), "plane_strain")
    tool = RigidShape("cylinder", (0.0, 0.0), radius_mm=10.0, growth_mm=0.1)
    model = Model(
        "expansion",
        (part,),
        (Fixed("x", "ring", "y1", "x"), Fixed("y", "ring", "y0", "y")),
        contacts=(Contact("balloon", Side("ring", "x0"), tool),),
    )
    result = solve_model(model)
    _, pressure = result.contact_pressure("balloon")
    exact = 10 * 0.1 / 0.190667  # row 7: 10 MPa widen it by 0.190667 mm
    assert pressure == pytest.approx(exact, rel=5e-3)
    assert result.coupling_facts("balloon")["mean_pressure_MPa"] == pytest.approx(exact, rel=1e-3)


def pair_of_soft_blocks() -> tuple[Part, Part]:
    low = Part("low", box((-6, -2), (6, 0), (13, 3)), SOFT, "plane_strain")
    top = Part("top", box((-2, 0), (2, 2), (6, 3)), SOFT, "plane_strain")
    return low, top


def test_large_sliding_with_friction_at_large_strain() -> None:
    """A block pressed by 5 % slides over three elements of the base: full slip, mu N all along."""
    model = Model(
        "sliding",
        pair_of_soft_blocks(),
        (
            Fixed("ground", "low", "y0"),
            Motion("press", "top", "y1", "y", (0.0, -0.1)),
            Motion("draw", "top", "y1", "x", (3.0, 0.0)),
        ),
        contacts=(Contact("c", Side("top", "y0"), Side("low", "y1"), 0.2, sliding="finite"),),
        steps=(Step("press", {"press": 1.0}), Step("draw", {"draw": 1.0})),
        stepping=Stepping(first=0.1, largest=0.1),
        large=True,
    )
    seen: list[tuple[float, float, float]] = []

    def accepted(result: ModelResult) -> None:
        f = result.reaction("draw").force_N, result.reaction("press").force_N
        seen.append((f[0][0], f[1][1], result.coupling_facts("c")["slipping_corners"]))
        assert result.balance["force_imbalance"] < 1e-6

    result = solve_model(model, accepted=accepted)
    late = np.array(seen[-4:])
    assert (late[:, 2] == 7).all()
    assert late[:, 0] / -late[:, 1] == pytest.approx(0.2, rel=0.02)
    assert result.state.failed == 0


def test_pressed_blocks_turned_together_keep_their_pressure() -> None:
    """Pressed, then both ends turned by 40 degrees: the same pressures, tangents with curvature."""
    turn = np.radians(40.0)
    model = Model(
        "turning",
        pair_of_soft_blocks(),
        (
            Motion("base", "low", "y0", "xy", rotation_rad=(turn,), point_mm=(0.0, 0.0)),
            Motion("cap", "top", "y1", "xy", rotation_rad=(turn,), point_mm=(0.0, 0.0)),
        ),
        contacts=(Contact("c", Side("top", "y0"), Side("low", "y1"), 0.3, 0.1, "finite"),),
        steps=(Step("press", {"c": 1.0}), Step("turn", {"base": 1.0, "cap": 1.0})),
        stepping=Stepping(first=0.25, largest=0.25),
        large=True,
    )
    pressures: list[Any] = []
    result = solve_model(model, accepted=lambda r: pressures.append(r.contact_pressure("c")[1]))
    start = next(k for k, i in enumerate(result.increments) if i.step == "turn") - 1
    assert pressures[start].min() > 0
    assert pressures[-1] == pytest.approx(pressures[start], rel=5e-3)


def test_pin_drawn_out_of_a_tube() -> None:
    """Three dimensions, curved surfaces: once all corners slip, the pull is mu times the normal force."""
    pin = solid_cylinder(10.0, 20.0, (2, 2))
    quarter = tube(10.0, 15.0, 20.0, (1, 3, 2))
    turns = [np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    bone = merge([PartMesh(quarter.points_mm @ R.T, quarter.cells, quarter.cell) for R in turns])
    bone = bone.with_surface("in", lambda x: np.hypot(x[:, 0], x[:, 1]) < 10 + 1e-6)
    bone = bone.with_surface("out", lambda x: np.hypot(x[:, 0], x[:, 1]) > 15 - 1e-6)
    model = Model(
        "pin",
        (Part("pin", pin, elastic(110e3, 0.3)), Part("bone", bone, elastic(17e3, 0.3))),
        (Fixed("held", "bone", "out"), Motion("draw", "pin", "z1", "xyz", (0.0, 0.0, 0.5))),
        contacts=(Contact("fit", Side("bone", "in"), Side("pin", "side"), 0.3, 0.05),),
        steps=(Step("fit", {"fit": 1.0}), Step("draw", {"draw": 1.0})),
    )
    result = solve_model(model)
    facts = result.coupling_facts("fit")
    assert facts["sticking_corners"] == facts["open_corners"] == 0
    assert result.reaction("draw").force_N[2] == pytest.approx(0.3 * facts["normal_force_N"], rel=2e-3)
    assert facts["force_z_N"] == pytest.approx(0.3 * facts["normal_force_N"], rel=2e-3)
    assert np.hypot(facts["force_x_N"], facts["force_y_N"]) < 1e-6 * facts["normal_force_N"]


def test_restart_goes_on_with_friction_and_multipliers(tmp_path: Path) -> None:
    """Stopped half way and begun again from the file: the same forces."""

    def model() -> Model:
        return Model(
            "restart",
            pair_of_soft_blocks(),
            (
                Fixed("ground", "low", "y0"),
                Motion("press", "top", "y1", "y", (0.0, -0.1)),
                Motion("draw", "top", "y1", "x", (0.2, 0.0)),
            ),
            contacts=(Contact("c", Side("top", "y0"), Side("low", "y1"), 0.3, sliding="finite"),),
            steps=(Step("press", {"press": 1.0}), Step("draw", {"draw": 1.0})),
            stepping=Stepping(first=0.5, largest=0.5, predictor=False),
            large=True,
        )

    def stop(result: ModelResult) -> None:
        if len(result.increments) == 4:
            raise KeyboardInterrupt

    whole = solve_model(model())
    file = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        solve_model(model(), restart=file, accepted=stop)
    again = solve_model(model(), restart=file)
    assert len(again.increments) == len(whole.increments)
    for name in ("draw", "press"):
        assert again.reaction(name).force_N == pytest.approx(whole.reaction(name).force_N, rel=1e-6, abs=1e-6)


def test_refusals_name_the_coupling() -> None:
    side = Side("top", "z0"), Side("low", "z1")
    cases: list[tuple[str, dict[str, Any]]] = [
        ("far", {"contacts": (Contact("c", *side, sliding="far"),)}),
        ("lid", {"ties": (Tie("c", Side("lid", "z0"), side[1]),)}),
        ("rim", {"ties": (Tie("c", Side("top", "rim"), side[1]),)}),
        ("shank", {"bolts": (Bolt("c", "top", "shank", (0, 0, 1), 10.0),)}),
        ("friction", {"contacts": (Contact("c", *side, friction=-1.0),)}),
        ("cone", {"contacts": (Contact("c", side[0], RigidShape("cone", (0, 0, 0))),)}),
    ]
    for word, couplings in cases:
        with pytest.raises(InputError, match=word):
            stacked(**couplings)


@pytest.mark.parametrize(
    ("material", "large", "axis"),
    [(SOFT, True, (0, 1, 0)), (elastic(1.0, 0.0), True, (0, 1, 0)), (elastic(1.0, 0.0), False, (0, 0, 0))],
)
def test_bolt_needs_an_axis_small_strain_and_an_isotropic_part(
    material: Material, large: bool, axis: Any
) -> None:
    mesh = box((0, 0), (1, 4), (1, 3)).with_cells("shank", lambda x: x[:, 1] > 0)
    part = Part("b", mesh, material, "plane_strain")
    bolt = Bolt("p", "b", "shank", axis, 1.0)
    model = Model("m", (part,), (Fixed("f", "b", "y0"),), bolts=(bolt,), large=large)
    with pytest.raises(InputError):
        solve_model(model)
