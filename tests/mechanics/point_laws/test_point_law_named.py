"""Problem files may name a metal or a set of bone limits, and give a hardening curve as lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.mechanics.model.read import read_model
from surgitwin.mechanics.point_laws.named import expanded
from surgitwin.mechanics.point_laws.tables import bone_parameters, metal


def written(folder: Path, material: dict[str, Any]) -> Path:
    plain = {
        "name": "bar",
        "parts": [
            {
                "name": "bar",
                "mesh": {"shape": "box", "low": [0, 0, 0], "high": [1, 1, 2], "counts": [1, 1, 1]},
                "material": material,
            }
        ],
        "supports": [{"kind": "fixed", "name": "floor", "part": "bar", "on": "z0"}],
        "loads": [{"kind": "traction", "name": "pull", "part": "bar", "on": "z1", "force_N": [0, 0, 1.0]}],
    }
    path = folder / "bar.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    return path


def test_a_metal_by_name_with_one_number_changed(tmp_path: Path) -> None:
    model = read_model(written(tmp_path, {"metal": "316L", "yield_MPa": 300.0}))
    material = model.parts[0].materials[""]
    assert material.law == "j2"
    assert dict(material.parameters) == metal("316L").parameters | {"yield_MPa": 300.0}


def test_bone_by_its_limits(tmp_path: Path) -> None:
    row = {"law": "bone", "limits": "trabecular_tissue", "E_MPa": 800.0, "nu": 0.3, "damage": True}
    material = read_model(written(tmp_path, row)).parts[0].materials[""]
    assert dict(material.parameters) == bone_parameters(800.0, 0.3, "trabecular_tissue", damage=True)


def test_a_curve_as_lists(tmp_path: Path) -> None:
    row = {"law": "j2", "E_MPa": 2e5, "nu": 0.3, "curve_strain": [0, 0.1], "curve_stress_MPa": [250, 300]}
    material = read_model(written(tmp_path, row)).parts[0].materials[""]
    np.testing.assert_array_equal(material.parameters["curve_stress_MPa"], [250.0, 300.0])


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"metal": "unobtainium"}, "316L"),
        ({"law": "bone", "limits": "granite", "E_MPa": 1.0, "nu": 0.3}, "cortical_tissue"),
        ({"law": "j2", "E_MPa": [1.0, 2.0], "nu": 0.3}, "not a number"),
        ({"E_MPa": 1.0}, "name the material law"),
    ],
)
def test_mistakes_are_listed_with_their_place(tmp_path: Path, row: dict[str, Any], word: str) -> None:
    with pytest.raises(InputError) as caught:
        read_model(written(tmp_path, row))
    assert caught.value.code == "model.faults"
    assert word in f"{caught.value.message} {caught.value.hint}"


def test_other_rows_pass_unchanged() -> None:
    row = {"law": "neo_hookean", "mu_MPa": 1.0, "fibres": []}
    assert expanded(row) == row
