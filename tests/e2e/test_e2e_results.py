"""Results of the small case: cached, out of date, reused, exported."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvista

from small_case import SmallCase, coarse_meshes, run_cli, tree
from surgitwin.core.plan import PlacedImplant
from surgitwin.mechanics.fenicsx import solve
from surgitwin.planning.case import Case
from surgitwin.planning.output.bone import grouped_modulus
from surgitwin.planning.plans.file import read_plan, write_plan
from surgitwin.planning.solving.build import intact_model
from surgitwin.planning.solving.inputs import SolveOptions, result_hash, settle_inputs

pytestmark = pytest.mark.e2e


@pytest.fixture
def case(solved_case: SmallCase, tmp_path: Path) -> Path:
    return solved_case.copy(tmp_path / "mine.twin")


def done(*words: object) -> dict[str, Any]:
    said = run_cli(*words)
    assert said.code == 0, (said.out, said.err)
    return said.data


def shift_nail(case: Path, along_mm: float) -> None:
    """Move the nail along its own axis, as an edit of its plan file."""
    file = case / "plans" / "nail.toml"
    plan = read_plan(file)
    (placed,) = plan.implants
    pose = placed.pose.copy()
    pose[:3, 3] += along_mm * pose[:3, 2]
    write_plan(replace(plan, implants=(PlacedImplant(placed.catalogue_id, pose, placed.parameters),)), file)


def test_the_same_inputs_are_answered_from_the_cache(case: Path, solved_case: SmallCase) -> None:
    first = solved_case.said["solve"].data["runs"]
    before = tree(case / "results")
    again = done("solve", case, "--cores", 1)["runs"]
    assert all(r["cached"] for r in again)
    assert [{**r, "cached": False} for r in again] == first
    assert tree(case / "results") == before


def test_the_hash_is_the_same_from_python(solved_case: SmallCase) -> None:
    opened = Case.open(solved_case.path)
    inputs = settle_inputs(opened, SolveOptions())
    plans = {None: None, **opened.plans()}
    expected = {name or "intact": result_hash(opened, plan, inputs) for name, plan in plans.items()}
    found = {r["plan"]: r["input_hash"] for r in solved_case.said["solve"].data["runs"]}
    assert found == expected


@pytest.mark.parametrize(
    "change", [{"body_weight": 80.0}, {"law": "keller"}, {"rtol": 1e-6}, {"remote": "rigid"}]
)
def test_every_option_that_matters_is_in_the_hash(solved_case: SmallCase, change: dict[str, Any]) -> None:
    opened = Case.open(solved_case.path)
    hashes = [result_hash(opened, None, settle_inputs(opened, SolveOptions(**c))) for c in ({}, change)]
    assert hashes[0] != hashes[1]


def test_an_edited_plan_is_out_of_date_and_not_ranked(case: Path) -> None:
    shift_nail(case, 0.5)
    data = done("compare", case)
    assert {p["name"]: p["stale"] for p in data["plans"]} == {"plate": False, "nail": True}
    assert [r["plan"] for r in data["ranking"]] == ["plate"]
    assert any("nail" in w and "solve" in w for w in data["warnings"])
    states = {p["name"]: p["result"] for p in done("info", case)["plans"]}
    assert states == {"plate": "current", "nail": "out of date"}


def test_compare_with_one_plan(case: Path) -> None:
    (case / "plans" / "nail.toml").unlink()
    data = done("compare", case)
    assert [p["name"] for p in data["plans"]] == ["plate"]
    assert [(r["rank"], r["plan"]) for r in data["ranking"]] == [(1, "plate")]


def test_a_plan_of_the_wrong_side_is_refused_by_solve(case: Path) -> None:
    file = case / "plans" / "nail.toml"
    file.write_text(file.read_text().replace('side = "left"', 'side = "right"'))
    before = tree(case)
    said = run_cli("solve", case)
    assert (said.code, said.error["code"]) == (3, "plan.side")
    assert tree(case) == before


def test_a_moved_implant_replans_only_that_plan(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse_meshes(monkeypatch)

    def never(*arguments: object, **named: object) -> None:
        raise AssertionError("bone or fracture were meshed again")

    monkeypatch.setattr("surgitwin.planning.solving.build.mesh_fractured", never)
    shift_nail(case, 0.5)
    runs = done("solve", case, "--cores", 2)["runs"]
    assert {r["plan"]: r["cached"] for r in runs} == {"intact": True, "plate": True, "nail": False}
    assert not any(p["stale"] for p in done("compare", case)["plans"])


@pytest.mark.parametrize("plan", ["intact", "plate"])
def test_a_result_can_be_read_by_other_programs(solved_case: SmallCase, tmp_path: Path, plan: str) -> None:
    out = tmp_path / "r.vtu"
    assert done("export", solved_case.path, "--what", "result", "--plan", plan, "--out", out)["file"] == str(
        out
    )
    grid = pyvista.read(out)
    arrays = {**dict(grid.point_data.items()), **dict(grid.cell_data.items())}
    wanted = {"displacement", "stress_vm", "strain_p1", "strain_p3", "E_MPa", "risk_factor", "part_id"}
    assert wanted <= set(arrays)
    assert grid.point_data["displacement"].shape == (grid.n_points, 3)
    told = " ".join(str(v) for v in grid.field_data.values()) + " ".join(grid.field_data.keys())
    for words in ("Not for clinical use", "LPS", "mm", "MPa"):
        assert words in told, told
    assert {10, 24} & set(grid.celltypes.tolist())
    if plan == "intact":
        runs = solved_case.said["solve"].data["runs"]
        n_cells = next(r["n_cells"] for r in runs if r["plan"] == "intact")
        assert grid.n_cells == n_cells
    else:
        assert len(set(np.asarray(grid.cell_data["part_id"]).tolist())) >= 4


@pytest.mark.skipif(shutil.which("ccx") is None, reason="CalculiX (ccx) is not installed")
def test_the_exported_mesh_runs_in_calculix_with_our_displacement(
    solved_case: SmallCase, tmp_path: Path
) -> None:
    out = tmp_path / "bone.inp"
    done("export", solved_case.path, "--what", "mesh", "--out", out)
    assert "not for clinical use" in out.read_text(errors="replace")[:2000].lower()
    ran = subprocess.run(
        ["ccx", "bone"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=400
    )
    assert ran.returncode == 0, ran.stdout[-2000:]
    theirs = _displacements(tmp_path / "bone.frd")
    at, moved = _ours(solved_case.path)
    tip = int(np.linalg.norm(moved, axis=1).argmax())
    near = int(np.linalg.norm(theirs[:, :3] - at[tip], axis=1).argmin())
    assert np.linalg.norm(theirs[near, :3] - at[tip]) < 0.01
    assert np.linalg.norm(theirs[near, 3:] - moved[tip]) < 0.01 * np.linalg.norm(moved[tip])


def _ours(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and their displacement under full stance with the file's moduli: one per cell, in 2 % groups.

    On cells as large as these the mean of a cell differs from the field inside it by 2 % in the tip's motion.
    """
    opened = Case.open(path)
    problem = intact_model(opened, settle_inputs(opened, SolveOptions())).problem
    mesh, materials = grouped_modulus(problem)
    modulus = np.array([materials[mesh.names[int(p)]][0] for p in mesh.part])
    flat = np.repeat(modulus[:, None], problem.bone.modulus_MPa.shape[1], axis=1)
    stance = tuple(c for c in problem.loads if c.name == "stance_full")
    alike = replace(problem, bone=replace(problem.bone, modulus_MPa=flat), loads=stance)
    solution = solve([alike])[0]
    return solution.bone_mesh.points_mm, solution.loads[0].bone_displacement_mm


def _displacements(frd: Path) -> np.ndarray:
    """(n, 6) coordinates and displacements of a CalculiX result file."""
    nodes: dict[int, list[float]] = {}
    moved: dict[int, list[float]] = {}
    block = ""
    for line in frd.read_text().splitlines():
        if line.startswith(("    2C", " -4")):
            block = line[5:13].strip() if line.startswith(" -4") else "nodes"
        elif line.startswith(" -3"):
            block = ""
        elif line.startswith(" -1") and block in ("nodes", "DISP"):
            values = [float(line[13 + 12 * k : 25 + 12 * k]) for k in range(3)]
            (nodes if block == "nodes" else moved)[int(line[3:13])] = values
    return np.array([nodes[n] + moved[n] for n in moved])
