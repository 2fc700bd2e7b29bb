"""Bone along and across its axis from density."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.mechanics.directional_density import directional_laws, directional_moduli, huber_shear


def test_wirtz_values() -> None:
    """physics.md 1.2: cortical 2065 r^3.09 and 2314 r^1.57, trabecular 1904 r^1.64 and 1157 r^1.78."""
    found = directional_moduli([1.8], "wirtz_cortical", 0.3, 0.3)
    assert found["E_axial_MPa"][0] == pytest.approx(2065 * 1.8**3.09)
    assert found["E_transverse_MPa"][0] == pytest.approx(2314 * 1.8**1.57)
    found = directional_moduli([0.5], "wirtz_trabecular", 0.3, 0.3)
    assert found["E_axial_MPa"][0] == pytest.approx(1904 * 0.5**1.64)
    assert found["E_transverse_MPa"][0] == pytest.approx(1157 * 0.5**1.78)
    assert found["nu_axial"].shape == (1,)


def test_floor_and_cap_hold_for_both_directions() -> None:
    found = directional_moduli([-0.2, 0.0, 3.0], "wirtz_cortical", 0.3, 0.3)
    np.testing.assert_allclose(found["E_axial_MPa"], [50, 50, 22000])
    np.testing.assert_allclose(found["E_transverse_MPa"][:2], 50)


def test_shear_is_that_of_the_isotropic_law_for_equal_moduli() -> None:
    assert huber_shear(1000.0, 1000.0, 0.25) == pytest.approx(1000 / 2.5)


def test_unknown_law_names_the_known() -> None:
    with pytest.raises(InputError) as caught:
        directional_moduli([1.0], "wirtz", 0.3, 0.3)
    assert caught.value.code == "material.unknown"
    assert all(name in caught.value.hint for name in directional_laws())
