"""The consistent tangent is the derivative of the stress, in every law and kind of state."""

from __future__ import annotations

import numpy as np
import pytest
from point_law_samples import laws, random_states

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.base import PointLaw

STEP = 1e-7


def differences(law: PointLaw, strain: FloatArray, state: FloatArray) -> FloatArray:
    """(n, 6, 6) central differences of the stress."""
    columns = []
    for j in range(6):
        h = STEP * np.eye(6)[j]
        columns.append((law.update(strain + h, state)[0] - law.update(strain - h, state)[0]) / (2 * STEP))
    return np.stack(columns, axis=2)


@pytest.mark.parametrize("name", laws())
def test_tangent_is_the_derivative(name: str) -> None:
    law = laws()[name]
    strain, state = random_states(law, 300)
    _, tangent, new = law.update(strain, state)
    error = np.abs(differences(law, strain, state) - tangent).max(axis=(1, 2)) / np.abs(tangent).max(
        axis=(1, 2)
    )
    assert error.max() < 1e-7
    changed = np.any(new != state, axis=1) if "nitinol" not in name else new[:, 0] != state[:, 0]
    assert 0.1 < changed.mean() < 0.99  # both elastic and inelastic points were in the sample
    if law.symmetric:
        assert np.abs(tangent - tangent.transpose(0, 2, 1)).max() < 1e-9 * np.abs(tangent).max()


@pytest.mark.parametrize("name", laws())
def test_a_wrong_tangent_is_seen(name: str) -> None:
    law = laws()[name]
    strain, state = random_states(law, 50)
    tangent = law.update(strain, state)[1].copy()
    tangent[:, 0, 3] += 1e-5 * np.abs(tangent).max(axis=(1, 2))
    error = np.abs(differences(law, strain, state) - tangent).max(axis=(1, 2)) / np.abs(tangent).max(
        axis=(1, 2)
    )
    assert error.min() > 1e-6


@pytest.mark.parametrize("name", laws())
def test_start_is_isotropic_elasticity(name: str) -> None:
    law = laws()[name]
    stress, tangent, _ = law.update(np.zeros((1, 6)), law.start(1))
    p = law.parameters
    e = float(p["E_austenite_MPa" if "nitinol" in name else "E_MPa"])
    nu = float(p["nu_austenite" if "nitinol" in name else "nu"])
    unit = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    deviator = np.eye(6) - np.outer(unit, unit) / 3
    np.testing.assert_array_equal(stress, np.zeros((1, 6)))
    np.testing.assert_allclose(
        tangent[0], e / (1 + nu) * deviator + e / (3 - 6 * nu) * np.outer(unit, unit), rtol=1e-12, atol=1e-9
    )
