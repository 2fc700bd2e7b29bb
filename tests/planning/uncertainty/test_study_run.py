"""Studies on the small case: kept sample by sample, taken up after a kill, cached, stale, used by compare."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from small_case import SmallCase, coarse_meshes, run_cli
from surgitwin.planning.case import Case
from surgitwin.planning.uncertainty.inputs import uncertain_inputs
from surgitwin.planning.uncertainty.pool import Pool
from surgitwin.planning.uncertainty.show import study_states
from surgitwin.planning.uncertainty.study import studies

pytestmark = pytest.mark.e2e
FEW = ("--plan", "plate", "--samples", 2, "--workers", 2, "--input", "segmentation=0")


@pytest.fixture(scope="module")
def studied(meshed_case: SmallCase, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    path = meshed_case.copy(tmp_path_factory.mktemp("study") / "studied.twin")
    with pytest.MonkeyPatch.context() as patch:
        coarse_meshes(patch)
        said = run_cli("study", "run", path, *FEW)
    assert said.code == 0, said.out
    assert "2 samples of 1 plans" in said.err  # the cost is told before it starts
    return path, said.data


def test_a_study_gives_bands_probabilities_and_what_matters(studied: tuple[Path, dict[str, Any]]) -> None:
    _, found = studied
    (plan,) = found["plans"]
    assert (plan["done"], plan["failed"], plan["missing"]) == (2, 0, 0)
    by_id = {(m["id"], m["load_case"]): m for m in plan["metrics"]}
    stiffness = by_id["axial_stiffness", "axial"]
    assert 0 < stiffness["low"] <= stiffness["mean"] <= stiffness["high"]
    assert stiffness["sd"] > 0
    assert stiffness["unit"] == "N/mm"
    assert stiffness["tornado"] is None  # two samples say nothing of eleven inputs
    strain = by_id["ifs", "stance_full"]["limit_met"]
    assert 0 <= strain["low"] <= strain["share"] <= strain["high"] <= 1
    assert any("few" in w for w in found["warnings"])
    assert found["robustness"] is None
    roles = {i["name"]: i["role"] for i in found["inputs"]}
    assert roles["segmentation"] == "fixed"
    assert roles["friction"] == "not varied: no plan has contact"


def test_every_sample_is_in_the_case_with_its_draw_reproducible(studied: tuple[Path, dict[str, Any]]) -> None:
    path, found = studied
    case = Case.open(path)
    (study,) = studies(case)
    assert study.id == found["id"]
    rows = Pool(case, study.plans["plate"]).rows()
    assert sorted(rows) == sorted(study.keys("plate"))
    assert all(r["wall_s"] > 0 and "metrics" in r for r in rows.values())
    assert not list((path / "cache").glob("study-*"))


def test_a_second_run_solves_nothing_and_says_the_same(studied: tuple[Path, dict[str, Any]]) -> None:
    path, found = studied
    again = run_cli("study", "run", path, *FEW).data
    assert again["solved"] == 0
    assert {k: v for k, v in again.items() if k not in ("cost", "solved", "when")} == {
        k: v for k, v in found.items() if k not in ("cost", "solved", "when")
    }


@pytest.mark.slow
def test_what_is_missing_is_solved_again_and_equal(
    studied: tuple[Path, dict[str, Any]], tmp_path: Path, meshed_case: SmallCase
) -> None:
    path, _ = studied
    case = Case.open(path)
    (study,) = studies(case)
    pool = Pool(case, study.plans["plate"])
    whole, before = pool.path.read_bytes(), pool.rows()
    lines = whole.splitlines(keepends=True)
    lost = json.loads(lines[-1])["key"]
    pool.path.write_bytes(b"".join(lines[:-1]) + lines[-1][: len(lines[-1]) // 2])  # cut short by a kill
    assert study_states(case)[0]["plans"][0]["missing"] == 1
    with pytest.MonkeyPatch.context() as patch:
        coarse_meshes(patch)
        assert run_cli("study", "run", path, *FEW).data["solved"] == 1
    after = pool.rows()
    for old, new in zip(before[lost]["metrics"], after[lost]["metrics"], strict=True):
        assert old[:4] == new[:4]
        assert (old[4] is None) == (new[4] is None)
        if old[4] is not None:
            assert new[4] == pytest.approx(old[4], rel=1e-6, abs=1e-9)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_study_leaves_no_process_and_goes_on(meshed_case: SmallCase, tmp_path: Path) -> None:
    path = meshed_case.copy(tmp_path / "killed.twin")
    more = (*FEW[:3], 4, *FEW[4:])
    command = [sys.executable, "-m", "surgitwin", "study", "run", str(path), *map(str, more)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not (kept := _lines(path)) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert kept
    said = run_cli("study", "run", path, *more).data
    assert said["plans"][0]["done"] == 4
    assert 0 < said["solved"] < 4
    assert _lines(path)[: len(kept)] == kept


def _lines(path: Path) -> list[bytes]:
    return [x for f in (path / "studies").glob("samples-*.jsonl") for x in f.read_bytes().splitlines(True)]


def test_status_show_and_staleness(studied: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path, found = studied
    row = run_cli("study", "status", path).data["studies"][0]
    assert (row["id"], row["complete"], row["stale"]) == (found["id"], True, False)
    shown = run_cli("study", "show", path).data
    assert shown["id"] == found["id"]
    assert not shown["stale"]
    text = run_cli("study", "show", path, json_too=False).out
    assert "axial_stiffness" in text
    missing = run_cli("study", "show", path, "--id", "nothing")
    assert (missing.code, missing.error["code"]) == (3, "study.missing")


def test_wrong_requests_change_nothing(studied: tuple[Path, dict[str, Any]]) -> None:
    path, _ = studied
    for words, code, exit_code in (
        (("--plan", "nothing"), "plan.unknown", 3),
        (("--input", "hu=1"), "study.input", 2),
        (("--samples", 1), "study.samples", 2),
        (("--workers", 0, "--seed", 9), "sweep.workers", 2),
    ):
        said = run_cli("study", "run", path, *words)
        assert (said.code, said.error["code"]) == (exit_code, code)


@pytest.mark.slow
def test_compare_takes_its_bands_from_a_fresh_study(solved_case: SmallCase, tmp_path: Path) -> None:
    path = solved_case.copy(tmp_path / "compared.twin")
    before = run_cli("compare", path).data
    assert before["robustness"] is None
    assert {m["band_from"] for p in before["plans"] for m in p["metrics"] if m["band"]} == {"single changes"}
    with pytest.MonkeyPatch.context() as patch:
        coarse_meshes(patch)
        run_cli("study", "run", path, "--samples", 3, "--workers", 2, "--input", "segmentation=0")
    after = run_cli("compare", path).data
    plans = {p["name"]: p for p in after["plans"]}
    assert set(after["robustness"]["first"]) == set(plans)
    assert sum(x["share"] for x in after["robustness"]["first"].values()) == pytest.approx(1.0)
    summary = run_cli("study", "show", path).data
    for plan in summary["plans"]:
        own = {(m["id"], m["part"], m["load_case"], m["healing"]): m for m in plan["metrics"]}
        for m in plans[plan["name"]]["metrics"]:
            drawn = own.get((m["id"], m["part"], m["load_case"], m["healing"]))
            if drawn is not None and m["value"] is not None:
                assert m["band_from"] == f"study {summary['id'][:8]}, 3 samples"
                assert m["band"] == [min(drawn["low"], m["value"]), max(drawn["high"], m["value"])]
    assert any("first in" in line for line in run_cli("compare", path, json_too=False).out.splitlines())
    plan_file = path / "plans" / "plate.toml"
    plan_file.write_text(plan_file.read_text().replace("gap_mm = ", "gap_mm = 1"))
    stale = run_cli("compare", path).data
    changed = next(p for p in stale["plans"] if p["name"] == "plate")
    assert changed["stale"]
    assert changed["study"] is None
    assert stale["robustness"] is None


def test_loads_of_one_structure_are_solved_once_and_superposed_exactly(
    meshed_case: SmallCase, tmp_path: Path
) -> None:
    path = meshed_case.copy(tmp_path / "loads.twin")
    others = [i for i in uncertain_inputs() if i.name != "load_size"]
    fixed = [w for i in others for w in ("--input", f"{i.name}={i.choices[0] if i.choices else i.nominal}")]
    with pytest.MonkeyPatch.context() as patch:
        coarse_meshes(patch)
        said = run_cli("study", "run", path, "--plan", "plate", "--samples", 5, "--workers", 1, *fixed)
    assert said.code == 0, said.out
    assert "by 1 solves" in said.data["cost"]
    case = Case.open(path)
    (study,) = studies(case)
    rows = Pool(case, study.plans["plate"]).rows()
    sizes = [float(d["load_size"]) for d in study.design.draws]
    assert len(set(sizes)) == 5
    for id_, share in (("ifm_axial_far", 1.0), ("implant_stress_surface", 1.0), ("sed_ratio", 0.0)):
        values = [
            next(m[4] for m in rows[key]["metrics"] if m[0] == id_ and m[2] == "stance_full")
            for key in study.keys("plate")
        ]
        scaled = [v / s**share for v, s in zip(values, sizes, strict=True)]
        assert scaled == pytest.approx([scaled[0]] * 5, rel=1e-9)
    stiffness = [
        next(m[4] for m in rows[key]["metrics"] if m[0] == "axial_stiffness") for key in study.keys("plate")
    ]
    assert stiffness == pytest.approx([stiffness[0]] * 5, rel=1e-9)  # the axial case keeps its size
