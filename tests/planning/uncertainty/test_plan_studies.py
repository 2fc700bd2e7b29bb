"""Boundary conditions and three meshes: what is made of numbers, without solving; and once for real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from small_case import SmallCase, coarse_meshes, run_cli
from surgitwin.core.metric import MetricValue
from surgitwin.planning.case import Case
from surgitwin.planning.uncertainty.boundary import STIFFNESS, spreads
from surgitwin.planning.uncertainty.mesh_study import quantities
from surgitwin.planning.uncertainty.tables import study_tables


def _metric(value: float | None) -> MetricValue:
    reason = None if value is not None else "none"
    return MetricValue("ifs", "gap", "stance_full", "", value, "1", reason=reason)


def _row(name: str, stiffness: float, ifs: float | None) -> dict[str, Any]:
    m = {"id": "ifs", "part": "gap", "load_case": "stance_full", "healing": "", "value": ifs, "unit": "1"}
    return {"name": name, "stiffness_N_mm": stiffness, "metrics": [m]}


def test_the_spread_is_in_percent_of_the_lowest() -> None:
    found = {
        x["id"]: x for x in spreads([_row("a", 100.0, 0.2), _row("b", 380.0, None), _row("c", 200.0, 0.1)])
    }
    assert found[STIFFNESS]["spread_percent"] == pytest.approx(280.0)
    assert (found[STIFFNESS]["low_set"], found[STIFFNESS]["high_set"]) == ("a", "b")
    assert found["ifs"]["spread_percent"] == pytest.approx(100.0)


def test_sizes_of_three_meshes_go_by_their_unknowns() -> None:
    sizes = (1.0, 1.5, 2.25)
    levels = [{"unknowns": 1e6 / h**3, "metrics": [_metric(2.0 + 0.1 * h**2)]} for h in sizes]
    (row,) = quantities(levels)
    assert row["convergence"]["order"] == pytest.approx(2.0)
    assert row["convergence"]["extrapolated"] == pytest.approx(2.0)
    assert row["convergence"]["trusted"]
    levels[2]["metrics"] = [_metric(None)]
    (row,) = quantities(levels)
    assert row["convergence"] is None
    assert row["reason"]


@pytest.mark.e2e
@pytest.mark.slow
def test_boundary_sets_of_a_plan(meshed_case: SmallCase, tmp_path: Path) -> None:
    path = meshed_case.copy(tmp_path / "boundary.twin")
    with pytest.MonkeyPatch.context() as patch:
        coarse_meshes(patch)
        said = run_cli("study", "boundary", path, "--plan", "plate")
    assert said.code == 0, said.out
    found = said.data
    assert len(found["sets"]) >= 3
    assert "280 %" in found["warning"]
    stiffness = {s["name"]: s["stiffness_N_mm"] for s in found["sets"]}
    # A support that may turn is softer than one that may not; a longer one is stiffer.
    assert stiffness["hip_abductor_hinged"] < stiffness["hip_abductor"] < stiffness["hip_abductor_potted"]
    axial = {
        s["name"]: m["value"] for s in found["sets"] for m in s["metrics"] if m["id"] == "axial_stiffness"
    }
    assert axial["hip_only"] == pytest.approx(axial["hip_abductor"], rel=1e-6)  # the same support
    spread = next(x for x in found["spread"] if x["id"] == STIFFNESS)
    low, high = min(stiffness.values()), max(stiffness.values())
    assert spread["spread_percent"] == pytest.approx(100 * (high - low) / low)
    again = run_cli("study", "boundary", path, "--plan", "plate").data
    assert again == found
    assert run_cli("study", "boundary", path, "--plan", "nothing").error["code"] == "plan.unknown"


@pytest.mark.e2e
@pytest.mark.slow
def test_three_meshes_of_a_plan(solved_case: SmallCase, tmp_path: Path) -> None:
    path = solved_case.copy(tmp_path / "meshes.twin")
    assert run_cli("study", "mesh", path, "--plan", "plate", "--ratio", 5).error["code"] == "study.ratio"
    with pytest.MonkeyPatch.context() as patch:
        coarse_meshes(patch)
        said = run_cli("study", "mesh", path, "--plan", "plate", "--ratio", 1.25, "--finer")
    assert said.code == 0, said.out
    unknowns = [x["unknowns"] for x in said.data["levels"]]
    assert unknowns == sorted(unknowns, reverse=True)
    ids = {q["id"] for q in said.data["quantities"]}
    assert {"axial_stiffness", "ifm_axial_far", "bone_rf_patch_max"} <= ids
    row = next(q for q in said.data["quantities"] if q["id"] == "axial_stiffness")
    compared = run_cli("compare", path).data
    own = next(p for p in compared["plans"] if p["name"] == "plate")
    value = next(m["value"] for m in own["metrics"] if m["id"] == "axial_stiffness")
    assert row["values"][1] == pytest.approx(value, rel=1e-3)  # the case's own mesh is the middle one
    assert row["convergence"]["error"] > 0
    (table,) = study_tables(Case.open(path))
    assert "mesh size" in table.title
    assert all(len(r) == len(table.head) for r in table.rows)
