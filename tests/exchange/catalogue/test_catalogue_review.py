"""Catalogue: archives are read whole or again, patients are told apart, forgetting takes all of a patient."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

import dicom_factory as factory
import pytest
from pydicom.uid import generate_uid

from surgitwin.core.errors import Cancelled, InputError, UsageError
from surgitwin.core.progress import Progress
from surgitwin.exchange.catalogue import Catalogue, add, adding, forget, forget_patient, search
from surgitwin.imaging import scan

GRID = factory.grid_like((3, 8, 6))


def series(folder: Path, name: str, pid: str, birth: str = "", study: str = "") -> Path:
    uid = study or generate_uid()

    def edit(dataset, _k) -> None:
        dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = name, pid, birth
        dataset.StudyInstanceUID = uid

    factory.write_series(folder, factory.ramp(GRID), GRID, edit=edit)
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.open(tmp_path / "catalogue")


def zipped(tmp_path: Path, *names: str) -> Path:
    for name in names:
        series(tmp_path / "in" / name, "Miller^Ann", "77")
    return Path(shutil.make_archive(str(tmp_path / "cd" / "study"), "zip", tmp_path / "in"))


def test_an_archive_that_a_folder_left_aside_can_be_added(catalogue: Catalogue, tmp_path: Path) -> None:
    archive = zipped(tmp_path, "a")
    with pytest.raises(InputError, match="zip archive") as caught:
        add(catalogue, [archive.parent])
    assert caught.value.code == "catalogue.no_images"
    assert len(add(catalogue, [archive]).series) == 1
    assert add(catalogue, [archive]).series == []


def test_an_archive_whose_import_was_cancelled_is_read_to_its_end(catalogue, tmp_path, monkeypatch) -> None:
    archive = zipped(tmp_path, "a", "b")
    monkeypatch.setattr(adding, "BATCH_FILES", 1)
    taken = adding.take_batch
    calls = []

    def once(*args):
        calls.append(args)
        if len(calls) == 2:
            raise Cancelled()
        return taken(*args)

    monkeypatch.setattr(adding, "take_batch", once)
    with pytest.raises(Cancelled):
        add(catalogue, [archive], progress=Progress())
    assert len(search(catalogue)) == 1
    add(catalogue, [archive])
    assert len(search(catalogue)) == 2


def test_a_forgotten_series_of_an_archive_can_be_added_again(catalogue: Catalogue, tmp_path: Path) -> None:
    archive = zipped(tmp_path, "a", "b")
    first = add(catalogue, [archive]).series[0]
    forget(catalogue, first)
    add(catalogue, [archive])
    assert len(search(catalogue)) == 2


def test_patients_of_one_id_keep_their_names(catalogue: Catalogue, tmp_path: Path) -> None:
    """IDs are unique within one hospital only."""
    series(tmp_path / "a", "Miller^Ann", "1", "19500101")
    series(tmp_path / "b", "Smith^Bob", "1", "19600101")
    add(catalogue, [tmp_path / "a"])
    add(catalogue, [tmp_path / "b"])
    rows = search(catalogue)
    assert [r.name for r in rows] == ["Miller, Ann", "Smith, Bob"]
    assert len({r.patient for r in rows}) == 2
    with pytest.raises(UsageError) as caught:
        forget(catalogue, rows[0].patient_code)
    assert caught.value.code == "catalogue.several_patients"
    assert len(search(catalogue)) == 2


def test_one_patient_written_in_two_ways_stays_one(catalogue: Catalogue, tmp_path: Path) -> None:
    series(tmp_path / "a", "MILLER^ANN", "1", "19500101")
    series(tmp_path / "b", "Miller^Ann^", "1", "19500101")
    add(catalogue, [tmp_path / "a", tmp_path / "b"])
    assert len({r.patient for r in search(catalogue)}) == 1


def test_a_patient_without_an_id_is_forgotten_with_all_studies(catalogue: Catalogue, tmp_path: Path) -> None:
    series(tmp_path / "a", "Miller^Ann", "")
    series(tmp_path / "b", "Miller^Ann", "")
    series(tmp_path / "c", "Smith^Bob", "")
    add(catalogue, [tmp_path / n for n in "abc"])
    gone = next(r for r in search(catalogue) if r.name == "Miller, Ann")
    assert forget_patient(catalogue, gone.patient).series == 2
    assert [r.name for r in search(catalogue)] == ["Smith, Bob"]


def test_forgetting_takes_the_paths_of_what_lay_beside_the_images(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    disc = tmp_path / "Traceword_Ann"
    series(disc / "DICOM", "Miller^Ann", "77")
    (disc / "readme.txt").write_text("no image")
    add(catalogue, [disc])
    (row,) = search(catalogue)
    forget(catalogue, row.uid)
    assert b"Traceword" not in b"".join(p.read_bytes() for p in catalogue.folder.rglob("*") if p.is_file())


def test_what_an_earlier_version_wrote_is_mended_by_the_next_scan(catalogue, tmp_path: Path) -> None:
    for name in ("Miller^Ann", "Smith^Bea"):
        series(tmp_path / "in" / name, name, "77")
    add(catalogue, [tmp_path / "in"])
    with catalogue.writing() as db:  # one patient for one ID, and plain hashes, as version 1 had it
        (first,) = db.execute("SELECT min(id) FROM patients").fetchone()
        db.execute("UPDATE studies SET patient = ?", (first,))
        db.execute("DELETE FROM patients WHERE id <> ?", (first,))
        db.execute("UPDATE patients SET code = 'P-0123456789', key = 'K-1'")
        db.execute("ALTER TABLE series DROP COLUMN old")
        db.execute("PRAGMA user_version = 1")
    opened = Catalogue.open(catalogue.folder)
    assert len({r.patient for r in search(opened)}) == 1
    done = add(opened, [tmp_path / "in"])
    assert (done.files["unchanged"], done.series) == (6, [])
    rows = search(opened)
    assert {r.name for r in rows} == {"Miller, Ann", "Smith, Bea"}
    assert len({r.patient for r in rows}) == 2
    assert not any(r.patient_code == "P-0123456789" for r in rows)
    with opened.reading() as db:
        assert db.execute("SELECT count(*) FROM series WHERE old = 1").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM patients").fetchone() == (2,)


def test_names_of_folders_are_in_no_log(catalogue, tmp_path: Path, monkeypatch, caplog) -> None:
    series(tmp_path / "in" / "a", "Miller^Ann", "77")
    (tmp_path / "in" / "Miller_Ann").mkdir()
    scandir = os.scandir

    def refusing(folder):
        if Path(folder).name == "Miller_Ann":
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    with caplog.at_level(logging.INFO):
        add(catalogue, [tmp_path / "in"])
        scan(tmp_path / "in")
    assert "1 folders cannot be read" in caplog.text
    assert "left out" in caplog.text
    assert "Miller" not in caplog.text
