"""Stress is the derivative of energy, the tangent that of stress, for every law and parameter set."""

from __future__ import annotations

import numpy as np
import pytest
from law_samples import WHOLE, compressible, deformations, differences, fibres_of, rotations, size_of

from surgitwin.mechanics.fenicsx.laws import LAWS
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints, evaluate

N = 6
SPLIT = [name for name, row in WHOLE.items() if LAWS[row.law].energy_isochoric is not None]


def test_every_law_has_a_whole_set() -> None:
    assert {row.law for row in WHOLE.values()} == set(LAWS)


@pytest.mark.parametrize("name", WHOLE)
def test_stress_and_tangent_are_derivatives(name: str) -> None:
    row = WHOLE[name]
    F = deformations(N, size_of(row))
    points = MaterialPoints(LAWS[row.law], compressible(row), N, fibres_of(row))
    state = points.evaluate(F, tangent=True)
    assert state.tangent is not None
    stress, tangent = differences(points, F)
    assert np.abs(stress - state.piola).max() <= 1e-7 * np.abs(state.tangent).max()
    assert np.abs(tangent - state.tangent).max() <= 1e-7 * np.abs(state.tangent).max()
    np.testing.assert_allclose(
        state.tangent, state.tangent.transpose(0, 3, 4, 1, 2), atol=1e-12 * np.abs(state.tangent).max()
    )


@pytest.mark.parametrize("name", WHOLE)
def test_a_rotation_turns_the_stress_and_keeps_the_energy(name: str) -> None:
    row = WHOLE[name]
    F, Q = deformations(N, size_of(row)), rotations(N)
    points = MaterialPoints(LAWS[row.law], compressible(row), N, fibres_of(row))
    still, turned = points.evaluate(F), points.evaluate(Q @ F)
    scale = np.abs(still.piola).max()
    np.testing.assert_allclose(turned.energy, still.energy, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(turned.piola, Q @ still.piola, atol=1e-10 * scale)
    np.testing.assert_allclose(still.cauchy, still.cauchy.transpose(0, 2, 1), atol=1e-12 * scale)


@pytest.mark.parametrize("name", WHOLE)
def test_no_deformation_is_free_of_energy_and_stress(name: str) -> None:
    row = WHOLE[name]
    state = evaluate(LAWS[row.law], compressible(row), rotations(2), fibres_of(row))
    assert state.tangent is not None
    np.testing.assert_allclose(state.energy, 0, atol=1e-14 * np.abs(state.tangent).max())
    np.testing.assert_allclose(state.piola, 0, atol=1e-13 * np.abs(state.tangent).max())


@pytest.mark.parametrize("name", SPLIT)
def test_isochoric_energy_does_not_see_volume(name: str) -> None:
    row = WHOLE[name]
    points = MaterialPoints(LAWS[row.law], row.values, N, fibres_of(row))
    assert points.incompressible
    F = deformations(N, size_of(row))
    np.testing.assert_allclose(points.evaluate(1.3 * F).energy, points.evaluate(F).energy, rtol=1e-10)
    pressed = points.evaluate(F, 0.25)
    spherical = np.einsum("nii->n", pressed.cauchy) / 3
    np.testing.assert_allclose(spherical, 0.25, rtol=1e-9)


@pytest.mark.parametrize("law", ["hgo2000", "goh2006", "holzapfel2005", "guccione"])
def test_a_stretch_far_beyond_the_law_stays_finite(law: str) -> None:
    """The exponent is guarded: energy, stress and tangent are finite and still derivatives of each other."""
    row = next(r for r in WHOLE.values() if r.law == law)
    values = {**compressible(row), **({"k2": 500.0} if "k2" in row.values else {"bf": 500.0})}
    F = np.diag([1.6, 0.9, 0.8]) + deformations(N, 0.01) - np.eye(3)
    points = MaterialPoints(LAWS[law], values, N, fibres_of(row))
    state = points.evaluate(F, tangent=True)
    assert state.tangent is not None
    assert np.isfinite(state.tangent).all()
    _, tangent = differences(points, F)
    assert np.abs(tangent - state.tangent).max() <= 1e-6 * np.abs(state.tangent).max()


def test_small_strain_energies_are_those_of_the_tangent_at_no_load() -> None:
    """Hooke's law and the transversely isotropic one: small strain, and Green strain at F = 1."""
    for name in ("disc_annulus_ground", "cortical_axial"):
        row, law = WHOLE[name], LAWS[WHOLE[name].law]
        flat = evaluate(law, row.values, np.eye(3), fibres_of(row), small=True)
        large = evaluate(law, row.values, np.eye(3), fibres_of(row))
        assert flat.tangent is not None
        np.testing.assert_allclose(flat.tangent, large.tangent, atol=1e-10 * np.abs(flat.tangent).max())
