"""Catalogue: what is added is found, unchanged files are not read, changes are told, forgetting forgets."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import zipfile
from pathlib import Path

import dicom_factory as factory
import pytest
from pydicom.uid import generate_uid

from surgitwin.core.errors import Cancelled, InputError, StorageError, UsageError
from surgitwin.core.progress import Progress
from surgitwin.exchange.catalogue import (
    Catalogue,
    Filter,
    add,
    adding,
    check,
    counts,
    forget,
    one,
    open_series,
    paths_of,
    reading,
    search,
    thumbnails,
    tidy,
)
from surgitwin.imaging import load_series

GRID = factory.grid_like((5, 8, 6))


def series(folder: Path, name: str = "Müller^Ann", pid: str = "77", **tags: str) -> Path:
    def edit(dataset, _k) -> None:
        dataset.PatientName, dataset.PatientID, dataset.SpecificCharacterSet = name, pid, "ISO_IR 192"
        for key, value in tags.items():
            setattr(dataset, key, value)

    factory.write_series(folder, factory.ramp(GRID), GRID, edit=edit)
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.open(tmp_path / "catalogue")


def never(*_a, **_k):
    raise AssertionError("headers were read")


def test_what_is_added_is_listed_and_opened(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = series(tmp_path / "cd", BodyPartExamined="THIGH", StudyDate="20260102")
    done = add(catalogue, [tmp_path])
    (row,) = search(catalogue)
    assert done.series == [row.uid]
    assert (row.modality, row.slices, row.size, row.status) == ("CT", 5, "5 x 8 x 6", "ok")
    assert (row.name, row.patient_id, row.body_part) == ("Müller, Ann", "77", "THIGH")
    assert "Ann" not in str(row.as_dict())
    assert row.as_dict(identity=True)["patient_id"] == "77"
    assert thumbnails(catalogue, [row.id])[row.id].startswith(b"\x89PNG")
    assert sorted(paths_of(catalogue, row.uid)) == sorted(folder.iterdir())
    assert load_series(open_series(catalogue, row.uid)).array.shape == (5, 8, 6)


def test_only_the_owner_can_read_it(catalogue: Catalogue, tmp_path: Path) -> None:
    series(tmp_path / "cd")
    add(catalogue, [tmp_path / "cd"], "copy")
    modes = {p.stat().st_mode & 0o077 for p in catalogue.folder.rglob("*")}
    assert modes == {0}
    assert catalogue.folder.stat().st_mode & 0o077 == 0


def test_unchanged_files_are_not_read_again(catalogue, tmp_path: Path, monkeypatch) -> None:
    folder = series(tmp_path / "cd")
    (folder / "notes.txt").write_text("no image")
    add(catalogue, [folder])
    monkeypatch.setattr(reading, "scan_all", never)
    assert add(catalogue, [folder]).files["unchanged"] == 6
    os.utime(folder / "0002.dcm", ns=(1, 1))
    with pytest.raises(AssertionError, match="headers were read"):
        add(catalogue, [folder])


def test_new_changed_missing_and_returned_files_are_told(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = series(tmp_path / "cd")
    aside = tmp_path / "aside.dcm"
    shutil.move(folder / "0004.dcm", aside)
    add(catalogue, [folder])
    assert search(catalogue)[0].slices == 4
    shutil.move(aside, folder / "0004.dcm")
    done = add(catalogue, [folder])
    assert (done.files["new"], done.files["unchanged"], search(catalogue)[0].slices) == (1, 4, 5)
    shutil.move(folder / "0000.dcm", aside)
    assert add(catalogue, [folder]).files["missing"] == 1
    assert search(catalogue)[0].missing == 1
    with pytest.raises(InputError, match="1 of 5 files") as caught:
        paths_of(catalogue, search(catalogue)[0].uid)
    assert caught.value.code == "catalogue.files_missing"
    shutil.move(aside, folder / "0000.dcm")
    assert add(catalogue, [folder]).files["back"] == 1
    assert search(catalogue)[0].missing == 0


def test_a_file_that_became_another_series_leaves_the_first(catalogue: Catalogue, tmp_path: Path) -> None:
    a, b = series(tmp_path / "a"), series(tmp_path / "b", name="Other", pid="2")
    add(catalogue, [a])
    first = search(catalogue)[0].uid
    for file in b.iterdir():
        shutil.copy(file, a / file.name)
    (a / "0004.dcm").unlink()
    add(catalogue, [a])
    assert [r.patient_id for r in search(catalogue) if r.uid != first] == ["2"]
    assert counts(catalogue)["patients"] == 2, "one file of the first series is missing, not gone from memory"


def test_a_second_copy_is_no_second_series(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = series(tmp_path / "cd")
    add(catalogue, [folder])
    shutil.copytree(folder, tmp_path / "again")
    done = add(catalogue, [tmp_path / "again"])
    assert (done.series, done.files["duplicate"]) == ([], 5)
    assert (len(search(catalogue)), search(catalogue)[0].status) == (1, "ok")
    shutil.rmtree(folder)
    add(catalogue, [tmp_path / "again"])
    check(catalogue)
    os.utime(tmp_path / "again" / "0000.dcm", ns=(5, 5))
    for file in (tmp_path / "again").iterdir():
        os.utime(file, ns=(5, 5))
    add(catalogue, [tmp_path / "again"])
    assert set(paths_of(catalogue, search(catalogue)[0].uid)) == set((tmp_path / "again").iterdir())


def test_copies_are_kept_once_and_survive_their_source(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = series(tmp_path / "cd")
    add(catalogue, [folder], "link")
    add(catalogue, [folder], "copy")
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    shutil.rmtree(folder)
    row = search(catalogue)[0]
    assert row.copied
    assert {p.read_bytes() for p in paths_of(catalogue, row.uid)} == set(before.values())
    assert check(catalogue).sound
    assert open_series(catalogue, row.uid).status == "ok"
    stored = list(catalogue.store.rglob("*.dcm"))
    assert len(stored) == 5
    assert all(f.stem == hashlib.sha256(f.read_bytes()).hexdigest() for f in stored)


def test_an_archive_is_copied_and_known_again(catalogue: Catalogue, tmp_path: Path, monkeypatch) -> None:
    folder = series(tmp_path / "cd")
    packed = tmp_path / "cd.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"disc/{file.name}")
    done = add(catalogue, [packed])
    assert len(done.series) == 1
    assert search(catalogue)[0].copied
    assert not list(catalogue.workplace.iterdir())
    monkeypatch.setattr(reading, "scan_all", never)
    assert add(catalogue, [packed]).files["unchanged"] == 5
    monkeypatch.undo()
    shutil.rmtree(folder)
    folder.mkdir()
    shutil.copy(packed, folder / "inside.zip")
    with pytest.raises(InputError, match="no DICOM image"):
        add(catalogue, [folder])


def test_words_find_series(catalogue: Catalogue, tmp_path: Path) -> None:
    series(tmp_path / "a", StudyDate="20250301", SeriesDescription="Knee bone", BodyPartExamined="KNEE")
    series(tmp_path / "b", name="Smith^Bo", pid="8", StudyDate="20260301", Modality="MR")
    add(catalogue, [tmp_path])

    def ids(**wanted) -> list[str]:
        return [r.patient_id for r in search(catalogue, Filter(**wanted))]

    assert ids() == ["77", "8"]
    assert ids(words="muller") == ids(words="BONE kn") == ids(body_part="knee") == ["77"]
    assert ids(words="smith ct") == []
    assert ids(modality=("mr",)) == ids(since="2026-01-01") == ["8"]
    assert ids(until="20251231") == ["77"]
    assert ids(words="100% ' or 1=1 --") == []
    with pytest.raises(UsageError, match="no date"):
        Filter(since="1 May")


def test_forgetting_leaves_no_trace_of_the_patient(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = series(tmp_path / "cd" / "Mueller_Ann", name="Traceword^Ann")
    add(catalogue, [folder], "copy")
    other = series(tmp_path / "b", name="Smith^Bo", pid="8")
    add(catalogue, [other])
    row = next(r for r in search(catalogue) if r.patient_id == "77")
    gone = forget(catalogue, row.patient_code)
    assert (gone.series, gone.copies, gone.links) == (1, 5, 0)
    assert list(folder.iterdir()), "the source stays"
    kept = b"".join(p.read_bytes() for p in catalogue.folder.rglob("*") if p.is_file())
    for word in (b"Traceword", b"traceword", b"Mueller_Ann"):
        assert word not in kept
    assert [r.patient_id for r in search(catalogue)] == ["8"]
    for call in (forget, paths_of, open_series):
        with pytest.raises(InputError, match="holds no series") as caught:
            call(catalogue, "1.2.3")
        assert caught.value.code == "catalogue.unknown"


def test_stacks_of_one_series_are_opened_apart(catalogue: Catalogue, tmp_path: Path) -> None:
    uid = generate_uid()
    for n in (1, 2):
        series(
            tmp_path / f"{n}",
            SeriesInstanceUID=uid,
            AcquisitionNumber=str(n),
            StudyInstanceUID="1.2.3",
            FrameOfReferenceUID="1.2.4",
        )
    add(catalogue, [tmp_path])
    rows = search(catalogue)
    if len(rows) == 2:
        assert all(open_series(catalogue, r.uid).uid == r.uid for r in rows)
        with pytest.raises(UsageError, match="several stacks"):
            one(catalogue, uid)
    else:
        assert open_series(catalogue, rows[0].uid).uid == rows[0].uid


def test_a_cancelled_import_goes_on_where_it_was(catalogue, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(adding, "BATCH_FILES", 5)
    for n in range(3):
        series(tmp_path / f"{n}", pid=str(n))
    asked = iter([False] * 12 + [True] * 1000)
    with pytest.raises(Cancelled):
        add(catalogue, [tmp_path], progress=Progress(cancelled=lambda: next(asked)))
    kept = counts(catalogue)["series"]
    assert 0 < kept < 3
    done = add(catalogue, [tmp_path])
    assert done.files["unchanged"] == 5 * kept
    assert counts(catalogue)["series"] == 3


def test_what_a_killed_import_left_is_tidied(catalogue: Catalogue, tmp_path: Path) -> None:
    add(catalogue, [series(tmp_path / "cd")], "copy")
    left = catalogue.store / "ab" / ("ab" * 32 + ".dcm")
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"x")
    assert check(catalogue).stray == (str(left),)
    assert tidy(catalogue) == 0, "it may be an import under way"
    os.utime(left, (0, 0))
    assert tidy(catalogue) == 1
    assert check(catalogue).sound


def test_files_that_are_no_catalogue_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "catalogue.sqlite").write_bytes(b"no database at all, just words" * 40)
    with pytest.raises(StorageError) as caught:
        Catalogue.open(tmp_path / "a")
    assert caught.value.code == "catalogue.damaged"
    made = Catalogue.open(tmp_path / "b")
    with sqlite3.connect(made.file) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StorageError) as caught:
        Catalogue.open(tmp_path / "b")
    assert caught.value.code == "catalogue.newer"
    with sqlite3.connect(tmp_path / "other.sqlite") as db:
        db.execute("PRAGMA user_version = 1")
    db.close()
    (tmp_path / "c").mkdir()
    shutil.move(tmp_path / "other.sqlite", tmp_path / "c" / "catalogue.sqlite")
    with pytest.raises(StorageError, match="another program"):
        Catalogue.open(tmp_path / "c")


def test_odd_file_names_are_no_hindrance(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = series(tmp_path / "cd")
    odd = os.fsdecode(b"odd\xff\x01'\";%.dcm")
    (folder / "0000.dcm").rename(folder / odd)
    add(catalogue, [folder])
    assert folder / odd in paths_of(catalogue, search(catalogue)[0].uid)
    assert add(catalogue, [folder]).files["unchanged"] == 5
