"""`surgitwin tree` on a case made from an image file and a label map."""

import json

import numpy as np
import pytest
import pyvista as pv

from anatomy.tree import tree_phantoms as phantoms
from surgitwin.cli.main import main
from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap, Segment
from surgitwin.core.progress import SILENT
from surgitwin.imaging.formats.nrrd import write_labels, write_volume
from surgitwin.planning.case import Case
from surgitwin.planning.segments.edit import edit_case
from surgitwin.planning.segments.tree import tree_current, tree_names, tree_of
from surgitwin.planning.step_task import STEPS


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    volume = phantoms.picture(phantoms.y_tree())
    mask = phantoms.mask_of(volume)
    write_volume(volume, folder / "y.nrrd")
    labels = LabelMap(
        mask.astype(np.uint8), volume.grid, (Segment(1, "vessel", "59820001", (0.8, 0.2, 0.2)),)
    )
    write_labels(labels, folder / "y.seg.nrrd")
    return folder


def said(capsys, *words):
    code = main([str(w) for w in words])
    return code, capsys.readouterr().out


@pytest.fixture
def case(files, tmp_path, capsys):
    path = tmp_path / "y.twin"
    assert said(capsys, "new", path, "--image", files / "y.nrrd", "--values", "hu", "--accept-size")[0] == 0
    assert said(capsys, "segment", path, "--from", files / "y.seg.nrrd")[0] == 0
    return path


def test_tree_command_writes_json_and_lines(case, tmp_path, capsys):
    out = tmp_path / "tree.json"
    words = ("--segment", "label 1", "--root", "0,0,1", "--out", out, "--json")
    code, text = said(capsys, "tree", case, *words)
    assert code == 0
    data = json.loads(text)
    assert data["usable"]
    assert [b["generation"] for b in data["branches"]] == [0, 1, 1]
    assert data["branches"][0]["mean_diameter_mm"] == pytest.approx(4, abs=0.2)
    assert data["branches"][0]["diameter_uncertainty_mm"] == pytest.approx(0.2)
    assert data["source"] == "image"
    assert not {"joints", "contacts"} & set(data)  # the whole tree goes into --out
    written = json.loads(out.read_text())
    assert written["branches"][1]["sections"][0]["area_mm2"] == pytest.approx(np.pi * 1.587**2, rel=0.2)
    lines = tmp_path / "tree.vtp"
    code, text = said(capsys, "tree", case, "--out", lines)
    assert code == 0
    assert "3 branches, 1 bifurcations, 2 ends, 0 loops" in text
    poly = pv.read(lines)
    assert poly.n_cells == 3
    assert poly.cell_data["parent"].tolist() == [-1, 0, 0]


def test_names_table_and_report_of_a_kept_tree(case, tmp_path, capsys):
    assert said(capsys, "tree", case, "--root", "0,0,1", "--name", "1=LAD")[0] == 0
    out = tmp_path / "tree.csv"
    code, text = said(capsys, "tree", case, "--keep", "--out", out, "--json")
    assert code == 0
    assert json.loads(text)["current"]
    assert [b["name"] for b in json.loads(text)["branches"]] == ["", "LAD", ""]
    lines = out.read_text().splitlines()
    assert lines[0].startswith("branch,name,parent,")  # a spreadsheet takes the first line for the heads
    assert lines[2].startswith("1,LAD,0,1,")
    assert all(line.endswith(",usable,Not for clinical use") for line in lines[1:])
    report = tmp_path / "tree.html"
    assert said(capsys, "report", case, "--out", report)[0] == 0
    assert "LAD" in report.read_text()
    for words, error in ((("--name", "9=RCA"), "tree.no_branch"), (("--name", "2=lad"), "tree.name")):
        code, text = said(capsys, "tree", case, "--keep", *words, "--json")
        assert json.loads(text)["error"]["code"] == error


def test_the_step_of_the_window_keeps_the_tree_until_the_segment_changes(case):
    done = STEPS["tree"](Case.open(case), {"segment": "label 1", "root": [0, 0, 1]}, SILENT)
    assert tree_names(done) == ("label 1",)
    assert len(tree_of(done, "label 1").branches) == 3
    assert tree_current(done, "label 1")
    edited = edit_case(done, "margin", segment="label 1", values={"mm": 1.0}).case
    assert not tree_current(edited, "label 1")
    with pytest.raises(InputError) as told:
        tree_of(done, "aorta")
    assert told.value.code == "tree.missing"


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("--root", "1,2"), 2, "usage.point"),
        (("--root", "200,0,0"), 3, "tree.click_outside"),
        (("--segment", "aorta"), 3, "edit.unknown_segment"),
        (("--least-diameter", "2", "--least-radius", "1"), 2, "usage.arguments"),
        (("--only-given",), 2, "usage.arguments"),
        (("--out", "tree.txt"), 2, "tree.format"),
    ],
)
def test_bad_input_is_named(case, words, code, error, capsys):
    found, text = said(capsys, "tree", case, *words, "--json")
    assert found == code
    assert json.loads(text)["error"]["code"] == error


def test_what_would_have_no_effect_is_refused_before_anything_is_measured(case, tmp_path, capsys):
    assert main(["tree", str(case), "--keep", "--root", "0,0,1"]) == 2
    assert "--keep measures nothing" in capsys.readouterr().err
    assert main(["tree", str(case), "--out", str(tmp_path / "tree.txt")]) == 2
    assert "tree.format" in capsys.readouterr().err
    assert not tree_names(Case.open(case))


def full_of_holes(pieces, voxel_mm=0.5):
    """A Y whose segment is pierced across twelve times, as that of a rough threshold."""
    volume = phantoms.picture(pieces, voxel_mm)
    mask = phantoms.mask_of(volume)
    for n in range(12):
        i, j, k = np.rint(volume.grid.lps_to_index([0.0, 0.0, 3.0 + 1.2 * n])).astype(int)
        mask[k, :, i] = False
        mask[k, j, i] = False
    return volume, mask


def test_a_segment_full_of_holes_is_called_unusable_first_and_tells_no_narrowing(tmp_path, capsys):
    volume, mask = full_of_holes(phantoms.y_tree(3.0))
    write_volume(volume, tmp_path / "y.nrrd")
    write_labels(
        LabelMap(mask.astype(np.uint8), volume.grid, (Segment(1, "vessel", "59820001", (0.8, 0.2, 0.2)),)),
        tmp_path / "y.seg.nrrd",
    )
    path, out = tmp_path / "h.twin", tmp_path / "h.csv"
    assert (
        said(capsys, "new", path, "--image", tmp_path / "y.nrrd", "--values", "hu", "--accept-size")[0] == 0
    )
    code, text = said(capsys, "tree", path)
    assert code == 3
    assert main(["tree", str(path)]) == 3
    assert "vessel_contrast" in capsys.readouterr().err  # of an image without segments: a preset for vessels
    assert said(capsys, "segment", path, "--from", tmp_path / "y.seg.nrrd")[0] == 0
    code, text = said(capsys, "tree", path, "--out", out)
    assert code == 0
    first = text.splitlines()[0]
    assert first.startswith("NOT USABLE: the segment has 12 loops")
    assert "Next step:" in first
    assert " % of " not in text
    assert "tortuosity" not in text  # hundreds of rows would push the verdict off the screen
    assert "12 loops." in text
    assert "--keep --json" in text
    assert len(out.read_text().splitlines()) > 2  # every row is in the file
    code, text = said(capsys, "tree", path, "--keep", "--json")
    data = json.loads(text)
    assert (data["usable"], data["narrowed_branches"]) == (False, [])
    assert "loops" in data["not_usable_because"]
    assert all(b["narrowing"] == "not judged: the tree is not usable" for b in data["branches"])
    assert all("not usable: " in line for line in out.read_text().splitlines()[1:])
    report = tmp_path / "h.html"
    assert said(capsys, "report", path, "--out", report)[0] == 0
    words = report.read_text()
    assert words.index("NOT USABLE") < words.index("Branch 0")
