"""A second image in a case: kept, registered, exported; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from scipy.ndimage import gaussian_filter

from small_case import run_cli
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging.registration import ErrorEstimate, Pairs, Registration
from surgitwin.planning.case import Case, now
from surgitwin.planning.images import registration as step
from surgitwin.planning.images import registration_words as words
from surgitwin.planning.images.new_case import store_case
from surgitwin.planning.images.registration_start import read_start
from surgitwin.planning.output.export import export_case
from surgitwin.planning.overview import overview

GRID = ImageGrid((12, 14, 16), np.zeros(3), np.array([3.0, 3.0, 4.0]), np.eye(3))
SHIFT = np.array([2.0, -3.0, 1.0])


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case whose registration is quick: the real one has tests of its own."""
    matrix = np.eye(4)
    matrix[:3, 3] = SHIFT
    made = Registration(matrix, "rigid", "m", 0.1, 0.5, 0.9, ErrorEstimate(0.5, 1.5, 2.0, runs=4, agreeing=4))
    monkeypatch.setattr(step, "register", lambda *_a, **_k: made)
    state = {"created": now(), "patient": {"patient_code": "A1"}, "header": {},
             "series": {"modality": "CT", "shape": GRID.shape, "spacing_mm": [3.0, 3.0, 4.0]},
             "body_weight_kg": 70.0, "history": []}  # fmt: skip
    return store_case(tmp_path / "a.twin", state, image())


def image(code: str = "A1") -> Volume:
    noise = np.random.default_rng(0).normal(0, 300, GRID.shape)
    return Volume(gaussian_filter(noise, 1.0).astype(np.int16), GRID, meta={"patient_code": code})


def test_it_is_kept_beside_the_first_and_written_out(case: Case, tmp_path: Path) -> None:
    before = case.state["image_hash"]
    done = Case.open(step.register_image(case, image()).folder.path)
    entry = step.registration_of(done)
    assert done.state["image_hash"] == before
    assert np.array_equal(step.second_image(done, entry).array, image().array)
    assert "1.5 mm" in words.error_words(entry)
    shown = step.on_first_grid(done, entry)
    assert shown.grid.shape == GRID.shape
    export_case(done, "registration", tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text())["matrix"][0][3] == SHIFT[0]
    export_case(done, "registration", tmp_path / "r.tfm")
    itk = sitk.ReadTransform(str(tmp_path / "r.tfm"))
    assert np.allclose(itk.TransformPoint((0.0, 0.0, 0.0)), -SHIFT)


def test_each_registration_can_be_listed_chosen_and_begun_at(case: Case, tmp_path: Path) -> None:
    done = step.register_image(step.register_image(case, image()), image(), mask=())
    assert [x["number"] for x in words.registration_rows(done.state)] == [1, 2]
    told = overview(done.folder.path)["registrations"]
    assert [x["number"] for x in told] == [1, 2]
    assert "blob" not in told[0]
    shown = run_cli("info", done.folder.path, json_too=False).out
    assert f"registration {words.registration_line(told[1])}\n" in shown
    assert words.error_words(told[1]) in shown
    export_case(done, "registration", tmp_path / "r.json", number=1)
    export_case(done, "registration", tmp_path / "r.tfm", number=2)
    for name in ("r.json", "r.tfm"):
        assert np.allclose(read_start(tmp_path / name)[:3, 3], SHIFT)
    with pytest.raises(InputError) as none:
        export_case(done, "registration", tmp_path / "r.json", number=3)
    assert none.value.code == "register.unknown"
    mirrored = json.dumps({"matrix": np.diag([-1.0, 1, 1, 1]).tolist()})
    for name, text in (("a.json", "{}"), ("b.tfm", "no"), ("c.json", mirrored)):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError) as bad:
            read_start(tmp_path / name)
        assert bad.value.code == "register.start_file"


def test_another_patient_is_asked_about(case: Case) -> None:
    with pytest.raises(InputError) as caught:
        step.register_image(case, image("B2"))
    assert caught.value.code == "register.other_patient"
    done = step.register_image(case, image("B2"), same_patient=True)
    assert any("codes differ" in w for w in step.registration_of(done)["warnings"])


def test_no_registration_and_an_odd_suffix_are_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(InputError) as none:
        export_case(case, "registration", tmp_path / "r.json")
    assert none.value.code == "register.unknown"
    done = step.register_image(case, image())
    with pytest.raises(UsageError) as odd:
        export_case(done, "registration", tmp_path / "r.xyz")
    assert odd.value.code == "usage.format"


def test_pairs_are_read_and_a_wrong_file_is_refused(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("# mm\n0,0,0, 1,1,1\n10 0 0 11 1 1\n0 10 0 1 11 1\n")
    bad.write_text("0 0 0\n1 2 3\n")
    assert np.allclose(step.read_pairs(good).moving_mm - step.read_pairs(good).fixed_mm, 1.0)
    with pytest.raises(InputError) as caught:
        step.read_pairs(bad)
    assert caught.value.code == "register.landmark_file"


def test_a_figure_that_was_not_estimated_is_not_told(case: Case) -> None:
    pairs = Pairs([[0, 0, 0], [9, 0, 0], [0, 9, 0]], [[0, 0, 0], [9, 0, 0], [0, 9, 0]])
    entry = dict(step.registration_of(step.register_image(case, image(), pairs=pairs)))
    entry["error"] = dict.fromkeys(entry["error"])
    assert words.error_words(entry) == "no error could be estimated"
    assert entry["pairs"]["fixed_mm"][1] == [9.0, 0.0, 0.0]
