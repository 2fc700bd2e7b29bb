"""`surgitwin models` and `segment --model` with a program that stands in for TotalSegmentator."""

import json

import numpy as np

from segmentation.test_automatic_models import program  # noqa: F401 - a fixture
from surgitwin.cli.main import main
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging.formats.nrrd import write_volume
from surgitwin.planning.case import Case
from surgitwin.planning.segments.looks import look_of


def said(capsys, *words):
    code = main([*(str(w) for w in words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_segments_of_a_model_are_added_locked_and_never_over_others(program, tmp_path, capsys):  # noqa: F811
    code, found = said(capsys, "models")
    assert code == 0
    assert found["models"][0]["available"]
    grid = ImageGrid((20, 20, 20), np.zeros(3), np.full(3, 2.0), np.eye(3))
    array = (np.arange(8000, dtype=np.int16) % 1300 - 1000).reshape(grid.shape)
    write_volume(Volume(array, grid), tmp_path / "ct.nrrd")
    case = tmp_path / "ct.twin"
    made = said(capsys, "new", case, "--image", tmp_path / "ct.nrrd", "--values", "hu", "--accept-size")
    assert made[0] == 0, made[1]
    words = ("segment", case, "--model", "totalsegmentator", "--memory-gb", "0", "--segments")
    code, data = said(capsys, *words, "aorta")
    assert code == 0
    assert data["segments"][0]["voxels"] == 2
    first = Case.open(case)
    assert look_of(first.state, "aorta").locked
    run = first.state["labels"]["model"]
    assert run["name"] == "totalsegmentator"
    assert len(run["weights_sha256"]) == 64
    code, data = said(capsys, *words, "liver,aorta")
    assert code == 0
    after = Case.open(case)
    assert [s.name for s in after.labels.segments] == ["aorta", "liver", "aorta 2"]
    assert (after.labels.array[first.labels.array == 1] == 1).all()
    assert after.state["labels"]["added"][0]["model"]["segments"][1]["called"] == "aorta 2"
    code, data = said(capsys, "segment", case, "--segments", "aorta")
    assert (code, data["error"]["code"]) == (2, "usage.model")


def test_what_is_missing_is_told_with_commands_licence_and_room(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SURGITWIN_MODELS", str(tmp_path / "models"))
    (one,) = said(capsys, "models")[1]["models"]
    assert one["available"] is False
    assert one["install"][-1].endswith('install "TotalSegmentator"')
    assert "Apache 2.0" in one["terms"]
    assert "2.5 GB" in one["terms"]
    assert main(["models"]) == 0
    text = capsys.readouterr().out
    assert one["install"][0] in text
    assert "only after you agreed" in text
