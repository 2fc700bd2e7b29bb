"""The range in which a law is strongly elliptic, against exact limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from surgitwin.mechanics.fenicsx.laws import LAWS
from surgitwin.mechanics.fenicsx.laws.drivers import follow
from surgitwin.mechanics.fenicsx.laws.ellipticity import (
    LOOKED_AT,
    LOST,
    NO_EQUILIBRIUM,
    acoustic_minimum,
    elliptic_range,
    sphere_directions,
)
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints
from surgitwin.mechanics.law_sets import parameter_set

MOONEY = {"a10_MPa": 1.0, "a01_MPa": -0.5, "a20_MPa": 0.0, "a11_MPa": 0.0, "a30_MPa": 0.0}
"""Baker and Ericksen: a10 + a01 s^2 > 0 for every principal stretch s; lost at s = sqrt(2)."""


@pytest.mark.parametrize(
    ("mode", "lower", "upper"),
    [("uniaxial", 0.5, math.sqrt(2)), ("equibiaxial", 2**-0.25, math.sqrt(2)),
     ("simple_shear", -math.sqrt(0.5), math.sqrt(0.5))],
)  # fmt: skip
def test_mooney_rivlin_with_a_negative_coefficient(mode: str, lower: float, upper: float) -> None:
    points = MaterialPoints(LAWS["mooney_rivlin"], MOONEY, 41)
    found = elliptic_range(points, mode, *((-1.0, 1.0) if mode == "simple_shear" else (0.4, 2.0)))
    assert found.lower_end == found.upper_end == LOST
    assert found.lower == pytest.approx(lower, abs=1e-4)
    assert found.upper == pytest.approx(upper, abs=1e-4)
    assert 0 < found.least < 1e-3
    assert found.normal is not None


def test_saint_venant_kirchhoff_in_equibiaxial_compression() -> None:
    """nu = 0: S11 + mu F22^2 = E/2 (2 s^2 - 1), zero at s = sqrt(1/2)."""
    points = MaterialPoints(LAWS["isotropic"], {"E_MPa": 3.0, "nu": 0.0}, 41)
    found = elliptic_range(points, "equibiaxial", 0.5, 1.5)
    assert found.lower == pytest.approx(math.sqrt(0.5), abs=1e-4)
    assert (found.lower_end, found.upper_end, found.upper) == (LOST, LOOKED_AT, 1.5)


def test_a_branch_that_ends_is_not_called_a_loss() -> None:
    points = MaterialPoints(LAWS["isotropic"], {"E_MPa": 1.0, "nu": 3 / 7}, 41)
    found = elliptic_range(points, "equibiaxial", 0.9, 1.5)
    assert found.upper_end == NO_EQUILIBRIUM
    assert found.upper == pytest.approx(math.sqrt(5 / 3), abs=0.01)


def test_neo_hookean_is_elliptic_everywhere() -> None:
    points = MaterialPoints(LAWS["neo_hookean"], {"mu_MPa": 2.0}, 21)
    found = elliptic_range(points, "uniaxial", 0.4, 2.5)
    assert (found.lower_end, found.upper_end) == (LOOKED_AT, LOOKED_AT)
    assert not found.lost


def test_acoustic_tensor_at_no_load_is_that_of_waves() -> None:
    """Hooke: the slowest wave is the shear wave with modulus mu, in every direction."""
    points = MaterialPoints(LAWS["isotropic"], {"E_MPa": 2.6, "nu": 0.3}, 1)
    path = follow(points, "uniaxial", np.ones(1))
    smallest, direction = acoustic_minimum(path.F, path.tangent, incompressible=False)
    assert smallest[0] == pytest.approx(1.0)
    assert np.linalg.norm(direction[0]) == pytest.approx(1.0)


def test_lally_plaque_stays_elliptic_but_softens() -> None:
    """a10 is negative; near 1 % strain the slowest shear wave keeps less than a fifth of its modulus."""
    row = parameter_set("lally_plaque")
    points = MaterialPoints(LAWS[row.law], row.values, 61)
    found = elliptic_range(points, "equibiaxial", 0.9, 1.1)
    assert not found.lost
    # Baker and Ericksen by hand: least of W1 + s3^2 W2 over (a10 + a01), where s3 = 1/s^2 and I1, I2 follow.
    s = np.linspace(1.0, 1.03, 3001)
    x, y = 2 * s**2 + s**-4 - 3, s**4 + 2 * s**-2 - 3
    a10, a01, a20, a11, a30 = (row.values[f"{k}_MPa"] for k in ("a10", "a01", "a20", "a11", "a30"))
    w1, w2 = a10 + 2 * a20 * x + a11 * y + 3 * a30 * x**2, a01 + a11 * x
    by_hand = ((w1 + w2 * s**-4) * s**2).min() / (a10 + a01)
    assert found.least == pytest.approx(by_hand, rel=0.02)
    assert found.least < 0.2


def test_directions_cover_half_the_sphere_evenly() -> None:
    N = sphere_directions()
    np.testing.assert_allclose(np.linalg.norm(N, axis=1), 1)
    probe = np.random.default_rng(0).standard_normal((500, 3))
    probe /= np.linalg.norm(probe, axis=1)[:, None]
    nearest = np.degrees(np.arccos(np.clip(np.abs(probe @ N.T).max(axis=1), 0, 1)))
    assert nearest.max() < 9
