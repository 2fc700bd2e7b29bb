"""Density laws, calibration, healing stages: fixed points and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table
from surgitwin.mechanics.density_laws import (
    calibration,
    densities,
    density_law,
    density_laws,
    phantom_calibration,
)
from surgitwin.mechanics.materials import callus, callus_stages, default_callus, tissue


@pytest.mark.parametrize(
    ("law", "rho", "expected"),
    [
        ("morgan_neck", 0.2, 622.62),
        ("morgan_neck", 0.5, 2438.69),
        ("morgan_neck", 1.0, 6850.0),
        ("morgan_vertebra", 0.2, 384.12),
        ("keller", 0.2, 263.36),
        ("keller", 0.5, 2146.99),
        ("keller", 1.2, 15940.96),
    ],
)
def test_unit_test_points_of_the_laws(law, rho, expected):
    """physics.md 1.2, computed there from the closed form."""
    assert density_law(law).modulus(rho) == pytest.approx(expected, abs=0.005)


def test_keyak_pieces_are_continuous_to_two_hundredths_of_a_percent():
    law = density_law("keyak")
    for rho in (0.27, 0.60):
        below, above = law.modulus([rho - 1e-9, rho + 1e-9])
        assert above == pytest.approx(below, rel=2.5e-4)
    assert (np.diff(law.modulus(np.linspace(0.01, 1.2, 500))) > 0).all()


def test_density_chain_by_hand():
    scan = phantom_calibration(0.01, 0.001, "K2HPO4", "test")
    d = densities([200.0, -500.0], scan)
    ash = 1.06 * (0.01 + 0.2) + 0.0389
    assert d["qct"] == pytest.approx([0.21, -0.49])
    assert d["ash"] == pytest.approx([ash, 0.0])
    assert d["app"] == pytest.approx([ash / 0.6, 0.0])


def test_uncalibrated_is_named_and_not_verified():
    scan = calibration()
    assert (scan.name, scan.calibrated, scan.verified) == ("uncalibrated", False, False)


def test_stages_are_bound_to_a_scheme():
    stages = callus_stages()
    assert default_callus() in stages
    assert all(name.count(".") == 1 for name in stages)
    assert callus("claes_heigele.soft_callus").modulus_MPa == 1000.0
    assert callus("lacroix_prendergast.immature_bone").poisson == 0.30
    assert tissue("cortical").modulus_MPa == 17000.0


@pytest.mark.parametrize(
    "bad",
    [
        lambda: callus("soft_callus"),
        lambda: density_law("none"),
        lambda: calibration("x"),
        lambda: phantom_calibration(0, 0.001, "water", ""),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(bad):
    with pytest.raises(InputError) as error:
        bad()
    assert error.value.code == "material.unknown"
    assert error.value.hint.startswith("Known: ")


def test_slope_in_the_wrong_unit_is_refused():
    with pytest.raises(InputError, match="slope"):
        phantom_calibration(0.0, 0.8, "CaHA", "mg/cm3 by mistake")


def test_every_row_has_source_and_verified():
    tables = [
        *density_laws().values(),
        *callus_stages().values(),
        tissue("marrow"),
        tissue("cortical"),
        calibration(),
    ]
    assert all(row.source and isinstance(row.verified, bool) for row in tables)
    loads = load_table("load_cases/femur")
    rows = [*loads["vectors"].values(), *loads["cases"].values(), loads["patches"], loads["variants"]]
    assert all(row["source"] and isinstance(row["verified"], bool) for row in rows)
