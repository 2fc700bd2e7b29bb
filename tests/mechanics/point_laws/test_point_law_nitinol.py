"""Nitinol: the one-dimensional loop of physics.md row 37, compression, temperature, inner loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import InputError
from surgitwin.mechanics.point_laws.drivers import drive, zigzag
from surgitwin.mechanics.point_laws.nitinol import Nitinol
from surgitwin.mechanics.point_laws.tables import metal

SET = metal("Nitinol").parameters
EA, EM, L = 62857.0, 27778.0, 0.046


def nitinol(memory: bool = False, **changes: float) -> Nitinol:
    return Nitinol(SET | changes, memory=memory)


def test_loop_of_row_37() -> None:
    path = np.array([0.0, 0.02, 0.04, 0.0640001, 0.07, 0.0546399, 0.04, 0.02, 0.0033409, 0.0])
    curve = drive(nitinol(), path)
    expected = [0.0, 469.05, 483.20, 500.00, 666.67, 240.00, 231.51, 219.82, 210.00, 0.0]
    np.testing.assert_allclose(curve.stress[:, 0], expected, rtol=2e-5, atol=1e-9)
    np.testing.assert_allclose(curve.state[[3, 4, -2, -1], 0], [1.0, 1.0, 0.0, 0.0], atol=1e-5)


def test_ends_of_the_plateaus() -> None:
    strain = np.linspace(0.0, 0.07, 7001)
    up = drive(nitinol(), np.r_[strain, strain[::-1]])
    xi_up, xi_down = up.state[:7001, 0], up.state[7001:, 0][::-1]
    assert strain[xi_up > 0.0][0] == pytest.approx(0.0073182, abs=1.1e-5)
    assert strain[xi_up >= 1.0][0] == pytest.approx(0.0640000, abs=1.1e-5)
    assert strain[xi_down < 1.0][-1] == pytest.approx(0.0546399, abs=1.1e-5)
    assert strain[xi_down <= 0.0][-1] == pytest.approx(0.0033409, abs=1.1e-5)
    assert up.work == pytest.approx(13.536, rel=5e-5)


@pytest.mark.parametrize("memory", [False, True])
def test_hysteresis_closes_after_a_cycle(memory: bool) -> None:
    law = nitinol(memory)
    curve = drive(law, zigzag([0.08, 0.0, -0.08, 0.0], 40))
    np.testing.assert_allclose(curve.stress[[80, 160], 0], 0.0, atol=1e-8)
    np.testing.assert_allclose(curve.strain[[80, 160]], 0.0, atol=1e-12)
    np.testing.assert_array_equal(curve.state[[80, 160], 0], 0.0)


def test_compression_starts_at_690() -> None:
    curve = drive(nitinol(), -np.linspace(0.0, 0.02, 4001))
    started = curve.state[:, 0] > 0.0
    assert -curve.stress[started][0, 0] == pytest.approx(690.0, rel=5e-4)


def test_the_fraction_does_not_depend_on_the_steps() -> None:
    coarse, fine = (drive(nitinol(), np.linspace(0.0, 0.05, n)) for n in (2, 101))
    np.testing.assert_allclose(coarse.stress[-1], fine.stress[-1], atol=1e-6)
    np.testing.assert_allclose(coarse.state[-1], fine.state[-1], atol=1e-8)


def test_plateaus_rise_with_temperature() -> None:
    warm = drive(nitinol(temperature_C=42.0), np.array([0.03, 0.07, 0.03]))
    cold = drive(nitinol(), np.array([0.03, 0.07, 0.03]))
    rise = 5.0 * 6.52
    xi = warm.state[0, 0]
    assert warm.stress[0, 0] == pytest.approx(460.0 + 40.0 * xi + rise, rel=1e-9)
    assert warm.stress[2, 0] == pytest.approx(210.0 + 30.0 * warm.state[2, 0] + rise, rel=1e-9)
    assert warm.stress[0, 0] > cold.stress[0, 0] + 0.9 * rise


def test_too_cold_to_return_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        nitinol(temperature_C=0.0)
    assert caught.value.code == "point_law.parameter"
    assert "superelastic" in caught.value.message


def test_mixed_modulus_when_unloading_inside() -> None:
    """1/E = (1 - xi)/EA + xi/EM on the elastic line from the upper plateau downwards."""
    curve = drive(nitinol(), np.array([0.03, 0.029]))
    xi = curve.state[0, 0]
    assert curve.state[1, 0] == xi
    modulus = (curve.stress[0, 0] - curve.stress[1, 0]) / 0.001
    assert 1.0 / modulus == pytest.approx((1 - xi) / EA + xi / EM, rel=1e-8)


def test_inner_loops_close_with_memory_and_creep_without() -> None:
    path = np.array([0.03, 0.028, 0.03, 0.028, 0.03])
    closed, paper = drive(nitinol(memory=True), path), drive(nitinol(), path)
    np.testing.assert_allclose(closed.stress[[2, 4], 0], closed.stress[0, 0], rtol=1e-9)
    assert paper.stress[0, 0] > paper.stress[2, 0] > paper.stress[4, 0] > 460.0


def test_reloading_from_the_lower_plateau() -> None:
    """Partial unloading to xi, then back: elastic until the upper plateau, then on it to the same end."""
    for memory in (False, True):
        curve = drive(nitinol(memory), np.array([0.07, 0.03, 0.032, 0.0645, 0.07]))
        assert 0.0 < curve.state[1, 0] < 1.0
        assert curve.state[2, 0] == curve.state[1, 0]
        assert curve.stress[-1, 0] == pytest.approx(curve.stress[0, 0], rel=1e-9)


@given(st.lists(st.floats(-0.06, 0.06), min_size=2, max_size=8), st.booleans())
def test_any_uniaxial_history_is_sane(turns: list[float], memory: bool) -> None:
    curve = drive(nitinol(memory), zigzag([*turns, 0.0], 12))
    xi, stress = curve.state[:, 0], np.abs(curve.stress[:, 0])
    assert xi.min() >= 0.0
    assert xi.max() <= 1.0
    inside = (xi > 0.0) & (xi < 1.0)
    assert (stress[inside] >= 210.0 * (1 - 1e-9)).all()
    assert (stress[inside] <= 750.0 * (1 + 1e-9)).all()
    assert xi[-1] == 0.0
    assert stress[-1] < 1e-6


@pytest.mark.parametrize("memory", [False, True])
def test_a_closed_cycle_never_yields_work(memory: bool) -> None:
    for turns in ([0.03, 0.01, 0.03, 0.01, 0.0], [0.07, 0.02, 0.05, 0.0], [-0.05, 0.05, 0.0]):
        assert drive(nitinol(memory), zigzag(turns, 800)).work > 0.0


def test_biaxial_and_shear_start_where_the_criterion_says() -> None:
    alpha = np.sqrt(2 / 3) * 230 / 1150
    limit = 460.0 * (np.sqrt(2 / 3) + alpha)
    shear = drive(nitinol(), np.linspace(0.0, 0.02, 2001), "shear")
    biaxial = drive(nitinol(), np.linspace(0.0, 0.01, 2001), "biaxial")
    tau = (shear.stress[shear.state[:, 0] > 0][0, 5]) / np.sqrt(2)
    sigma = biaxial.stress[biaxial.state[:, 0] > 0][0, 0]
    assert tau == pytest.approx(limit / np.sqrt(2), rel=1e-3)
    assert sigma == pytest.approx(limit / (np.sqrt(2 / 3) + 2 * alpha), rel=1e-3)


def test_without_dilatancy_transformation_keeps_the_volume() -> None:
    law = nitinol(dilatancy=0.0)
    curve = drive(law, np.array([0.05]))
    xi = curve.state[0, 0]
    bulk = 1.0 / ((1 - xi) * 3 * 0.34 / EA + xi * 3 * 0.34 / EM)
    assert curve.strain[0, :3].sum() == pytest.approx(curve.stress[0, :3].sum() / 3 / bulk, rel=1e-9)
    assert curve.strain[0, 0] - curve.stress[0, 0] * ((1 - xi) / EA + xi / EM) == pytest.approx(
        L * xi, rel=1e-9
    )
