"""DICOMDIR as an index: listed files, missing ones, paths that lead outside, files that it does not list."""

from __future__ import annotations

import shutil
from pathlib import Path

import pydicom
import pytest
from dicom_factory import grid_like, ramp, write_series
from pydicom.data import get_testdata_file
from pydicom.fileset import FileSet

from surgitwin.core.errors import InputError
from surgitwin.imaging import load_series, scan_all

GRID = grid_like()


def _disc(folder: Path, count: int = 1) -> Path:
    """A disc with `count` series, as pydicom writes it; returns the path of its DICOMDIR."""
    index = FileSet()
    for n in range(count):
        for file in write_series(folder / "raw" / str(n), ramp(GRID) + n, GRID):
            ds = pydicom.dcmread(file)
            ds.StudyDate, ds.StudyTime, ds.StudyID, ds.SeriesNumber = "20260101", "120000", "1", n + 1
            index.add(ds)
    held = index._stage["t"]  # pydicom leaves its temporary folder to the garbage collector
    index.write(folder / "disc")
    for place in (held, index._stage["t"]):
        place.cleanup()
    shutil.rmtree(folder / "raw")
    return folder / "disc" / "DICOMDIR"


def _images(disc: Path) -> list[Path]:
    return sorted(p for p in disc.parent.rglob("*") if p.is_file() and p != disc)


def test_the_listed_files_are_read(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    found = scan_all(disc)
    (series,) = found.series
    assert (series.status, len(series.slices), found.notes) == ("ok", 6, ())
    assert (load_series(series).array == ramp(GRID)).all()
    assert [s.uid for s in scan_all(disc.parent).series] == [series.uid]


def test_a_missing_file_is_named_and_makes_a_choice(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    last = max(_images(disc), key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2]))
    last.unlink()  # the end of the stack: no gap would tell
    for path in (disc, disc.parent):
        (series,) = scan_all(path).series
        assert (series.status, series.code) == ("choice", "dicom.missing_files")
        (problem,) = series.problems
        assert problem.files == (last.relative_to(disc.parent).as_posix(),)
        assert load_series(series).grid.shape[0] == 5


def test_a_whole_series_that_is_missing_is_named(tmp_path: Path) -> None:
    disc = _disc(tmp_path, count=2)
    gone = [p for p in _images(disc) if pydicom.dcmread(p).SeriesNumber == 2]
    for file in gone:
        file.unlink()
    found = scan_all(disc)
    assert [s.status for s in found.series] == ["ok"]
    (note,) = found.notes
    assert "1 series with 6 files that are not there" in note
    assert gone[0].name in note


def test_files_that_the_index_does_not_list_are_left_out_and_said(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    write_series(disc.parent / "EXTRA", ramp(GRID), GRID)
    found = scan_all(disc)
    assert len(found.series) == 1
    assert "6 files beside the DICOMDIR are not listed" in found.notes[0]
    assert len(scan_all(disc.parent).series) == 2


def test_a_copy_with_other_names_misses_nothing(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    for n, file in enumerate(_images(disc)):
        file.rename(disc.parent / f"renamed{n}.dcm")
    for path in (disc, disc.parent):
        found = scan_all(path)
        assert [s.status for s in found.series] == ["ok"]
        assert found.notes == ()


def test_names_are_found_whatever_their_case_and_version(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    for file in _images(disc):
        file.rename(file.with_name(file.name.lower() + ";1"))
    (series,) = scan_all(disc).series
    assert (series.status, len(series.slices)) == ("ok", 6)


@pytest.mark.filterwarnings("ignore:.*Invalid value for VR CS")
def test_paths_that_lead_outside_are_not_followed(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    secret = write_series(tmp_path / "elsewhere", ramp(GRID), GRID)
    index = pydicom.dcmread(disc)
    images = [r for r in index.DirectoryRecordSequence if "ReferencedFileID" in r]
    images[0].ReferencedFileID = ["..", "elsewhere", secret[0].name]
    images[1].ReferencedFileID = str(secret[1])
    index.save_as(disc)
    found = scan_all(disc)
    assert any("2 paths outside its folder, which are not followed" in note for note in found.notes)
    assert all(Path(f).is_relative_to(disc.parent) for s in found.series for f in s.files)


@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-reordered", "DICOMDIR-nooffset", "DICOMDIR-implicit"])
def test_indices_of_pydicom(tmp_path: Path, name: str) -> None:
    root = Path(str(get_testdata_file("DICOMDIR"))).parent
    disc = tmp_path / "disc"
    shutil.copytree(root / "77654033", disc / "77654033")
    shutil.copy(root / name, disc / "DICOMDIR")
    found = scan_all(disc / "DICOMDIR")
    assert len(found.series) == 4
    assert "9 series with 24 files that are not there" in found.notes[0], found.notes
    assert not any(s.code == "dicom.missing_files" for s in found.series)


@pytest.mark.parametrize("content", [b"", b"no index", bytes(128) + b"DICM" + bytes(200)])
def test_an_index_that_cannot_be_read_stands_for_its_folder(tmp_path: Path, content: bytes) -> None:
    write_series(tmp_path, ramp(GRID), GRID)
    (tmp_path / "DICOMDIR").write_bytes(content)
    (series,) = scan_all(tmp_path / "DICOMDIR").series
    assert len(series.slices) == 6


def test_an_index_alone(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    for file in _images(disc):
        file.unlink()
    with pytest.raises(InputError) as error:
        scan_all(disc)
    assert error.value.code == "dicom.none_found"
