"""Plastic hollow sphere against Hill's exact solution, and Newton's order on it."""

from __future__ import annotations

import numpy as np
import pytest
from point_part_models import hill_sphere, sphere

from surgitwin.core.errors import SolverError
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.result import ModelResult

A, B, Y, E, NU = 10.0, 20.0, 250.0, 200e3, 0.3


@pytest.fixture(scope="module")
def at_front_14() -> ModelResult:
    return solve_model(sphere(hill_sphere(14.0), (20, 8)))


def test_stress_in_both_zones(at_front_14: ModelResult) -> None:
    """Hill: plastic sigma_r = 2 Y ln(r/a) - p and sigma_t = sigma_r + Y; elastic as Lame with Y at c."""
    part, p, c = at_front_14.part(), hill_sphere(14.0), 14.0
    for r in (11.0, 12.5, 17.0, 19.0):
        x = np.array([r, r]) / np.sqrt(2.0)
        s = part.stress_at(x)[0]
        direction = np.array([1.0, 1.0, 0.0]) / np.sqrt(2.0)
        radial = 2 * Y * np.log(r / A) - p if r < c else -2 * Y * c**3 / 3 * (1 / r**3 - 1 / B**3)
        hoop = radial + Y if r < c else 2 * Y * c**3 / 3 * (1 / (2 * r**3) + 1 / B**3)
        assert direction @ s @ direction == pytest.approx(radial, abs=0.01 * Y)
        assert s[2, 2] == pytest.approx(hoop, abs=0.01 * Y)


def test_outer_displacement(at_front_14: ModelResult) -> None:
    """u(b) = (1 - nu) Y c^3 / (E b^2)."""
    u = at_front_14.part().displacement_at((B, 0.0))[0, 0]
    assert u == pytest.approx((1 - NU) * Y * 14.0**3 / (E * B**2), rel=2e-3)


def test_the_front_stands_where_hill_has_it(at_front_14: ModelResult) -> None:
    bulk = at_front_14.system.assembly.bulks[0]
    plastic = bulk.history("peeq").max(axis=1) > 0.0
    corners = bulk.space.part.mesh.points_mm[bulk.space.part.mesh.corners]
    radius = np.linalg.norm(corners.mean(axis=1), axis=1)
    h = 0.5
    assert plastic[radius < 14.0 - h].all()
    assert not plastic[radius > 14.0 + h].any()


def test_newton_is_quadratic(at_front_14: ModelResult) -> None:
    """Once the plastic zone is found, the residual at least squares."""
    e = np.array(at_front_14.increments[-1].residuals)
    assert e[-1] < 1e-9
    assert e[-1] < e[-2] ** 2


def test_refinement_brings_the_outer_displacement_closer() -> None:
    exact = (1 - NU) * Y * 14.0**3 / (E * B**2)
    errors = []
    for n in (4, 8, 16):
        u = solve_model(sphere(hill_sphere(14.0), (n, 4))).part().displacement_at((B, 0.0))[0, 0]
        errors.append(abs(u / exact - 1))
    assert errors[2] < errors[0]
    assert errors[2] < 3e-3


def test_it_carries_the_limit_pressure_and_no_more() -> None:
    """The perfectly plastic sphere carries 2 Y ln(b/a) (the mesh slightly more), then the engine stops."""
    reached = [0.0]
    with pytest.raises(SolverError) as caught:
        solve_model(
            sphere(1.05 * 2 * Y * np.log(B / A), (8, 3), first=0.5),
            accepted=lambda r: reached.append(1.05 * r.increments[-1].fraction),
        )
    assert caught.value.code == "solver.step_failed"
    assert 0.99 < reached[-1] < 1.02


def test_unloading_leaves_the_residual_stress_of_hill() -> None:
    """After elastic unloading: sigma_t at the bore = Y - p - (elastic part of p), all analytic."""
    from dataclasses import replace

    from surgitwin.mechanics.model.steps import Step

    p = hill_sphere(12.0)
    model = replace(sphere(p, (20, 8)), steps=(Step("on", {"p": 1.0}), Step("off", {"p": 0.0})))
    result = solve_model(model)
    lame = p * A**3 / (B**3 - A**3) * (1 + B**3 / (2 * 10.5**3))
    plastic = 2 * Y * np.log(10.5 / A) - p + Y
    x = np.array([10.5, 10.5]) / np.sqrt(2)
    assert result.part().stress_at(x)[0, 2, 2] == pytest.approx(plastic - lame, abs=0.01 * Y)
