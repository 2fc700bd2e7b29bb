"""`surgitwin segment --preset vertebra` with strokes, on a case made from an image file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surgitwin.cli.main import main
from surgitwin.imaging.formats.nrrd import write_volume
from surgitwin.planning.case import Case
from surgitwin.planning.segments.last_run import last_run
from vertebra_samples import Sample, phantom

CLICK = ("--point", "vertebra=3,-2,2")
STROKE = "outside=-8,0,-8;-4,0,-8;0,0,-8;4,0,-8;8,0,-8"


@pytest.fixture(scope="module")
def made() -> Sample:
    return phantom(1.5)


@pytest.fixture
def case(made: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "spine.twin"
    write_volume(made.volume, tmp_path / "spine.nrrd")
    code = main(
        ["new", str(path), "--image", str(tmp_path / "spine.nrrd"), "--values", "hu", "--accept-size"]
    )
    assert code == 0
    capsys.readouterr()
    return path


def segment(case: Path, *words: str) -> int:
    return main(["segment", str(case), "--preset", "vertebra", *CLICK, *words, "--json"])


def test_a_stroke_takes_away_what_it_runs_over(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert segment(case) == 0
    before = Case.open(case).labels.mask("vertebra")
    assert segment(case, "--point", STROKE, "--point", "inside=30,0,0") == 0
    opened = Case.open(case)
    after = opened.labels.mask("vertebra")
    points = last_run(opened.state, "vertebra").points
    assert {k: v.shape for k, v in points.items()} == {
        "vertebra": (1, 3),
        "outside": (5, 3),
        "inside": (1, 3),
    }
    line = np.stack([np.linspace(-8, 8, 17), np.zeros(17), np.full(17, -8.0)], 1)
    index = np.round(opened.volume.grid.lps_to_index(line)[:, ::-1]).astype(int)
    assert before[tuple(index.T)].all()
    assert not after[tuple(index.T)].any()
    gone = opened.volume.grid.index_to_lps(np.argwhere(before & ~after)[:, ::-1].astype(float))
    assert len(gone) >= 11  # the voxels of the stroke
    assert np.linalg.norm(gone - np.clip(gone, (-8, 0, -8), (8, 0, -8)), axis=1).max() < 16
    capsys.readouterr()


def test_added_strokes_correct_the_vertebra_and_another_one_is_a_segment_of_its_own(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert segment(case, "--point", STROKE) == 0
    replaced = Case.open(case).labels.mask("vertebra")
    assert segment(case) == 0
    capsys.readouterr()
    assert segment(case, "--point", STROKE, "--add") == 0
    said = json.loads(capsys.readouterr().out)
    assert "replaces an earlier one (segment vertebra)" in json.dumps(said)
    opened = Case.open(case)
    assert [s.name for s in opened.labels.segments] == ["vertebra"]
    assert np.array_equal(opened.labels.mask("vertebra"), replaced)
    above = ("--preset", "vertebra", "--point", "vertebra=3,-2,37", "--add", "--json")
    assert main(["segment", str(case), *above]) == 0
    assert "this run made vertebra_2" in capsys.readouterr().out
    both = Case.open(case).labels
    assert np.array_equal(both.mask("vertebra"), replaced)
    assert both.mask("vertebra_2").sum() > 10_000


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--point", "inside=30,0,0", "--point", "outside=30.5,0,0"), "vertebra.contradiction"),
        (("--point", "outside=1,2,3;4,5"), "segment.clicks"),
        (("--point", "outside=1,2,3;"), "segment.clicks"),
    ],
)
def test_wrong_strokes_are_refused(
    case: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: str
) -> None:
    assert segment(case, *words) == 2
    captured = capsys.readouterr()
    said: dict[str, Any] = json.loads(captured.err or captured.out)
    assert code in json.dumps(said)
