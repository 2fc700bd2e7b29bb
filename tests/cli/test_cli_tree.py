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
    assert [b["generation"] for b in data["branches"]] == [0, 1, 1]
    assert data["source"] == "image"
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
    assert out.read_text().splitlines()[3].startswith("1,LAD,0,1,")
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
