"""Runs of a preset whose click names one structure: the same one is made again, another one beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.imaging.formats.nrrd import write_labels, write_volume
from surgitwin.imaging.formats.question import Answers
from surgitwin.planning.case import Case
from surgitwin.planning.images.files import case_from_image
from surgitwin.planning.meshes.materials import material_rows
from surgitwin.planning.segments import tissues
from surgitwin.planning.segments.edit import edit_case
from surgitwin.planning.segments.last_run import last_run
from surgitwin.planning.session import Session
from surgitwin.planning.session.merge import StepResult
from surgitwin.segmentation import Segmented, load_preset

GRID = ImageGrid((24, 10, 10), np.zeros(3), np.ones(3), np.eye(3))
LOW, HIGH = (5.0, 5.0, 5.0), (5.0, 5.0, 17.0)


def fake(volume, name, *, parameters=None, points=None, progress=None):
    """A block of 6 slices round the click; "outside" takes its upper slices, split_body cuts it in two."""
    table = {s.name: s for s in load_preset(name).segments}
    k = int(np.asarray(points["vertebra"]).reshape(-1)[2])
    array = np.zeros(GRID.shape, np.uint8)
    array[k - 3 : k + (1 if "outside" in points else 3), 2:8, 2:8] = 1
    if (parameters or {}).get("split_body"):
        array[array == 1] = 3
        array[:, 2:5][array[:, 2:5] == 3] = 2
        made = (table["vertebral_body"], table["vertebral_arch"])
    else:
        made = (table["vertebra"],)
    return Segmented(LabelMap(array, GRID, made))


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setattr(tissues, "run_preset", fake)
    write_volume(Volume(np.full(GRID.shape, -50.0, np.float32), GRID), tmp_path / "a.nrrd")
    return case_from_image(tmp_path / "a.twin", tmp_path / "a.nrrd", Answers(values="hu", accept_size=True))


def run(case: Case, click, *, add=True, split=False, outside=False) -> Case:
    points = {"vertebra": np.array(click)} | ({"outside": np.array([[5.0, 5, 5]])} if outside else {})
    values = {"split_body": 1.0} if split else None
    return tissues.segment_tissues(case, "vertebra", parameters=values, points=points, add=add)


def voxels(case: Case) -> dict[str, int]:
    return {s.name: int((case.labels.array == s.label).sum()) for s in case.labels.segments}


def notes(case: Case) -> str:
    return " ".join(n["text"] for n in case.state["labels"]["added"][-1]["notes"])


@pytest.mark.parametrize("first_added", [False, True])
def test_a_run_in_the_same_structure_replaces_the_earlier_one(case: Case, first_added: bool) -> None:
    case = run(case, HIGH, add=False) if first_added else case
    case = run(case, LOW, add=first_added)
    name = "vertebra_2" if first_added else "vertebra"
    assert voxels(case)[name] == 216
    again = run(case, LOW, outside=True)
    assert voxels(again) == {**voxels(case), name: 144}
    assert f"replaces an earlier one (segment {name})" in notes(again)
    assert "by hand" not in notes(again)
    assert len(again.state["labels"]["added"]) == 1
    assert set(last_run(again.state, "vertebra").points) == {"vertebra", "outside"}
    back = run(again, LOW)
    assert voxels(back) == voxels(case)
    assert len(back.state["labels"]["added"]) == 1


def test_another_structure_gets_a_segment_of_its_own(case: Case) -> None:
    case = run(run(case, LOW, add=False), HIGH)
    assert voxels(case) == {"vertebra": 216, "vertebra_2": 216}
    first, second = case.labels.segments
    assert first.code == second.code
    assert first.rgb != second.rgb
    assert "this run made vertebra_2" in notes(case)
    assert [r["rule"] for r in material_rows(case, voxels(case))] == ["density", "density"]
    case = run(case, LOW, outside=True)
    assert voxels(case) == {"vertebra": 144, "vertebra_2": 216}
    assert last_run(case.state, "vertebra").points["vertebra"].tolist() == [list(LOW)]
    assert voxels(run(case, LOW, add=False)) == {"vertebra": 216}


def test_body_and_arch_take_the_place_of_the_whole(case: Case) -> None:
    case = run(run(run(case, LOW, add=False), HIGH, split=True), LOW, split=True)
    assert voxels(case) == {
        "vertebral_body": 108, "vertebral_arch": 108, "vertebral_body_2": 108, "vertebral_arch_2": 108,
    }  # fmt: skip
    assert voxels(run(case, LOW)) == {"vertebral_body": 108, "vertebral_arch": 108, "vertebra": 216}


def test_corrections_by_hand_that_a_run_replaces_are_told(case: Case) -> None:
    case = run(case, LOW, add=False)
    case = edit_case(case, "margin", segment="vertebra", values={"mm": 1.0}).case
    assert voxels(case)["vertebra"] > 216
    again = run(case, LOW)
    assert voxels(again) == {"vertebra": 216}
    assert "corrected by hand" in notes(again)


def test_a_name_that_the_user_gave_stays_and_other_segments_are_not_touched(case: Case) -> None:
    case = run(case, LOW, add=False)
    step = case.state["labels"]
    array = np.array(case.labels.array)
    array[8:10] = 2
    named = (Segment(1, "L3", "51282000", (0, 1, 0)), Segment(2, "cage", "", (1, 0, 0)))
    made = LabelMap(array, GRID, named)
    blob = case.folder.put(".nrrd", lambda p: write_labels(made, p))
    case = case.updated("rename", labels={**step, "blob": blob, "hash": made.hash})
    again = run(case, LOW, outside=True)
    assert voxels(again) == {"L3": 144, "cage": 200}


def test_a_name_taken_by_another_segment_is_not_merged_into(case: Case) -> None:
    made = LabelMap(np.zeros(GRID.shape, np.uint8), GRID, (Segment(1, "vertebra", "", (0, 1, 0)),))
    blob = case.folder.put(".nrrd", lambda p: write_labels(made, p))
    by_hand = {"preset": "by hand", "parameters": {}, "segments": [], "input_hash": "", "made": []}
    case = case.updated("by hand", labels={**by_hand, "blob": blob, "hash": made.hash})
    assert voxels(run(case, LOW)) == {"vertebra": 0, "vertebra_2": 216}


def test_a_case_from_before_runs_kept_their_labels(case: Case) -> None:
    case = run(case, LOW, add=False)
    old = {k: v for k, v in case.state["labels"].items() if k not in ("label_of", "voxels_hash")}
    assert voxels(run(case.updated("old", labels=old), LOW, outside=True)) == {"vertebra": 144}


def test_undo_brings_back_the_run_before(case: Case) -> None:
    before = run(case, LOW, add=False)
    session = Session.open(before.folder.path)
    try:
        base = session.base()
        again = run(base, LOW, outside=True)
        session.merge_step("Segment", StepResult.of(base, again))
        assert (session.label_array == 1).sum() == 144
        assert "outside" in last_run(session.case.state, "vertebra").points
        session.undo()
        assert (session.label_array == 1).sum() == 216
        assert session.case.state["labels"] == before.state["labels"]
        session.redo()
        assert (session.label_array == 1).sum() == 144
    finally:
        session.close()
