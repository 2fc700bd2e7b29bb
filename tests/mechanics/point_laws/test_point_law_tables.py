"""Metals of the table, laws by name, Mandel components, and the hash that keeps compiled code fresh."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from point_law_samples import laws

from surgitwin.core.errors import InputError
from surgitwin.mechanics.point_laws import compiled
from surgitwin.mechanics.point_laws.base import PointLaw, from_mandel, to_mandel
from surgitwin.mechanics.point_laws.drivers import drive
from surgitwin.mechanics.point_laws.registry import point_law
from surgitwin.mechanics.point_laws.tables import metal, metals


@pytest.mark.parametrize("name", metals())
def test_every_metal_makes_a_law(name: str) -> None:
    row = metal(name)
    law = point_law(row.law, row.parameters)
    assert isinstance(law, PointLaw)
    strain, stress = drive(law, np.array([1e-4, 0.05])).axial
    assert stress[0] == pytest.approx(strain[0] * float(next(iter(row.parameters.values()))), rel=1e-9)


@pytest.mark.parametrize("name", [n for n, row in metals().items() if row.law == "j2"])
def test_the_hardening_reaches_the_ultimate_strength_at_its_elongation(name: str) -> None:
    row = metal(name)
    end = np.log1p(row.elongation)
    _, stress = drive(point_law(row.law, row.parameters), np.array([end])).axial
    assert stress[0] == pytest.approx(row.uts_MPa * (1 + row.elongation), rel=1e-9)


def test_a_curve_goes_through_the_registry() -> None:
    law = point_law(
        "j2", {"E_MPa": 2e5, "nu": 0.3, "curve_strain": [0.0, 1.0], "curve_stress_MPa": [250.0, 250.0]}
    )
    assert drive(law, np.array([0.05])).stress[0, 0] == pytest.approx(250.0)


@pytest.mark.parametrize(
    ("name", "parameters", "code"),
    [
        ("clay", {}, "point_law.unknown"),
        ("j2", {"E_MPa": 2e5, "nu": 0.3, "curve_strain": [0.0, 1.0]}, "point_law.parameter"),
        ("bone", {"E_MPa": 1e4}, "point_law.parameter"),
        ("bone", {"E_MPa": np.ones(3), "nu": np.full(2, 0.3)}, "point_law.parameter"),
    ],
)
def test_bad_materials(name: str, parameters: dict[str, float], code: str) -> None:
    with pytest.raises(InputError) as caught:
        point_law(name, parameters)
    assert caught.value.code == code


def test_unknown_metal() -> None:
    with pytest.raises(InputError) as caught:
        metal("unobtainium")
    assert "316L" in caught.value.hint


@given(st.lists(st.floats(-10, 10), min_size=12, max_size=12))
def test_mandel_keeps_the_double_contraction(values: list[float]) -> None:
    a, b = (
        np.reshape([v, w, x, w, y, z, x, z, u], (3, 3)) for u, v, w, x, y, z in np.reshape(values, (2, 6))
    )
    np.testing.assert_allclose(to_mandel(a) @ to_mandel(b), np.tensordot(a, b), atol=1e-9)
    np.testing.assert_allclose(from_mandel(to_mandel(a)), a, atol=1e-12)


@pytest.mark.parametrize("name", laws())
def test_a_law_tells_about_itself(name: str) -> None:
    law = laws()[name]
    assert isinstance(law, PointLaw)
    assert len(law.state_names) == law.state_size == law.start(3).shape[1]
    assert all(len(text) > 10 for text in (law.title, law.formula, law.source, law.range))


def test_compiled_code_goes_with_the_sources() -> None:
    """A changed helper in another file must not leave old machine code in use."""
    from surgitwin.mechanics.point_laws.bone import _update

    assert _update._cache._cache_file._source_stamp == compiled.sources()
    assert len(compiled.sources()) == 64
