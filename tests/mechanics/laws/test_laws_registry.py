"""What a user enters for a law: all faults together, and nothing wrong let through."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.errors import InputError, SolverError
from surgitwin.mechanics.fenicsx.laws import LAWS, check, faults, get_law
from surgitwin.mechanics.fenicsx.laws.drivers import drive
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints, evaluate
from surgitwin.mechanics.fenicsx.laws.registry import incompressible

GOH = {"c_MPa": 0.01, "k1_MPa": 0.5, "k2": 20.0, "kappa": 0.2}
BONE = {
    "E_axial_MPa": 17e3,
    "E_transverse_MPa": 11.5e3,
    "nu_axial": 0.3,
    "nu_transverse": 0.3,
    "G_axial_MPa": 3.3e3,
}
AXIS = (1.0, 0.0, 0.0)


def test_unknown_law_names_the_known() -> None:
    with pytest.raises(InputError) as caught:
        get_law("neohookean")
    assert caught.value.code == "law.unknown"
    assert all(name in caught.value.hint for name in LAWS)


def test_all_faults_are_listed_together() -> None:
    wrong = {"c_MPa": -1.0, "kappa": 0.4, "k1": 3.0, "k2": float("nan")}
    with pytest.raises(InputError) as caught:
        check(LAWS["goh2006"], wrong, 1)
    assert caught.value.code == "law.parameters"
    for part in ("k1: goh2006 has no such", "c_MPa: -1 is outside", "k1_MPa: missing", "k2: no value",
                 "kappa: 0.4 is outside", "needs 2 direction(s), 1 given"):  # fmt: skip
        assert part in caught.value.message


def test_good_values_pass_and_get_defaults() -> None:
    values = check(LAWS["goh2006"], GOH, 2)
    assert np.isinf(values["bulk_MPa"])
    assert list(values) == [q.name for q in LAWS["goh2006"].parameters]


@pytest.mark.parametrize(
    ("law", "values", "words"),
    [
        ("transversely_isotropic", {**BONE, "E_transverse_MPa": 200e3}, "must be positive"),
        ("mooney_rivlin", {"a10_MPa": -1.0, "a01_MPa": 0.5, "a20_MPa": 0.0, "a11_MPa": 0.0, "a30_MPa": 0.0},
         "initial shear modulus"),
        ("isotropic", {"E_MPa": 1.0, "nu": -1.0}, "outside (-1, 0.5]"),
        ("isotropic", {"E_MPa": float("inf"), "nu": 0.3}, "inf is outside"),
        ("isotropic", {"E_MPa": "stiff", "nu": 0.3}, "not a number"),
        ("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 0.0}, "0 is outside"),
    ],
)  # fmt: skip
def test_values_that_no_material_has(law: str, values: dict[str, float], words: str) -> None:
    assert any(words in fault for fault in faults(LAWS[law], values))


def test_arrays_are_checked_in_every_cell() -> None:
    law = LAWS["transversely_isotropic"]
    cells = {**BONE, "E_transverse_MPa": np.array([11e3, 12e3, 13e3])}
    assert faults(law, cells, 1) == []
    cells["E_transverse_MPa"] = np.array([11e3, 250e3, 13e3])
    assert len(faults(law, cells, 1)) == 1
    cells["E_transverse_MPa"] = np.array([11e3, -2.0, 13e3])
    assert "-2 is outside" in faults(law, cells, 1)[0]


def test_fibres_are_unit_vectors() -> None:
    with pytest.raises(InputError) as caught:
        evaluate(LAWS["goh2006"], GOH, np.eye(3), [AXIS, (1.0, 1.0, 0.0)])
    assert caught.value.code == "law.fibre"
    assert "2" in caught.value.message


def test_a_rubber_law_has_no_small_strain_form() -> None:
    with pytest.raises(InputError) as caught:
        MaterialPoints(LAWS["neo_hookean"], {"mu_MPa": 1.0}, 1, small=True)
    assert caught.value.code == "law.kinematics"


@pytest.mark.parametrize(
    ("mode", "amount", "second"),
    [("tension", [1.1], None), ("biaxial", [1.1], None), ("uniaxial", [1.1], [1.0]),
     ("uniaxial", [0.0], None), ("equibiaxial", [float("nan")], None), ("biaxial", [1.1, 1.2], [1.1])],
)  # fmt: skip
def test_a_test_that_cannot_be_run(mode: str, amount: list[float], second: list[float] | None) -> None:
    with pytest.raises(InputError) as caught:
        drive("neo_hookean", {"mu_MPa": 1.0}, mode, amount, second=second)
    assert caught.value.code == "law.test"


def test_no_equilibrium_is_told_with_its_station() -> None:
    """St. Venant-Kirchhoff's sheet loses its thickness: F33^2 = 1 - 2 nu/(1-nu) (s^2 - 1)."""
    values = {"E_MPa": 1.0, "nu": 3 / 7}  # nu / (1 - nu) = 3/4: gone at s^2 = 5/3
    reached = drive("isotropic", values, "equibiaxial", [1.29])
    assert reached.F[0, 2, 2] == pytest.approx(np.sqrt(1 - 1.5 * (1.29**2 - 1)), rel=1e-6)
    with pytest.raises(SolverError) as caught:
        drive("isotropic", values, "equibiaxial", [1.2, 1.31])
    assert caught.value.code == "law.path"
    assert "1.31" in caught.value.message


def test_which_values_need_a_mixed_form() -> None:
    rubber, hooke = LAWS["neo_hookean"], LAWS["isotropic"]
    assert incompressible(rubber, {"mu_MPa": 1.0})
    assert not incompressible(rubber, {"mu_MPa": 1.0, "bulk_MPa": np.array([10.0, 20.0])})
    assert incompressible(rubber, {"mu_MPa": 1.0, "bulk_MPa": np.array([10.0, np.inf])})
    assert incompressible(hooke, {"E_MPa": 1.0, "nu": np.array([0.3, 0.5])})
    assert not incompressible(hooke, {"E_MPa": 1.0, "nu": 0.499})
    assert not incompressible(LAWS["transversely_isotropic"], BONE)
