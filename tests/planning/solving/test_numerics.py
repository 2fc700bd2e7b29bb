"""Numerical checks of a result: limits, verdicts, old records, the table and the line of words."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from surgitwin.mechanics.numerical_check import Check, as_rows, not_met
from surgitwin.mechanics.problem import LoadSolution, SurfaceContact
from surgitwin.planning.solving.numerics import checks, field_record, worst
from surgitwin.planning.solving.numerics_table import Checked, limit, number, rows, words

ROW: dict[str, Any] = {
    "load_case": "stance_full",
    "rel_residual": 8e-9,
    "applied_N": [0.0, 0.0, -1000.0],
    "reaction_N": [0.0, 1e-6, 1000.0],
    "moment_imbalance": 2e-9,
    "energy_mJ": 500.0,
    "parts": [
        {"name": "bone", "min_scaled_jacobian": 0.12},
        {"name": "screw", "min_scaled_jacobian": 0.09},
    ],
    "quality": {
        "rtol": 1e-8,
        "contact": "contact",
        "penetration_mm": 0.02,
        "penetration_limit_mm": 0.05,
        "fields": {
            "parts": [
                {"part": "bone", "stored_mJ": 400.0, "error_mJ": 4.0},
                {"part": "plate", "stored_mJ": 90.0, "error_mJ": 0.1},
            ],
            "ties_mJ": 10.0,
            "oscillation": 0.1,
            "poisson": 0.4,
        },
    },
}
STUDY: dict[str, Any] = {
    "quantities": [
        {"id": "ifm_shear", "load_case": "stance_full", "singular": False,
         "convergence": {"order": 1.9, "error_fraction": 0.012, "flags": []}},
        {"id": "axial_stiffness", "load_case": "stance_full", "singular": False,
         "convergence": {"order": None, "error_fraction": 0.05, "flags": ["not monotone"]}},
        {"id": "peak", "load_case": "stance_full", "singular": True,
         "convergence": {"order": 1.0, "error_fraction": 0.9, "flags": []}},
        {"id": "ifm_shear", "load_case": "axial", "singular": False,
         "convergence": {"order": 1.0, "error_fraction": 0.8, "flags": []}},
    ]
}  # fmt: skip


def changed(**values: Any) -> dict[str, Any]:
    """A copy of the row; keys of `quality` and `fields` are put where they belong."""
    row = copy.deepcopy(ROW)
    for key, value in values.items():
        place = next(p for p in (row, row["quality"], row["quality"]["fields"]) if key in p)
        place[key] = value
    return row


def by_id(row: dict[str, Any], metrics: Any = (), study: Any = None) -> dict[str, Check]:
    return {c.id: c for c in checks(row, metrics, study)}


def test_a_sound_result_meets_every_limit() -> None:
    found = checks(ROW)
    assert not not_met(found)
    assert {c.id for c in found if c.verdict == "ok"} == {
        "residual", "force_balance", "moment_balance", "energy", "penetration", "locking", "jacobian",
    }  # fmt: skip
    assert all(c.limit is None for c in found if c.verdict == "note")
    assert all(c.source for c in found if c.limit is not None)


@pytest.mark.parametrize(
    ("key", "value", "id_"),
    [
        ("rel_residual", 1.1e-8, "residual"),
        ("rel_residual", float("nan"), "residual"),
        ("reaction_N", [0.0, 0.0, 999.99], "force_balance"),
        ("moment_imbalance", 2e-6, "moment_balance"),
        ("energy_mJ", 500.001, "energy"),
        ("ties_mJ", 10.01, "energy"),
        ("penetration_mm", 0.06, "penetration"),
        ("poisson", 0.49, "locking"),
        ("parts", [{"name": "gap", "min_scaled_jacobian": 0.04}], "jacobian"),
    ],
)
def test_what_is_over_its_limit_is_named(key: str, value: Any, id_: str) -> None:
    assert [c.id for c in not_met(checks(changed(**{key: value})))] == [id_]


def test_the_error_estimate_is_told_part_by_part() -> None:
    error = by_id(ROW)["discretisation"]
    assert error.value == pytest.approx(np.sqrt(4.1 / 494.1))
    assert "bone 10 %" in error.words
    assert "plate 3.3 %" in error.words


def test_an_old_record_says_solve_again_and_is_not_judged() -> None:
    row = {k: v for k, v in ROW.items() if k != "quality"}
    found = by_id(row)
    for id_ in ("energy", "locking", "discretisation", "pressure_oscillation"):
        assert found[id_].value is None
        assert "solve again" in found[id_].words
        assert found[id_].verdict == "note"
    assert found["residual"].verdict == "ok"  # this was always recorded


def test_without_contact_the_overlap_of_the_metric_is_told_and_not_judged() -> None:
    row = changed(penetration_mm=None, contact="none")
    metric = {"id": "contact_overlap", "load_case": "stance_full", "value": 0.4}
    other = {"id": "contact_overlap", "load_case": "axial", "value": 9.0}
    found = by_id(row, [metric, other])["penetration"]
    assert (found.value, found.limit, found.verdict) == (0.4, None, "note")
    assert by_id(row)["penetration"].value is None


def test_a_study_of_three_meshes_gives_its_largest_index_of_this_load() -> None:
    found = by_id(ROW, study=STUDY)["mesh_study"]
    assert found.value == 0.05
    assert "axial stiffness" in found.words
    assert "not monotone" in found.words
    assert "No study" in by_id(ROW)["mesh_study"].words


def test_the_record_of_a_solution() -> None:
    touch = SurfaceContact("nail", np.arange(3), *(np.array([0.1, -2.0, 0.03]) for _ in range(5)))
    load = LoadSolution(
        "axial", np.zeros((4, 3)), (), np.ones(3), -np.ones(3), 0.0, np.zeros(3), np.zeros(3), 1.0, 3, 1e-9,
        0.1, (touch,),
    )  # fmt: skip
    facts = {
        "rtol": 1e-9,
        "contact": {"model": "contact", "penetration_mm": 0.05},
        "fields": {"axial": {"x": 1}},
    }
    kept = field_record(load, facts)
    assert kept["fields"] == {"x": 1}
    assert kept["penetration_mm"] == pytest.approx(0.1)
    assert kept["penetration_limit_mm"] == 0.05
    assert field_record(load, {**facts, "contact": {"model": "none"}})["penetration_mm"] is None


def test_table_and_line_show_the_worst_load() -> None:
    good, bad = checks(ROW), checks(changed(moment_imbalance=3e-6, rel_residual=7e-9))
    result = Checked("nail", "Nail", {"stance_full": tuple(good), "axial": tuple(bad)})
    table = {r[0]: r for r in rows([result])}
    assert table["Moment balance"] == ("Moment balance", "at most 1e-06", "✖ 3.0e-06")
    assert table["Residual"][2] == "✔ 8.0e-09"
    assert table["Worst cell"] == ("Worst cell", "at least 0.05", "✔ 0.09")
    assert table["Estimated mesh error (energy norm)"][1:] == ("none", "9.1 %")
    assert words([result]) == ("Numerical checks: not met by Nail: moment balance (3.0e-06, at most 1e-06).")
    assert [(load, c.id) for load, c in result.not_met] == [("axial", "moment_balance")]
    assert words([Checked("nail", "Nail", {"a": tuple(good)})]) == "Numerical checks: all met."
    assert words([]) == ""
    old = checks({k: v for k, v in ROW.items() if k != "quality"})
    assert "Nail: simulate again" in words([Checked("nail", "Nail", {"a": tuple(old)})])


def test_the_least_jacobian_is_the_worst() -> None:
    a, b = by_id(ROW)["jacobian"], by_id(changed(parts=[ROW["parts"][0]]))["jacobian"]
    assert worst([b, a]).value == 0.09
    assert (number(a), limit(a)) == ("0.09", "at least 0.05")


def test_rows_are_plain_values() -> None:
    (first, *_) = as_rows(checks(ROW))
    assert {"id", "title", "value", "unit", "limit", "verdict", "words"} <= set(first)
