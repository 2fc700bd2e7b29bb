"""Corners of the engine where a number could be wrong without an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.couplings import Foundation, Side
from surgitwin.mechanics.model.loads import Pressure, RemoteForce, Temperature, Traction
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.outputs import Output
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Step, Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion

RUBBER = {"mu_MPa": 1.0, "bulk_MPa": 100.0}
PLANES = (Fixed("x", "block", "x0", "x"), Fixed("y", "block", "y0", "y"), Fixed("z", "block", "z0", "z"))


@pytest.mark.parametrize("formulation", ["displacement", "mixed"])
def test_stress_of_a_heated_body_at_finite_strain_balances_its_load(formulation: str) -> None:
    block = Part(
        "block",
        box((0, 0, 0), (1, 1, 1), (1, 1, 1)),
        Material("neo_hookean", RUBBER),
        formulation=formulation,
    )
    loads = (Traction("pull", "block", "x1", force_N=(0.3, 0, 0)), Temperature("heat", "block", 1e-3, 50.0))
    found = solve_model(Model("m", (block,), PLANES, loads, stepping=Stepping(first=0.5), large=True)).part()
    moved = found.displacement_at((1, 1, 1))[0]
    area = (1 + moved[1]) * (1 + moved[2])
    assert found.stress_at((0.5, 0.5, 0.5))[0, 0, 0] == pytest.approx(0.3 / area, rel=1e-6)


def test_stress_on_the_axis_of_symmetry() -> None:
    disc = Part("disc", box((0, 0), (5, 2), (3, 2)), elastic(1000.0, 0.3), "axisymmetric")
    supports = (Fixed("axis", "disc", "x0", "x"), Fixed("floor", "disc", "y0", "y"))
    found = solve_model(Model("m", (disc,), supports, (Pressure("p", "disc", "x1", 10.0),))).part()
    # A disc under even pressure on its rim: radial and circumferential stress -10 everywhere.
    assert found.stress_at((0.0, 1.0))[0] == pytest.approx(np.diag([-10.0, 0.0, -10.0]), abs=1e-8)
    assert np.isfinite(found.recovery.nodal_stress).all()


def test_loads_that_mean_nothing_are_refused() -> None:
    ring = Part("ring", box((4, 0), (5, 2), (2, 2)), elastic(1000.0, 0.3), "axisymmetric")
    push = RemoteForce("push", "ring", "y1", (0, 5), (0, 100.0))
    with pytest.raises(InputError, match="means nothing on a ring"):
        solve_model(Model("m", (ring,), (Fixed("f", "ring", "y0", "y"),), (push,)))
    block = Part("block", box((0, 0, 0), (1, 1, 1), (1, 1, 1)), Material("neo_hookean", RUBBER))
    rigid = RemoteForce("push", "block", "x1", (2, 0.5, 0.5), (0, 0, 1.0), rigid=True)
    with pytest.raises(InputError, match="small rotations"):
        solve_model(Model("m", (block,), (Fixed("f", "block", "x0"),), (rigid,), large=True))


def test_supports_that_part_within_a_step_are_refused() -> None:
    block = Part("block", box((0, 0, 0), (1, 1, 1), (1, 1, 1)), elastic(1000.0, 0.3))
    both = tuple(Motion(n, "block", n, "x", translation_mm=(0.01, 0, 0)) for n in ("x1", "y1"))
    steps = (Step("one", {"x1": 1.0, "y1": 0.2}),)
    with pytest.raises(InputError) as found:
        solve_model(Model("m", (block,), (Fixed("f", "block", "x0", "yz"), *both), steps=steps))
    assert found.value.code == "model.supports_conflict"


def test_a_finished_run_taken_up_again_can_be_asked_everything(tmp_path: Path) -> None:
    block = Part("block", box((0, 0, 0), (1, 1, 1), (1, 1, 1)), Material("neo_hookean", RUBBER))
    outputs = (Output("force", "reaction", of="x", component="x"),)
    loads = (Traction("pull", "block", "x1", force_N=(0.3, 0, 0)),)
    model = Model(
        "m", (block,), PLANES, loads, stepping=Stepping(0.5, largest=0.5), outputs=outputs, large=True
    )
    file = tmp_path / "restart.npz"
    first, again = solve_model(model, restart=file), solve_model(model, restart=file)
    assert again.curves["force"] == pytest.approx(first.curves["force"])
    assert len(again.curves["force"]) == 2
    assert again.reaction("x").force_N == pytest.approx(first.reaction("x").force_N)
    assert again.balance["force_imbalance"] < 1e-9


def test_balance_counts_the_ground_and_rigid_remotes_and_no_round_off() -> None:
    block = Part("block", box((0, 0, 0), (1, 1, 1), (2, 2, 2)), elastic(1000.0, 0.3))
    bed = Foundation("bed", Side("block", "z0"), 10.0)
    push = Traction("push", "block", "x1", force_N=(0, 0.5, -1))
    found = solve_model(Model("m", (block,), (), (push,), foundations=(bed,)))
    assert found.balance["force_imbalance"] < 1e-9
    assert found.balance["moment_imbalance"] < 1e-9
    rigid = RemoteForce("far", "block", "x1", (3, 0.5, 0.5), (0, 0, -1.0), rigid=True)
    held = solve_model(Model("m", (block,), (Fixed("f", "block", "x0"),), (rigid,)))
    assert held.applied_N == pytest.approx([0, 0, -1])
    assert held.load("far").force_N == pytest.approx([0, 0, -1])
    idle = solve_model(Model("m", (block,), (Fixed("f", "block", "x0"),)))
    assert idle.balance["force_imbalance"] == 0.0
    with pytest.raises(InputError) as unknown:
        idle.load("none")
    assert unknown.value.code == "model.no_result"
