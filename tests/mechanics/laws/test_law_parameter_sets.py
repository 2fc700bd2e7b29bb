"""The table of parameter sets: units, marks, completeness."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table
from surgitwin.mechanics.fenicsx.laws import LAWS, faults
from surgitwin.mechanics.law_sets import TABLES, drawing, parameter_set, parameter_sets

SETS = parameter_sets()


@pytest.mark.parametrize("name", SETS)
def test_a_set_fits_its_law(name: str) -> None:
    row = SETS[name]
    law = LAWS[row.law]
    found = faults(law, row.values, len(row.fibres(law.fibres)))
    assert sorted(f.split(":")[0] for f in found) == sorted(row.open)
    assert all(": missing" in f for f in found)


@pytest.mark.parametrize("name", SETS)
def test_marks_and_verified_agree(name: str) -> None:
    row = SETS[name]
    assert row.mark in ("V", "C", "GK")
    assert row.verified == (row.mark != "GK")
    assert row.fitted
    assert (row.fibre_angle_deg is not None) == (LAWS[row.law].fibres > 0)


def test_names_are_unique_over_the_tables() -> None:
    assert sum(len(load_table(t)["sets"]) for t in TABLES) == len(SETS)


def test_kilopascals_become_megapascals() -> None:
    media = parameter_set("hgo_carotid_media")
    assert media.values["c_MPa"] == pytest.approx(3.0e-3)
    assert media.values["k2"] == 0.8393
    assert parameter_set("gastaldi_intima").values["c30_MPa"] == -1.11


def test_fibres_lie_at_the_angle_from_the_circumference() -> None:
    one, two = parameter_set("hgo_carotid_media").fibres(2)
    assert np.degrees(np.arccos(one[0])) == pytest.approx(29.0)
    assert (one[0], one[1], one[2]) == (two[0], -two[1], two[2])
    assert parameter_set("lally_artery").fibres(0) == []
    assert len(parameter_set("cortical_axial").fibres(1)) == 1


def test_unknown_set_names_the_known() -> None:
    with pytest.raises(InputError) as caught:
        parameter_set("artery")
    assert caught.value.code == "material.unknown"
    assert "lally_artery" in caught.value.hint


def test_drawings_hold_no_load() -> None:
    low, high = drawing().stretch
    first, last = drawing().linear_stretch
    assert low < first < 1 < last < high
    assert drawing().stress_limit_MPa > 0
