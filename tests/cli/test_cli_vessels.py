"""Vessel cases on the command line: landmarks, answers and the errors that name the next step."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import meshio
import pytest

from surgitwin.cli.main import main
from surgitwin.planning.case import Case
from surgitwin.planning.demo import sample_study
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.vessels.demo import VESSEL_DEMOS, sample_clicks
from surgitwin.planning.vessels.segment_step import segment_vessel


@pytest.fixture(scope="module")
def measured_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study, demo = sample_study("tavi"), VESSEL_DEMOS["tavi"]
    path = tmp_path_factory.mktemp("root") / "root.twin"
    segment_vessel(new_case(path, study / "dicom"), demo.site, sample_clicks(study / "clicks.toml", demo))
    return path


@pytest.fixture
def root(measured_root: Path, tmp_path: Path) -> Path:
    shutil.copytree(measured_root, tmp_path / "root.twin")
    return tmp_path / "root.twin"


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    code = main([str(w) for w in words] + ["--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_landmark_by_hand_keeps_both_values_and_can_be_taken_back(root, capsys):
    _, before = told(capsys, "landmarks", root)
    found = before["landmarks"]["hinge_left"]["proposed_mm"]
    text = ",".join(f"{v:.3f}" for v in (found[0] + 0.6, found[1], found[2] - 0.8))
    code, after = told(capsys, "landmarks", root, "--set", f"hinge_left={text}")
    mark = after["landmarks"]["hinge_left"]
    assert code == 0
    assert mark["proposed_mm"] == found
    assert mark["moved_mm"] == pytest.approx(1.0, abs=0.01)
    assert after["anatomy"]["annulus"] != before["anatomy"]["annulus"]
    _, back = told(capsys, "landmarks", root, "--take-back", "hinge_left")
    assert back["anatomy"]["annulus"] == before["anatomy"]["annulus"]
    assert back["landmarks"]["hinge_left"]["corrected_mm"] is None


def test_hinge_points_in_a_line_are_refused_and_nothing_is_lost(root, capsys):
    state = (root / "case.json").read_bytes()
    _, before = told(capsys, "landmarks", root)
    other = ",".join(f"{v:.3f}" for v in before["landmarks"]["hinge_non"]["proposed_mm"])
    code, data = told(capsys, "landmarks", root, "--set", f"hinge_left={other}")
    assert (code, data["error"]["code"]) == (3, "root.hinges_in_line")
    assert data["error"]["hint"]
    assert (root / "case.json").read_bytes() == state


def test_what_is_asked_and_answered(root, capsys):
    code, data = told(capsys, "answers", root, "--set", "pacemaker=no")
    assert code == 0
    assert {q["id"]: q["answer"] for q in data["questions"]}["pacemaker"] == "no"
    code, data = told(capsys, "answers", root, "--set", "pacemaker=perhaps")
    assert (code, data["error"]["code"]) == (2, "answer.unknown")
    assert Case.open(root).state["answers"] == {"pacemaker": "no"}


def test_a_matrix_of_nine_plans_or_more_is_proposed(root, capsys):
    code, data = told(capsys, "plan", "propose", root, "--procedure", "valve")
    assert code == 0
    assert len(data["plans"]) >= 9
    _, compared = told(capsys, "compare", root)
    assert len(compared["plans"]) == len(data["plans"])
    assert all(m["level"] == "L0" for p in compared["plans"] for m in p["metrics"])


def test_solving_before_segmenting_says_what_to_do(root, capsys):
    code, data = told(capsys, "solve", root)
    assert (code, data["error"]["code"]) == (3, "plan.unknown")


def test_steps_of_bones_are_refused_with_a_reason(root, capsys):
    for words in (("mesh", root), ("study", "run", root), ("segment", root, "--preset", "nothing")):
        code, data = told(capsys, *words)
        assert code in (2, 3)
        assert data["error"]["code"] in ("case.other_site", "segment.unknown_preset")
        assert data["error"]["hint"]


def test_two_depths_differ_by_their_depth(root, capsys):
    _, made = told(capsys, "plan", "propose", root, "--procedure", "valve")
    first, second = made["plans"][:2]
    code, data = told(capsys, "plan", "diff", root, first, second)
    assert code == 0
    assert [d["unit"] for d in data["differences"] if d["what"] == "Depth"] == ["mm"]


def test_another_site_is_refused_while_plans_are_there(root, capsys):
    told(capsys, "plan", "propose", root, "--procedure", "valve")
    code, data = told(capsys, "segment", root, "--preset", "bone")
    assert (code, data["error"]["code"]) == (3, "case.other_plans")


def test_hinge_points_are_set_together_or_not_at_all(root, capsys):
    state = (root / "case.json").read_bytes()
    line = {"hinge_left": 10, "hinge_right": 11, "hinge_non": 12}
    pairs = [f"{name}={x},-140,210" for name, x in line.items()]
    code, data = told(capsys, "landmarks", root, *(w for p in pairs for w in ("--set", p)))
    assert (code, data["error"]["code"]) == (3, "root.hinges_in_line")
    assert (root / "case.json").read_bytes() == state


def test_hinge_points_can_be_exchanged_one_by_one(root, capsys):
    _, before = told(capsys, "landmarks", root)
    at = {n: m["proposed_mm"] for n, m in before["landmarks"].items()}
    swap = {"hinge_left": "hinge_right", "hinge_right": "hinge_non", "hinge_non": "hinge_left"}
    words = [w for n, o in swap.items() for w in ("--set", f"{n}=" + ",".join(f"{v:.3f}" for v in at[o]))]
    code, after = told(capsys, "landmarks", root, *words)
    assert code == 0
    assert after["anatomy"]["sections"]["annulus"]["area_mm2"] == pytest.approx(
        before["anatomy"]["sections"]["annulus"]["area_mm2"], rel=0.01
    )


def test_an_ostium_below_the_annulus_is_refused(root, capsys):
    code, data = told(capsys, "landmarks", root, "--set", "ostium_left=21,-135,205")
    assert (code, data["error"]["code"]) == (3, "root.ostium_below")


def test_exchanged_clicks_are_refused(root, capsys):
    clicks = Case.open(root).state["vessel"]["clicks"]
    words = [
        w
        for name, other in (("aorta", "ventricle"), ("ventricle", "aorta"))
        for w in ("--set", f"{name}=" + ",".join(f"{v:.3f}" for v in clicks[other]))
    ]
    code, data = told(capsys, "segment", root, "--preset", "aortic_root", *words)
    assert (code, data["error"]["code"]) == (3, "root.clicks_swapped")


def test_a_mesh_of_segments_is_made_and_exported(root, tmp_path, capsys):
    out = tmp_path / "tissues.vtu"
    code, data = told(capsys, "export", root, "--what", "tissues", "--out", out)
    assert (code, data["error"]["code"]) == (3, "case.not_meshed")
    assert "--tissue" in data["error"]["hint"]
    name = Case.open(root).labels.segments[0].name
    code, data = told(capsys, "mesh", root, "--tissue", name, "--size", 5)
    assert (code, [p["name"] for p in data["parts"]]) == (0, [name])
    code, said = told(capsys, "export", root, "--what", "tissues", "--out", out)
    assert (code, said["what"]) == (0, "mesh of the segments")
    assert not any("older" in words for words in said["warnings"])
    read = meshio.read(out)
    assert len(read.cells_dict["tetra10"]) == data["parts"][0]["n_cells"]
    assert f"part_names: 1={name}" in read.field_data
    code, data = told(capsys, "export", root, "--what", "tissues", "--out", out, "--plan", "any")
    assert (code, data["error"]["code"]) == (2, "usage.export")
