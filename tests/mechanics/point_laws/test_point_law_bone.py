"""Bone: asymmetry, density, energy; never stiffer than its elastic self."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import InputError
from surgitwin.mechanics.point_laws.bone import Bone
from surgitwin.mechanics.point_laws.drivers import drive, zigzag
from surgitwin.mechanics.point_laws.tables import bone_limits, bone_parameters

E = 17000.0


def cortical(damage: bool = False) -> Bone:
    return Bone(bone_parameters(E, 0.3, damage=damage))


def test_yields_at_the_strain_limits() -> None:
    for sign, limit in ((1.0, 0.0073), (-1.0, 0.0104)):
        strain, stress = drive(cortical(), sign * np.linspace(0.0, 0.02, 2001)).axial
        elastic = np.abs(stress - E * strain) < 1e-6
        assert abs(strain[elastic][-1]) == pytest.approx(limit, abs=1.1e-5)


def test_post_yield_slopes() -> None:
    """5 % of E in compression, hardening smaller by the squared ratio of the limits in tension."""
    h = E * 0.05 / 0.95
    for sign, modulus in ((-1.0, h), (1.0, h * (0.0073 / 0.0104) ** 2)):
        strain, stress = drive(cortical(), sign * np.array([0.015, 0.02])).axial
        assert (stress[1] - stress[0]) / (strain[1] - strain[0]) == pytest.approx(
            E * modulus / (E + modulus), rel=1e-6
        )


def test_every_row_of_limits_yields_earlier_in_tension() -> None:
    for name in bone_limits():
        law = Bone(bone_parameters(E, 0.3, name))
        pull, push = (drive(law, s * np.linspace(0.0, 0.02, 801)) for s in (1.0, -1.0))
        first = [np.abs(c.strain[c.state[:, 7] > 0.0][0, 0]) for c in (pull, push)]
        assert first[0] < first[1]


def test_strength_follows_the_modulus_point_by_point() -> None:
    modulus = np.array([100.0, 1000.0, 17000.0])
    law = Bone(bone_parameters(modulus, 0.3))
    strain = np.zeros((3, 6))
    strain[:, 0], strain[:, 1:3] = 0.02, -0.006
    stress, _, state = law.update(strain, law.start(3))
    np.testing.assert_allclose(
        stress / modulus[:, None], np.ones((3, 1)) * stress[:1] / 100.0, rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(state[:, 7], state[0, 7], rtol=1e-9)


def test_shear_strength_of_the_quadric() -> None:
    """tau = 1 / (F0 sqrt(2 (1 + zeta0))), F0 the mean of 1/st and 1/sc."""
    law = Bone(bone_parameters(E, 0.3) | {"post_yield_ratio": 0.0})
    f0 = 0.5 * (1 / (E * 0.0073) + 1 / (E * 0.0104))
    curve = drive(law, np.linspace(0.0, 0.03, 301), "shear")
    first = np.flatnonzero(curve.state[:, 7] > 0)[0]
    assert curve.stress[first, 5] / np.sqrt(2) == pytest.approx(1 / (f0 * np.sqrt(2 * 1.28)), rel=1e-2)


def test_unloading_is_elastic_and_softer_with_damage() -> None:
    for damage in (False, True):
        curve = drive(cortical(damage), np.array([-0.02, -0.0195]))
        slope = (curve.stress[1, 0] - curve.stress[0, 0]) / 0.0005
        lost = curve.state[0, 8]
        assert slope == pytest.approx(E * (1 - lost), rel=1e-9)
        assert (lost > 0.01) == damage


def test_damage_follows_its_formula() -> None:
    curve = drive(cortical(True), np.array([-0.02]))
    assert curve.state[0, 8] == pytest.approx(0.85 * (1 - np.exp(-8.0075 * curve.state[0, 7])), rel=1e-12)


def test_work_is_stored_plus_dissipated() -> None:
    """Hardening is counted as dissipated."""
    for damage in (False, True):
        curve = drive(cortical(damage), zigzag([0.02, -0.03], 3000))
        stored = 0.5 * curve.stress[-1, 0] ** 2 / (E * (1 - curve.state[-1, 8]))
        assert curve.work == pytest.approx(stored + curve.state[-1, 9], rel=2e-3)


strains = st.lists(st.floats(-0.05, 0.05), min_size=6, max_size=6)


@given(st.lists(strains, min_size=1, max_size=5), st.floats(-0.5, 0.49), st.floats(0.0, 0.5), st.booleans())
def test_any_path_dissipates_and_is_never_stiffer_than_elastic(
    path: list[list[float]], zeta0: float, ratio: float, damage: bool
) -> None:
    given_ = bone_parameters(E, 0.3, damage=damage) | {"zeta0": zeta0, "post_yield_ratio": ratio}
    law = Bone(given_)
    state = law.start(1)
    _, elastic, _ = law.update(np.zeros((1, 6)), state)
    for strain in path:
        stress, tangent, new = law.update(np.array([strain]), state)
        assert new[0, 9] >= state[0, 9] - 1e-12
        assert new[0, 7] >= state[0, 7]
        assert new[0, 8] >= state[0, 8]
        free = np.array(strain) - new[0, :6]
        assert stress[0] @ free >= -1e-9
        if not damage:
            assert np.linalg.eigvalsh(elastic[0] - tangent[0]).min() > -1e-7 * E
            assert np.linalg.eigvalsh(tangent[0]).min() > -1e-7 * E
        state = new


@given(st.lists(strains, min_size=1, max_size=3), st.floats(-0.5, 0.49))
def test_stress_ends_on_the_quadric(path: list[list[float]], zeta0: float) -> None:
    law = Bone(bone_parameters(E, 0.3) | {"zeta0": zeta0})
    state, st_, sc = law.start(1), E * 0.0073, E * 0.0104
    size, shift = 0.5 * (1 / st_ + 1 / sc), 0.5 * (1 / st_ - 1 / sc)
    h = E * 0.05 / 0.95 / sc**2
    for strain in path:
        stress, _, state = law.update(np.array([strain]), state)
        s = stress[0]
        product = size**2 * ((1 + zeta0) * s @ s - zeta0 * s[:3].sum() ** 2)
        value = np.sqrt(max(product, 0.0)) + shift * s[:3].sum()
        assert value <= (1 + h * state[0, 6]) * (1 + 1e-8)


def test_unknown_limits_name_the_known() -> None:
    with pytest.raises(InputError) as caught:
        bone_parameters(E, 0.3, "granite")
    assert caught.value.code == "material.unknown"
    assert "cortical_tissue" in caught.value.hint
