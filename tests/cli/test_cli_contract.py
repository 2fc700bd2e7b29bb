"""Every command's --json against the contract: one object, every field, its type, its unit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from small_case import Said, SmallCase, run_cli
from surgitwin.core.resources import load_table

NUMBER = (int, float)
TEXT_OR_NONE = (str, type(None))
NUMBER_OR_NONE = (int, float, type(None))


def has(row: Mapping[str, Any], form: Mapping[str, Any]) -> None:
    """Every key of `form` is in `row` with a value of its type; [n] is a list of n numbers."""
    for key, kind in form.items():
        assert key in row, f"{key} is missing in {sorted(row)}"
        value = row[key]
        if isinstance(kind, list):
            assert isinstance(value, list), key
            assert len(value) == kind[0], key
            assert all(isinstance(v, NUMBER) for v in value), key
        else:
            assert isinstance(value, kind), f"{key} = {value!r}"


@pytest.fixture
def said(meshed_case: SmallCase) -> Mapping[str, Said]:
    return meshed_case.said


def done(one: Said) -> dict[str, Any]:
    assert one.code == 0, (one.out, one.err)
    return one.data


def test_scan(said: Mapping[str, Said]) -> None:
    (row,) = done(said["scan"])["series"]
    has(row, {"uid": str, "modality": str, "description": str, "shape": [3], "spacing_mm": [3],
              "direction": [9], "origin_lps_mm": [3], "tilt_deg": NUMBER, "gaps": list, "status": str,
              "code": str, "hint": str, "files": list})  # fmt: skip
    assert (row["status"], row["modality"], row["spacing_mm"]) == ("ok", "CT", [3.0, 3.0, 3.0])
    assert len(row["files"]) == row["shape"][0]


def test_new(said: Mapping[str, Said]) -> None:
    data = done(said["new"])
    has(data, {"case": str, "series": dict, "body_weight_kg": NUMBER, "patient": dict})
    assert data["body_weight_kg"] == 72.0
    assert "Phantom" not in said["new"].out, "the patient's name must not leave the image"
    assert "ST-FEMUR" not in said["new"].out


def test_segment(said: Mapping[str, Said], meshed_case: SmallCase) -> None:
    data = done(said["segment"])
    assert [s["name"] for s in data["segments"]][:2] == ["femur", "femur_canal"]
    for row in data["segments"]:
        has(row, {"name": str, "code": str, "voxels": int, "volume_ml": NUMBER, "hu_mean": NUMBER_OR_NONE,
                  "hu_sd": NUMBER_OR_NONE, "touches_border": bool})  # fmt: skip
        assert row["volume_ml"] == pytest.approx(row["voxels"] * 27.0 / 1000)
        assert row["hu_mean"] is not None or row["reason"]
    assert data["side"] == "left"
    tip = data["anatomy"]["landmarks"]["greater_trochanter_tip"]
    assert (tip["estimated"], tip["rule"]) == (False, "highest point lateral of the neck")
    truth = json.loads((meshed_case.study / "truth" / "truth.json").read_text())["volumes_mm3"]
    found = sum(s["volume_ml"] for s in data["segments"][:2]) * 1000
    assert found == pytest.approx(truth["femur"] + truth["femur_canal"], rel=0.15), "3 mm voxels"


def test_scan_tells_people_what_and_where(meshed_case: SmallCase, tmp_path: Path) -> None:
    text = run_cli("scan", meshed_case.study, json_too=False).out
    assert "files in dicom" in text
    assert "THIGH" in text
    broken = tmp_path / "broken"
    shutil.copytree(meshed_case.study / "dicom", broken)
    sorted(broken.iterdir())[5].unlink()
    text = run_cli("scan", broken, json_too=False).out
    assert text.count("slices are missing") == 1
    assert text.count("Copy the series again") == 1


def test_a_given_side_is_called_given(meshed_case: SmallCase, tmp_path: Path) -> None:
    case = meshed_case.copy(tmp_path / "c.twin")
    text = run_cli("segment", case, "--side", "right", json_too=False).out
    assert "Side: RIGHT (given; the anatomy says: sure" in text


def test_mesh(said: Mapping[str, Said]) -> None:
    data = done(said["mesh"])
    has(data, {"parts": list, "mesher": str, "wall_s": NUMBER})
    (part,) = data["parts"]
    has(part, {"name": str, "n_cells": int, "order": int, "volume_mm3": NUMBER, "min_scaled_jacobian": NUMBER,
               "p1_scaled_jacobian": NUMBER, "hausdorff_mm": NUMBER})  # fmt: skip
    assert part["order"] == 2
    assert 0 < part["min_scaled_jacobian"] < part["p1_scaled_jacobian"] < 1


def test_propose_and_list(said: Mapping[str, Said], meshed_case: SmallCase) -> None:
    data = done(said["propose"])
    has(data, {"plans": list, "warnings": list})
    assert data["plans"] == ["plate", "nail"]
    rows = done(run_cli("plan", "list", meshed_case.path))["plans"]
    assert {r["name"] for r in rows} == {"plate", "nail"}
    for row in rows:
        has(row, {"name": str, "procedure": str, "input_hash": str})
        assert len(row["input_hash"]) == 64


def test_add_answers_like_list_and_replaces(meshed_case: SmallCase, tmp_path: Path) -> None:
    case = meshed_case.copy(tmp_path / "c.twin")
    before = {r["name"]: r["input_hash"] for r in done(run_cli("plan", "list", case))["plans"]}
    text = (case / "plans" / "plate.toml").read_text()
    file = tmp_path / "mine.toml"
    file.write_text(text.replace("gap_mm = 3.0", "gap_mm = 2.0"))
    rows = done(run_cli("plan", "add", case, "--file", file))["plans"]
    after = {r["name"]: r["input_hash"] for r in rows}
    assert set(after) == {"plate", "nail"}
    assert after["plate"] != before["plate"]
    assert after["nail"] == before["nail"]
    file.write_text(text.replace('name = "plate"', 'name = "third"'))
    assert len(done(run_cli("plan", "add", case, "--file", file))["plans"]) == 3


def test_proposals_never_destroy_a_plan_changed_by_hand(meshed_case: SmallCase, tmp_path: Path) -> None:
    case = meshed_case.copy(tmp_path / "c.twin")
    propose = ("plan", "propose", case, "--procedure", "fracture_fixation", "--set")
    assert done(run_cli(*propose, "gap_mm=4"))["plans"] == ["plate", "nail"], "unchanged ones are replaced"
    file = case / "plans" / "plate.toml"
    edited = file.read_text().replace("gap_mm = 4.0", "gap_mm = 2.0")
    file.write_text(edited)
    data = done(run_cli(*propose, "gap_mm=5"))
    assert data["plans"] == ["plate-2", "nail"]
    assert file.read_text() == edited
    assert any("changed by hand" in w and "plate-2" in w for w in data["warnings"])
    assert done(run_cli(*propose, "gap_mm=6"))["plans"] == ["plate-2", "nail"]
    file.write_text("not a plan")
    assert done(run_cli(*propose, "gap_mm=6"))["plans"] == ["plate-2", "nail"]
    assert file.read_text() == "not a plan"


def test_remove(meshed_case: SmallCase, tmp_path: Path) -> None:
    case = meshed_case.copy(tmp_path / "c.twin")
    assert [r["name"] for r in done(run_cli("plan", "remove", case, "plate"))["plans"]] == ["nail"]
    assert not (case / "plans" / "plate.toml").exists()
    said = run_cli("plan", "remove", case, "plate")
    assert (said.code, said.error["code"]) == (3, "plan.unknown")
    assert "nail" in said.error["hint"]


def test_catalogue_and_options() -> None:
    rows = done(run_cli("plan", "catalogue"))["implants"]
    assert {r["kind"] for r in rows} == {"plate", "nail", "screw", "bolt", "stent", "valve"}
    for row in rows:
        has(row, {"id": str, "kind": str, "title": str, "sizes_mm": dict, "material": str, "source": str,
                  "verified": bool})  # fmt: skip
    options = {
        o["name"]: o for o in done(run_cli("plan", "options", "--procedure", "fracture_fixation"))["options"]
    }
    assert (options["gap_mm"]["unit"], options["gap_mm"]["minimum"]) == ("mm", 1.0)
    assert len(options["healing"]["choices"]) > 1
    assert all(o["source"] for o in options.values())


def test_info_before_any_result(meshed_case: SmallCase) -> None:
    data = done(run_cli("info", meshed_case.path))
    has(data, {"patient": dict, "images": list, "segments": list, "plans": list, "hashes": dict,
               "schema": int, "disk_use_MB": NUMBER})  # fmt: skip
    assert data["disk_use_MB"] > 0.1
    assert data["damaged_files"] == []
    assert {p["result"] for p in data["plans"]} == {"none"}


@pytest.mark.e2e
def test_solve(solved_case: SmallCase) -> None:
    runs = done(solved_case.said["solve"])["runs"]
    loads = ["stance_full", "stance_partial", "toe_touch", "axial"]
    found = {(r["plan"], r["load_case"]) for r in runs}
    assert found == {(p, c) for p in ("intact", "plate", "nail") for c in loads}
    for row in runs:
        has(row, {"parts": list, "dofs": int, "n_cells": int, "iterations": int, "rel_residual": NUMBER,
                  "applied_N": [3], "reaction_N": [3], "moment_imbalance": NUMBER, "energy_mJ": NUMBER,
                  "wall_s": dict, "peak_rss_MB": NUMBER, "ranks": int, "solver": str, "input_hash": str,
                  "cached": bool})  # fmt: skip
        has(row["wall_s"], dict.fromkeys(("mesh", "assemble", "setup", "solve", "total"), NUMBER))
        for part in row["parts"]:
            has(part, {"name": str, "order": int, "n_cells": int, "min_scaled_jacobian": NUMBER})
            assert part["order"] == 2
        assert sum(p["n_cells"] for p in row["parts"]) == row["n_cells"]
        applied, reaction = np.array(row["applied_N"]), np.array(row["reaction_N"])
        assert np.linalg.norm(applied + reaction) <= 1e-6 * np.linalg.norm(applied)
        assert row["moment_imbalance"] <= 1e-6
        assert row["rel_residual"] <= 1e-8
        assert not row["cached"]
    for row in (r for r in runs if r["load_case"] == "axial"):
        assert np.linalg.norm(row["applied_N"]) == pytest.approx(1000)
    names = {p["name"] for r in runs if r["plan"] == "plate" for p in r["parts"]}
    assert {"bone", "gap", "plate", "screw"} <= names


@pytest.mark.e2e
def test_compare(solved_case: SmallCase) -> None:
    data = done(run_cli("compare", solved_case.path))
    has(data, {"schema": int, "case": str, "plans": list, "ranking": list, "warnings": list})
    assert {p["name"] for p in data["plans"]} == {"plate", "nail"}
    wanted = {"axial_stiffness", "ifm_axial_near", "ifm_axial_far", "ifm_shear", "ifs",
              "implant_stress_surface", "bone_rf_volume", "bone_rf_patch_max", "sed_ratio"}  # fmt: skip
    known = set(load_table("metrics")["metrics"])
    assert wanted <= known
    for plan in data["plans"]:
        has(
            plan,
            {"name": str, "input_hash": str, "stale": bool, "level": str, "loads": list, "metrics": list},
        )
        assert not plan["stale"]
        for load in plan["loads"]:
            has(load, {"name": str, "vector_N": [3], "point_mm": [3], "body_weight_N": NUMBER})
            assert load["body_weight_N"] == pytest.approx(72 * 9.80665)
        assert wanted <= {m["id"] for m in plan["metrics"]} <= known
        for m in plan["metrics"]:
            has(m, {"id": str, "part": str, "load_case": str, "healing": str, "value": NUMBER_OR_NONE,
                    "unit": str, "band": (list, type(None)), "threshold": NUMBER_OR_NONE,
                    "comparator": TEXT_OR_NONE, "source": str, "verified": bool, "singular": bool,
                    "reason": TEXT_OR_NONE})  # fmt: skip
            assert m["unit"]
            assert m["value"] is not None or m["reason"], m
            if m["band"] is not None:
                assert m["band"][0] <= m["value"] <= m["band"][1], m
    for row in data["ranking"]:
        has(
            row,
            {"rank": int, "plan": str, "passed": bool, "failed_metrics": list, "by": str, "tied_with": list},
        )
    assert data["ranking"][0]["rank"] == 1
    assert any("Virtual fracture" in w for w in data["warnings"])
    assert any("uncalibrated" in w for w in data["warnings"])


@pytest.mark.e2e
def test_report(solved_case: SmallCase, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    assert done(run_cli("report", solved_case.path, "--out", out))["file"] == str(out)
    text = out.read_text()
    for words in ("Not for clinical use", "irtual fracture", "plate", "nail", "LEFT"):
        assert words.lower() in text.lower(), words
    assert "http" not in text.replace("http://www.w3.org", ""), "the report must be self-contained"


def test_doctor() -> None:
    data = done(run_cli("doctor"))
    for row in data["checks"]:
        has(row, {"name": str, "ok": bool, "optional": bool, "detail": str, "hint": str})
    assert {"DOLFINx import", "form compiler", "VTK off-screen", "memory", "disk"} <= {
        c["name"] for c in data["checks"]
    }


def test_as_a_program_stdout_is_one_object_and_logs_go_to_stderr(meshed_case: SmallCase) -> None:
    command = [sys.executable, "-m", "surgitwin", "-v", "scan", str(meshed_case.study), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len(json.loads(ran.stdout)["series"]) == 1
    assert "headers" in ran.stderr


@pytest.mark.parametrize(
    "words", [["nonsense"], ["scan"], ["solve", "x", "--cores", "0"], ["solve", "x", "--rtol", "big"], []]
)
def test_usage_is_2_and_json(words: list[str]) -> None:
    said = run_cli(*words)
    assert said.code == 2
    assert said.error["code"].startswith("usage.")


def test_without_json_errors_are_words_on_stderr(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "surgitwin", "info", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "Error [case.missing]" in ran.stderr
    assert "Next step:" in ran.stderr
