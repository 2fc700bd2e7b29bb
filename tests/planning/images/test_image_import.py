"""A case from an image file: answers are kept, the file's name is not, and no scale means no numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from small_case import run_cli
from surgitwin.anatomy.artery.measure import measure_artery
from surgitwin.anatomy.root.measure import measure_root
from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.imaging.formats.question import Answers
from surgitwin.planning import measurements
from surgitwin.planning.case import Case
from surgitwin.planning.images.facts import image_facts
from surgitwin.planning.images.files import case_from_image
from surgitwin.planning.images.origin import import_facts
from surgitwin.planning.meshes.step import mesh_case
from surgitwin.planning.segments.facts import count_rows
from surgitwin.viewer.readout import Probe
from surgitwin.viewer.windows import first_window


@pytest.fixture
def scan_file(tmp_path):
    voxels = np.full((30, 20, 10), -100, np.int16)
    voxels[10:20, 5:15, 3:7] = 700
    image = nib.Nifti1Image(voxels, np.diag([1.0, 1.0, 2.0, 1.0]))
    image.header.set_xyzt_units("mm")
    nib.save(image, tmp_path / "Doe_John_1970.nii.gz")
    return tmp_path / "Doe_John_1970.nii.gz"


def test_what_was_answered_is_in_the_case_and_the_name_is_not(tmp_path, scan_file):
    made = case_from_image(tmp_path / "a.twin", scan_file, Answers(values="hu"))
    case = Case.open(tmp_path / "a.twin")
    assert case.volume.hash == made.volume.hash == case.state["image_hash"]
    assert case.volume.array[5, 10, 15] == 700
    assert case.state["series"]["source"]["answers"] == {"values": "hu"}
    assert "Doe" not in json.dumps(dict(case.state))
    assert case.state["site"] == "general"  # nothing says that it shows a femur
    assert "10 slices 2.00 mm apart" in import_facts(case)[1]
    assert import_facts(case)[2] == "Patient: body weight not known"


def test_a_failed_import_leaves_nothing(tmp_path, scan_file):
    with pytest.raises(InputError):
        case_from_image(tmp_path / "a.twin", scan_file, Answers())
    assert not (tmp_path / "a.twin").exists()


def test_an_image_without_scale_measures_nothing(tmp_path, scan_file):
    case_from_image(tmp_path / "a.twin", scan_file, Answers(values="hu", scale_unknown=True))
    case = Case.open(tmp_path / "a.twin")
    assert not case.volume.scale_known
    assert case.state["series"]["spacing_mm"] is None
    facts = {f.name: f.value for f in image_facts(replace_labels(case))}
    assert facts["Spacing (k x j x i)"] == "not known"
    mask = (case.volume.array > 300).astype(np.uint8)
    labels = LabelMap(mask, case.volume.grid, (Segment(1, "femur", "", (1, 0, 0)),))
    (row,) = count_rows(labels, case.volume)
    assert (row["voxels"], row["volume_ml"]) == (400, None)
    assert "scale" in row["reason"]
    with pytest.raises(InputError) as caught:
        mesh_case(case)
    assert caught.value.code == "image.no_scale"


def test_tools_of_the_views_give_no_lengths_without_a_scale(tmp_path, scan_file):
    case_from_image(tmp_path / "a.twin", scan_file, Answers(values="hu", scale_unknown=True))
    volume = Case.open(tmp_path / "a.twin").volume
    points = np.array([[0.0, 0, 0], [5, 0, 0]])
    made = measurements.new((), "distance", points, "axial", volume)
    assert made.values == ()
    assert "in mm" in made.problem
    known = replace(volume, scale_known=True)
    assert measurements.computed(made, known).values[0].value == pytest.approx(5)
    for measure in (measure_artery, measure_root):
        with pytest.raises(InputError) as caught:
            measure(volume, points[0], points[1])
        assert caught.value.code == "image.no_scale"
    assert "S 3.0" not in Probe((1.0, 2, 3), (1, 2, 3), 5.0, "HU", "", False).text
    assert "S 3.0 mm" in Probe((1.0, 2, 3), (1, 2, 3), 5.0, "HU", "").text


def test_a_nearly_empty_image_begins_with_its_whole_range():
    grid = ImageGrid((10, 20, 30), np.zeros(3), np.ones(3), np.eye(3))
    array = np.zeros(grid.shape, np.uint8)
    array[5, 5, :20] = 200
    assert first_window(Volume(array, grid, "OT", "1")) == (200.0, 100.0)


def replace_labels(case):
    state = {**case.state, "labels": {"hash": "1", "segments_of": "1", "segments": []}}
    return replace(case, state=state)


def test_command_line_asks_and_takes_answers(tmp_path, scan_file):
    asked = run_cli("scan", scan_file, "--json").data["image"]
    assert [q["code"] for q in asked["questions"]] == ["image.values_unknown"]
    new = ("new", tmp_path / "a.twin", "--image", scan_file)
    refused = run_cli(*new, "--json")
    assert (refused.code, refused.error["code"]) == (3, "image.values_unknown")
    assert "--values" in refused.error["hint"]
    for wrong in (("--voxel-mm", "1,2"), ("--values", "hu", "--frame", "lps"), ("--dicom", tmp_path)):
        assert run_cli(*new, *wrong, "--json").code == 2
    done = run_cli(*new, "--values", "hu", "--voxel-mm", "0.5,0.5,1", "--json")
    assert done.code == 0
    assert done.data["series"]["spacing_mm"] == [1.0, 0.5, 0.5]
    assert "by hand" in done.data["series"]["notes"][0]
    assert run_cli("info", tmp_path / "a.twin", "--json").data["images"][0]["source"]["format"] == "NIfTI"
    shown = run_cli("info", tmp_path / "a.twin", json_too=False).out
    size = " x ".join(str(n) for n in done.data["series"]["shape"])
    assert f"image 1: CT, {size} voxels (k x j x i), 1 x 0.5 x 0.5 mm" in shown
