"""The iterative path gives what the direct one gives, and is refused where it does not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.couplings import Contact, Side, Tie
from surgitwin.mechanics.model.loads import Pressure, Traction
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import LinearSolver, Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion

ITERATIVE = LinearSolver(method="iterative")


@pytest.mark.parametrize("cell", ["tetrahedron", "hexahedron"])
def test_linear_problem(cell: str) -> None:
    part = Part("beam", box((0, 0, 0), (6, 1, 1), (12, 2, 2), cell), elastic(1000.0, 0.3))
    load = Traction("t", "beam", "x1", force_N=(0, 0.3, 1))
    model = Model("m", (part,), (Fixed("wall", "beam", "x0"),), (load,), linear=ITERATIVE)
    found, exact = solve_model(model), solve_model(replace(model, linear=LinearSolver()))
    assert "p-multigrid" in found.facts["solver"]
    assert found.part().displacement_mm == pytest.approx(exact.part().displacement_mm, abs=1e-8)
    assert found.increments[-1].linear < 40


def test_finite_deformation() -> None:
    soft = Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 5.0})
    part = Part("block", box((0, 0, 0), (2, 1, 1), (6, 3, 3), "tetrahedron"), soft)
    supports = (Fixed("a", "block", "x0"), Motion("b", "block", "x1", translation_mm=(0.4, 0.1, 0.0)))
    model = Model("m", (part,), supports, stepping=Stepping(first=0.5), linear=ITERATIVE, large=True)
    found, exact = solve_model(model), solve_model(replace(model, linear=LinearSolver()))
    assert found.part().displacement_mm == pytest.approx(exact.part().displacement_mm, abs=1e-7)
    assert found.increments[-1].residual < 1e-9


def test_contact_and_tie_between_parts() -> None:
    low = Part("low", box((0, 0, 0), (4, 4, 2), (3, 3, 2), "tetrahedron"), elastic(1000.0, 0.3))
    high = Part("high", box((0, 0, 2), (4, 4, 4), (4, 4, 2), "tetrahedron"), elastic(500.0, 0.3))
    supports = (
        Fixed("x", "low", "x0", "x"), Fixed("y", "low", "y0", "y"), Fixed("z", "low", "z0", "z"),
        Fixed("X", "high", "x0", "x"), Fixed("Y", "high", "y0", "y"),
        Motion("down", "high", "z1", "z", translation_mm=(0, 0, -0.04)),
    )  # fmt: skip
    sides = Side("high", "z0"), Side("low", "z1")
    for coupling in ({"contacts": (Contact("c", *sides),)}, {"ties": (Tie("t", *sides),)}):
        model = Model("m", (low, high), supports, linear=ITERATIVE, **coupling)  # type: ignore[arg-type]
        found, exact = solve_model(model), solve_model(replace(model, linear=LinearSolver()))
        assert found.reaction("down").force_N == pytest.approx(
            exact.reaction("down").force_N, rel=1e-6, abs=1e-5
        )
        assert found.part("low").displacement_mm == pytest.approx(exact.part("low").displacement_mm, abs=1e-7)


def test_a_follower_pressure_is_refused() -> None:
    soft = Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 5.0})
    part = Part("block", box((0, 0, 0), (1, 1, 1), (2, 2, 2)), soft)
    load = Pressure("p", "block", "x1", 0.1)
    model = Model("m", (part,), (Fixed("a", "block", "x0"),), (load,), linear=ITERATIVE, large=True)
    with pytest.raises(InputError) as found:
        solve_model(model)
    assert found.value.code == "solver.cannot_iterate"
    assert np.isfinite(solve_model(replace(model, linear=LinearSolver())).energy_mJ)
