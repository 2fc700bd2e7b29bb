"""J2: tension, cycles, pressure and dissipation against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from point_law_samples import CURVE, STEEL

from surgitwin.core.errors import InputError, SolverError
from surgitwin.mechanics.point_laws.base import von_mises
from surgitwin.mechanics.point_laws.drivers import drive, zigzag
from surgitwin.mechanics.point_laws.j2 import J2

E, SY = STEEL["E_MPa"], STEEL["yield_MPa"]


def test_linear_hardening_in_tension() -> None:
    h = 2000.0
    strain, stress = drive(J2(STEEL | {"hardening_MPa": h}), np.linspace(0.0, 0.05, 11)).axial
    exact = np.where(strain < SY / E, E * strain, SY + E * h / (E + h) * (strain - SY / E))
    np.testing.assert_allclose(stress, exact, rtol=1e-10)


def test_voce_in_tension() -> None:
    q, b = 150.0, 30.0
    curve = drive(J2(STEEL | {"voce_MPa": q, "voce_rate": b}), np.linspace(0.0, 0.2, 21))
    strain, stress = curve.axial
    plastic = strain - stress / E
    np.testing.assert_allclose(stress[1:], SY + q * (1 - np.exp(-b * plastic[1:])), rtol=1e-10)
    np.testing.assert_allclose(curve.state[:, 6], plastic, atol=1e-12)


def test_curve_in_tension() -> None:
    strain, stress = drive(J2({"E_MPa": E, "nu": 0.3}, CURVE), np.linspace(0.0, 0.3, 31)).axial
    plastic = strain - stress / E
    np.testing.assert_allclose(stress[1:], np.interp(plastic[1:], *CURVE.T), rtol=1e-10)


def test_cycle_with_kinematic_hardening() -> None:
    """Elastic range 2 SY; slope E H/(E + H) on both sides; the loop closes from the second cycle on."""
    h, a = 5000.0, 0.01
    curve = drive(J2(STEEL | {"kinematic_MPa": h}), zigzag([a, -a, a, -a, a], 50))
    _, stress = curve.axial
    slope = E * h / (E + h)
    top = SY + slope * (a - SY / E)
    np.testing.assert_allclose(stress[50], top, rtol=1e-10)
    np.testing.assert_allclose(stress[100], top - 2 * SY - slope * (2 * a - 2 * SY / E), rtol=1e-10)
    np.testing.assert_allclose(stress[[150, 200, 250]], stress[[50, 100, 50]], rtol=1e-10)


def test_isotropic_hardening_grows_with_the_cycles() -> None:
    _, stress = drive(J2(STEEL | {"hardening_MPa": 3000.0}), zigzag([0.01, -0.01, 0.01], 20)).axial
    assert stress[20] < -stress[40] < stress[60]


def test_shear_yields_at_yield_over_root_three() -> None:
    curve = drive(J2(STEEL), np.linspace(0.0, 0.02, 5), "shear")
    np.testing.assert_allclose(curve.stress[-1, 5] / np.sqrt(2), SY / np.sqrt(3), rtol=1e-10)


def test_pressure_changes_nothing() -> None:
    law = J2(STEEL | {"hardening_MPa": 1000.0})
    rng = np.random.default_rng(1)
    strain = rng.normal(size=(50, 6)) * 0.01
    squeezed = strain.copy()
    squeezed[:, :3] -= 0.1
    a, _, s = law.update(strain, law.start(50))
    b, _, t = law.update(squeezed, law.start(50))
    np.testing.assert_allclose(s, t, atol=1e-13)
    bulk = E / (3 - 6 * 0.3)
    np.testing.assert_allclose(b - a, np.r_[[-0.3 * bulk] * 3, [0.0] * 3] * np.ones((50, 1)), atol=1e-8)


def test_work_is_stored_plus_dissipated() -> None:
    curve = drive(J2(STEEL | {"kinematic_MPa": 2000.0}), zigzag([0.01, -0.01], 4000))
    plastic = curve.state[-1, 0]
    stored = 0.5 * curve.stress[-1, 0] ** 2 / E + 0.5 * 2000.0 * plastic**2
    assert curve.work == pytest.approx(stored + curve.state[-1, 7], rel=1e-5)


@given(
    st.lists(st.lists(st.floats(-0.05, 0.05), min_size=6, max_size=6), min_size=2, max_size=6),
    st.floats(0.0, 5000.0),
    st.floats(0.0, 5000.0),
)
def test_any_path_stays_on_the_yield_surface_and_dissipates(
    path: list[list[float]], isotropic: float, kinematic: float
) -> None:
    law = J2(STEEL | {"hardening_MPa": isotropic, "kinematic_MPa": kinematic})
    state = law.start(1)
    for strain in path:
        stress, tangent, new = law.update(np.array([strain]), state)
        assert new[0, 7] >= state[0, 7]
        assert new[0, 6] >= state[0, 6]
        assert abs(new[0, :3].sum()) < 1e-12  # plastic flow keeps the volume
        relative = stress - 2.0 / 3.0 * kinematic * new[:, :6]
        assert von_mises(relative)[0] <= (SY + isotropic * new[0, 6]) * (1 + 1e-9)
        assert np.linalg.eigvalsh(tangent[0]).min() > -1e-6 * E
        state = new


def test_bad_parameters_are_listed_together() -> None:
    with pytest.raises(InputError) as caught:
        J2({"E_MPa": -1.0, "nu": 0.5, "hardning_MPa": 3.0})
    assert caught.value.code == "point_law.parameter"
    for word in ("E_MPa = -1", "nu = 0.5", "hardning_MPa", "yield_MPa"):
        assert word in caught.value.message


@pytest.mark.parametrize(
    "curve",
    [[[0.0, 250.0]], [[0.1, 250.0], [0.2, 300.0]], [[0.0, 250.0], [0.1, 200.0]], [[0.0, -1.0], [1.0, 2.0]]],
)
def test_bad_curves(curve: list[list[float]]) -> None:
    with pytest.raises(InputError) as caught:
        J2({"E_MPa": E, "nu": 0.3}, np.array(curve))
    assert caught.value.code == "point_law.parameter"


def test_a_strain_that_is_no_number_is_named() -> None:
    law = J2(STEEL)
    strain = np.zeros((3, 6))
    strain[1, 2] = np.nan
    with pytest.raises(SolverError) as caught:
        law.update(strain, law.start(3))
    assert caught.value.code == "point_law.not_converged"
    assert "nan" in caught.value.message
    assert "point 1" in caught.value.message


def test_shapes_must_fit() -> None:
    law = J2(STEEL | {"E_MPa": np.array([1e5, 2e5])})
    with pytest.raises(InputError) as caught:
        law.update(np.zeros((3, 6)), law.start(3))
    assert caught.value.code == "point_law.shape"


def test_one_value_a_point() -> None:
    law = J2(STEEL | {"yield_MPa": np.array([100.0, 200.0])})
    strain = np.zeros((2, 6))
    strain[:, 5] = 0.05
    stress, _, _ = law.update(strain, law.start(2))
    np.testing.assert_allclose(von_mises(stress), [100.0, 200.0], rtol=1e-12)
