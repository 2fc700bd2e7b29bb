"""Effects of the segment editor on a case on disk, and from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from surgitwin.cli.main import main
from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.case import Case
from surgitwin.planning.freshness import measured_current, mesh_current
from surgitwin.planning.segments.edit import MaskByName, edit_case
from surgitwin.planning.segments.looks import KEY, with_look
from surgitwin.planning.undo import files as undo_files
from surgitwin.planning.undo.step import take_step, undoable


@pytest.fixture
def path(meshed_case, tmp_path: Path) -> Path:
    return meshed_case.copy(tmp_path / "a.twin")


def said(path: Path, name: str, **given: object) -> str:
    with pytest.raises(SurgiTwinError) as error:
        edit_case(Case.open(path), name, **given)  # type: ignore[arg-type]
    assert error.value.hint
    return error.value.code


def test_a_margin_is_written_and_the_bone_is_out_of_date(path: Path) -> None:
    before = Case.open(path)
    done = edit_case(before, "margin", segment="femur", values={"mm": "4"})
    again = Case.open(path)
    assert np.array_equal(again.labels.array, done.case.labels.array)
    assert done.voxels_after["femur"] > done.voxels_before["femur"] == before.labels.mask("femur").sum()
    assert again.labels.mask("femur").sum() == done.voxels_after["femur"]
    row = next(s for s in again.state["labels"]["segments"] if s["name"] == "femur")
    assert row["voxels"] == done.voxels_after["femur"]
    assert again.state["history"][-1]["action"] == "Margin of femur"
    assert not measured_current(again)


def test_a_new_segment_leaves_anatomy_and_mesh_valid(path: Path) -> None:
    centre = Case.open(path).anatomy.landmarks["shaft_centre"].point_mm + np.array([0, -35.0, 0])
    values = {"points": ",".join(f"{v:.1f}" for v in centre), "radius_mm": 6}
    done = edit_case(Case.open(path), "paint", values=values, add="mass")
    assert done.segment == "mass"
    assert done.voxels_after["mass"] > 0
    again = Case.open(path)
    assert [s.name for s in again.labels.segments][-1] == "mass"
    assert mesh_current(again)
    assert said(path, "paint", values=values, add="mass") == "segment.name"


def test_a_dry_run_and_a_refusal_write_nothing(path: Path) -> None:
    state = (path / "case.json").read_bytes()
    done = edit_case(Case.open(path), "hollow", segment="Femur canal", dry_run=True)
    assert not done.written
    assert done.voxels_after["femur_canal"] < done.voxels_before["femur_canal"]
    assert said(path, "margin") == "edit.no_segment", "several segments"
    assert said(path, "margin", segment="tibia") == "edit.unknown_segment"
    assert said(path, "no", segment="femur") == "edit.unknown_effect"
    assert said(path, "margin", segment="femur", values={"cm": 1}) == "edit.unknown_parameter"
    assert said(path, "margin", segment="femur", values={"mm": "two"}) == "edit.parameter"
    both = MaskByName(inside="femur", outside="femur_canal")
    assert said(path, "margin", segment="femur", values={"mm": 4}, mask=both) == "edit.mask"
    nowhere = MaskByName(range_hu=(9000, 9001))
    assert said(path, "margin", segment="femur", values={"mm": 4}, mask=nowhere) == "edit.masked"
    assert (path / "case.json").read_bytes() == state


def test_a_segment_that_becomes_empty_is_said(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["edit", str(path), "--effect", "boolean", "--segment", "femur", "--dry-run"]
    assert main([*call, "--set", "operation=union", "--set", "other=femur_canal"]) == 0
    assert "The femur canal gave up all its voxels and is empty now" in capsys.readouterr().out


def test_what_the_case_locks_is_spared(path: Path) -> None:
    case = Case.open(path)
    case.updated("lock", **{KEY: with_look(case.state, "femur_canal", locked=True)})
    done = edit_case(Case.open(path), "margin", segment="femur", values={"mm": 4})
    assert np.array_equal(done.case.labels.mask("femur_canal"), case.labels.mask("femur_canal"))
    assert said(path, "margin", segment="femur_canal") == "edit.locked"


def test_the_command_line_lists_and_applies_effects(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["edit", "--list", "--json"]) == 0
    listed = {e["name"]: e for e in json.loads(capsys.readouterr().out)["effects"]}
    assert {"margin", "hollow", "between", "livewire", "boolean", "joint", "mirror", "crop"} <= set(listed)
    one = next(p for p in listed["margin"]["parameters"] if p["name"] == "mm")
    assert (one["unit"], one["low"], one["high"]) == ("mm", -50, 50)
    call = ["edit", str(path), "--effect", "margin", "--segment", "femur", "--set", "mm=4"]
    assert main([*call, "--range", "-300,3000", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["written"]
    assert found["values"] == {"mm": 4.0, "over": "background"}
    row = next(s for s in found["segments"] if s["name"] == "femur")
    assert row["ml_after"] > row["ml_before"]
    assert main([*call, "--range", "100"]) == 2
    assert main(["edit"]) == 2
    assert "edit --list" in capsys.readouterr().err
    assert main(["edit", "--list"]) == 0
    assert "mm=2 mm (-50 to 50)" in capsys.readouterr().out


def margin(path: Path, mm: int) -> np.ndarray:
    call = ["edit", str(path), "--effect", "margin", "--segment", "femur", "--set", f"mm={mm}"]
    assert main(call) == 0
    return Case.open(path).labels.array


def test_steps_of_the_command_line_are_taken_back_and_made_again(path: Path, capsys) -> None:
    first = Case.open(path)
    assert main(["edit", str(path), "--redo"]) == 2
    assert "There is no step to redo" in capsys.readouterr().err
    once, twice = margin(path, 3), margin(path, 4)
    capsys.readouterr()
    call = ["edit", str(path), "--json"]
    assert main([*call, "--undo", "--dry-run"]) == 0
    assert not json.loads(capsys.readouterr().out)["written"]
    assert main(["edit", str(path), "--undo", "--dry-run"]) == 0
    assert "Would be taken back: Margin of femur" in capsys.readouterr().out
    assert np.array_equal(Case.open(path).labels.array, twice)
    assert main([*call, "--undo"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["step"], said["undo"], said["redo"]) == ("Margin of femur", 2, 1), (
        "the oldest is that of `segment`"
    )
    assert np.array_equal(Case.open(path).labels.array, once)
    assert main([*call, "--undo"]) == 0
    back = Case.open(path)
    assert back.state["labels"] == first.state["labels"]
    assert measured_current(back), "anatomy and mesh of the bone count again"
    assert main([*call, "--redo"]) == main([*call, "--redo"]) == 0
    assert np.array_equal(Case.open(path).labels.array, twice)
    assert main([*call, "--redo"]) == 2
    assert main([*call, "--undo", "--effect", "margin"]) == 2


def test_undo_holds_on_to_newer_work_and_refuses_other_changes(path: Path) -> None:
    before = Case.open(path).state["labels"]
    with undoable(path):
        Case.open(path).updated("both", labels={**before, "hash": "other"}, mesh="of the step")
    Case.open(path).updated("meshed again", mesh="newer")
    done = take_step(Case.open(path), "undo")
    assert done.kept == ("mesh",)
    state = Case.open(path).state
    assert (state["labels"], state["mesh"]) == (before, "newer")
    take_step(Case.open(path), "redo")
    Case.open(path).updated("by hand", labels={**before, "hash": "third"})
    with pytest.raises(SurgiTwinError) as refused:
        take_step(Case.open(path), "undo")
    assert refused.value.code == "undo.changed"


def test_old_steps_go_with_their_label_maps(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_files, "MOST_STEPS", 2)
    first = Case.open(path).state["labels"]["blob"]
    kept = []
    for mm in (3, 4, 3, 4):
        margin(path, mm)
        kept.append(Case.open(path).state["labels"]["blob"])
    there = {p.name for p in (path / "blobs").glob("*.nrrd")}
    assert first not in there
    assert kept[0] not in there, "before the two steps that are kept"
    assert set(kept[1:]) <= there
    assert len(Case.open(path).state["undo"]["done"]) == 2
    take_step(Case.open(path), "undo")
    margin(path, 5)
    assert kept[3] not in {p.name for p in (path / "blobs").glob("*.nrrd")}, "it cannot be redone any more"
    assert Case.open(path).folder.verify_blobs() == []


def test_a_segmentation_is_taken_back_to_none(path: Path) -> None:
    before = Case.open(path).state
    with undoable(path):
        case = Case.open(path)
        gone = {k: v for k, v in case.state.items() if k != "labels"}
        case.folder.commit({**gone, "history": [*gone["history"], {"when": "", "action": "segment bone"}]})
    assert not Case.open(path).state.get("labels")
    done = take_step(Case.open(path), "undo")
    assert (done.name, done.undo) == ("segment bone", 1)
    assert Case.open(path).state["labels"] == before["labels"]
    assert take_step(Case.open(path), "undo").undo == 0
    assert "anatomy" not in Case.open(path).state, "as before the first segmentation"
    with pytest.raises(SurgiTwinError) as refused:
        take_step(Case.open(path), "undo")
    assert refused.value.code == "undo.nothing"
