"""What Import shows and does, without a window: tree in words, names of cases, recent ones, samples."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import dicom_factory as factory
import pytest

from small_case import small_study
from surgitwin.core.errors import Cancelled, InputError, StorageError
from surgitwin.core.progress import Event, Progress
from surgitwin.imaging import Series, scan
from surgitwin.planning import case_names, recent, samples
from surgitwin.planning.case import Case
from surgitwin.planning.case_names import free_path, name_fault, safe_name, suggested_name
from surgitwin.planning.images.new_case import case_from_series
from surgitwin.planning.images.series_tree import import_tree, left_aside, suggested, words_of_date


@pytest.fixture
def two_patients(tmp_path: Path) -> Path:
    grid = factory.grid_like()
    coarse = replace_spacing(grid)

    def person(name: str, number: int, date: str):
        def edit(dataset, k: int) -> None:
            dataset.PatientName, dataset.PatientID = name, f"ID-{name}"
            dataset.SeriesNumber, dataset.StudyDate, dataset.PatientSex = number, date, "F"
            dataset.SeriesDescription = f"bone {number}"
            dataset.StudyInstanceUID = f"1.2.3.{sum(map(ord, name))}.{date}"

        return edit

    factory.write_series(tmp_path / "a", factory.ramp(coarse), coarse, edit=person("Able^A", 7, "20260102"))
    factory.write_series(tmp_path / "b", factory.ramp(grid), grid, edit=person("Able^A", 3, "20260102"))
    factory.write_series(tmp_path / "c", factory.ramp(grid), grid, edit=person("Able^A", 1, "20250101"))
    files = factory.write_series(
        tmp_path / "d", factory.ramp(grid), grid, edit=person("Zeta^Z", 2, "20260102")
    )
    files[2].unlink()
    return tmp_path


def replace_spacing(grid):
    return replace(grid, spacing_mm=(0.8, 0.9, 5.0))


def test_patients_studies_series_in_order_and_words(two_patients: Path) -> None:
    tree = import_tree(scan(two_patients))
    assert [p.title for p in tree] == ["Able, A", "Zeta, Z"]
    assert tree[0].facts == "ID ID-Able^A, female"
    newest, oldest = tree[0].studies
    assert newest.title == "Study, 2 January 2026, 2 series"
    assert oldest.title == "Study, 1 January 2025, 1 series"
    assert [r.title for r in newest.series] == ["3  bone 3", "7  bone 7"]
    assert newest.series[0].facts == "CT, 6 slices, 2.50 mm apart, pixel 0.80 × 0.90 mm, 2 cm long"
    (refused,) = tree[1].studies[0].series
    assert (refused.usable, refused.state) == (False, "Cannot be used")
    assert "1 slices are missing" in refused.advice[0]
    assert "Copy the series again" in refused.advice[0]
    best = suggested(tree)
    assert best is not None
    assert best.series.grid is not None
    assert best.series.grid.spacing_mm[2] == 2.5
    assert suggested(import_tree([refused.series])) is None


def test_words_for_choices_speak_of_the_window(tmp_path: Path) -> None:
    grid = factory.grid_like()

    def phase(value: int):
        def edit(dataset, k: int) -> None:
            dataset.AcquisitionNumber = value
            dataset.SeriesInstanceUID, dataset.StudyInstanceUID = "1.2.3.4", "1.2.3"

        return edit

    for n in (1, 2):
        factory.write_series(tmp_path / str(n), factory.ramp(grid), grid, edit=phase(n))
    (patient,) = import_tree(scan(tmp_path))
    rows = patient.studies[0].series
    assert [r.state for r in rows] == ["Needs your choice"] * 2
    assert [r.title for r in rows] == ["phantom: acquisition 1", "phantom: acquisition 2"]
    assert all("UID" not in r.advice[0] and "preview" in r.advice[0] for r in rows)


def test_a_tilted_stack_says_that_it_can_be_resampled(tmp_path: Path) -> None:
    grid = factory.grid_like()

    def lean(dataset, k: int) -> None:
        dataset.ImagePositionPatient[1] += 0.7 * k

    factory.write_series(tmp_path, factory.ramp(grid), grid, edit=lean)
    (patient,) = import_tree(scan(tmp_path))
    (row,) = patient.studies[0].series
    assert (row.usable, row.state) == (True, "Can be used resampled")
    assert "tick the box" in row.advice[0]
    assert "--resample" not in row.advice[0]


def test_what_is_no_ct_is_for_looking_only(tmp_path: Path) -> None:
    grid = factory.grid_like()

    def described(dataset, _k: int) -> None:
        dataset.StudyDescription, dataset.SeriesDescription = "^THIGH", "T1^axial"

    factory.write_series(tmp_path, factory.ramp(grid) + 300, grid, modality="MR", edit=described)
    (patient,) = import_tree(scan(tmp_path))
    (row,) = patient.studies[0].series
    assert patient.studies[0].title.startswith("THIGH, no date")
    assert (row.title, row.state) == ("T1 axial", "Can be looked at")
    assert "on CT only" in row.advice[-1]


def test_small_words() -> None:
    assert words_of_date("20260102") == "2 January 2026"
    assert words_of_date("2026") == "2026"
    assert left_aside({"not_dicom": 1, "empty_file": 2, "directory": 1}) == (
        "Left aside: 1 file with no DICOM image, 2 empty files."
    )
    assert left_aside({}) == ""


@pytest.mark.parametrize(
    ("given", "safe"),
    [("a/b:c*", "a b c"), ("  .hidden. ", "hidden"), ("CON", "Case"), ("com1.x", "Case"), ("", "Case"),
     ("..", "Case"), ("Oberschenkel links é", "Oberschenkel links é"), ("x" * 99, "x" * 60)],
)  # fmt: skip
def test_safe_names(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_a_suggested_name_is_free_and_says_no_person(two_patients: Path, tmp_path: Path) -> None:
    (first, *_) = [s for s in scan(two_patients) if s.identity.name == "Able, A"]
    name = suggested_name(replace(first, date="20260102"))
    assert name.endswith("2026-01-02")
    assert "Able" not in name
    made = free_path(tmp_path, name)
    assert made.name == f"{name}.twin"
    made.mkdir()
    assert free_path(tmp_path, name).name == f"{name} 2.twin"


def test_faults_of_names_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name_fault(tmp_path, "fine") == ""
    assert name_fault(tmp_path / "not" / "yet", "fine") == ""
    assert "name" in name_fault(tmp_path, " ")
    assert "Try: a b" in name_fault(tmp_path, "a/b")
    (tmp_path / "there.twin").mkdir()
    assert "Try: there 2" in name_fault(tmp_path, "there")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "permission" in name_fault(tmp_path, "fine").lower()
    (tmp_path / "file").write_text("")
    assert "another" in name_fault(tmp_path / "file", "fine")


def test_the_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(case_names.VARIABLE, str(tmp_path))
    assert case_names.cases_folder() == tmp_path
    monkeypatch.delenv(case_names.VARIABLE)
    assert case_names.cases_folder().name == "SurgiTwin"


# ---- cases --------------------------------------------------------------------------------------


def usable(folder: Path) -> Series:
    grid = factory.grid_like()
    factory.write_series(folder, factory.ramp(grid), grid)
    (series,) = scan(folder)
    return series


def test_a_case_from_a_series_has_a_picture_and_no_name(tmp_path: Path) -> None:
    series = usable(tmp_path / "dicom")
    case = case_from_series(tmp_path / "x.twin", series)
    picture = case.folder.blob(case.state["thumbnail"])
    assert picture.suffix == ".png"
    text = (tmp_path / "x.twin" / "case.json").read_text(encoding="utf-8")
    for secret in ("Secret", "ID-4711"):
        assert secret not in text
        assert secret.encode() not in picture.read_bytes()
    assert case.state["body_weight_kg"] == 68.5
    other = case_from_series(tmp_path / "y.twin", series, body_weight_kg=80)
    assert (other.state["body_weight_kg"], other.state["body_weight_source"]) == (80, "given")


def test_what_is_stopped_leaves_no_case(tmp_path: Path) -> None:
    series = usable(tmp_path / "dicom")
    said: list[str] = []

    def stop() -> bool:
        return "Writing the case" in said

    progress = Progress(lambda e: said.append(e.message) if isinstance(e, Event) else None, stop)
    with pytest.raises(Cancelled):
        case_from_series(tmp_path / "x.twin", series, progress=progress)
    assert not (tmp_path / "x.twin").exists()
    (tmp_path / "full.twin").mkdir()
    (tmp_path / "full.twin" / "mine.txt").write_text("kept")
    with pytest.raises(StorageError):
        case_from_series(tmp_path / "full.twin", series)
    assert (tmp_path / "full.twin" / "mine.txt").read_text() == "kept"


# ---- recent -------------------------------------------------------------------------------------


@pytest.fixture
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(recent.VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


def test_recent_cases_are_newest_first_bounded_and_once(state_folder: Path, tmp_path: Path) -> None:
    assert recent.recent_cases() == ()
    for n in range(15):
        recent.remember(tmp_path / f"{n}.twin")
    recent.remember(tmp_path / "9.twin")
    names = [p.stem for p, _ in recent.recent_entries()]
    assert names == ["9", "14", "13", "12", "11", "10", "8", "7", "6", "5", "4", "3"]
    recent.forget(recent.recent_entries()[0][0])
    assert recent.recent_entries()[0][0].stem == "14"


def test_recent_cases_say_what_they_are_like_now(state_folder: Path, tmp_path: Path) -> None:
    case_from_series(tmp_path / "good.twin", usable(tmp_path / "dicom"))
    (tmp_path / "bad.twin").mkdir()
    (tmp_path / "bad.twin" / "case.json").write_text("{")
    for name in ("gone", "bad", "good"):
        recent.remember(tmp_path / f"{name}.twin")
    good, bad, gone = recent.recent_cases()
    assert (good.name, good.problem, good.done, good.series) == ("good", "", 1, "CT phantom")
    assert good.thumbnail is not None
    assert good.thumbnail.is_file()
    assert "segmented" in good.next_words
    assert "damaged" in bad.problem
    assert "Not there" in gone.problem


def test_a_damaged_list_is_begun_anew(state_folder: Path, tmp_path: Path, caplog) -> None:
    recent.recent_file().parent.mkdir(parents=True)
    recent.recent_file().write_text('{"cases": [1]}')
    assert recent.recent_cases() == ()
    assert "damaged" in caplog.text
    recent.remember(tmp_path / "a.twin")
    assert json.loads(recent.recent_file().read_text())["cases"][0]["path"].endswith("a.twin")


# ---- samples ------------------------------------------------------------------------------------


def test_the_plain_sample_becomes_a_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "sample_study", lambda _name: small_study())
    wanted = samples.sample("femur")
    assert samples.why_not(wanted) == ""
    path = samples.sample_path(wanted, tmp_path)
    case = samples.make_sample(wanted, path)
    assert Case.open(path).state["image"] == case.state["image"]
    assert path.name == "Sample thigh bone.twin"
    assert samples.sample_path(wanted, tmp_path).name == "Sample thigh bone 2.twin"


def test_the_solved_sample_goes_through_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    wanted = samples.sample("femur_solved")
    path = samples.sample_path(wanted, tmp_path)

    def demo(name: str, out: Path, **_more: object) -> Path:
        asked.append((name, out))
        case_from_series(out / f"{name}.twin", usable(tmp_path / "dicom"))
        return out / f"{name}.twin"

    monkeypatch.setattr(samples, "sample_study", lambda _name: small_study())
    monkeypatch.setattr(samples, "demo_in_process", demo)
    assert samples.make_sample(wanted, path).folder.path == path
    assert asked == [("femur", path.parent)]
    assert samples.sample_path(wanted, tmp_path) == path


def test_a_missing_sample_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "resources_dir", lambda: tmp_path / "resources")
    assert "installation" in samples.why_not(samples.sample("femur"))
    with pytest.raises(KeyError):
        samples.sample("none")
    monkeypatch.setattr("surgitwin.planning.demo.resources_dir", lambda: tmp_path / "resources")
    with pytest.raises(InputError):
        samples.make_sample(samples.sample("femur"), tmp_path / "x.twin")


def test_a_finished_sample_is_only_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = samples.sample("femur_solved")
    path = samples.sample_path(wanted, tmp_path)
    case_from_series(path, usable(tmp_path / "dicom"))
    done = [replace(s, state="done") for s in samples.step_states(Case.open(path))]
    monkeypatch.setattr(samples, "step_states", lambda _case: done)
    monkeypatch.setattr(samples, "demo_in_process", lambda *_a, **_k: pytest.fail("computed again"))
    assert samples.make_sample(wanted, path).folder.path == path


def test_samples_of_vessels_have_their_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "sample_study", lambda _name: small_study())
    for name, site in (("root", "aortic_root"), ("artery", "artery")):
        wanted = samples.sample(name)
        assert samples.why_not(wanted) == ""
        path = samples.sample_path(wanted, tmp_path)
        samples.make_sample(wanted, path)
        assert Case.open(path).state["site"] == site
