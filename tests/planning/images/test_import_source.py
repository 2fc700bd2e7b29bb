"""Looking at what was dropped: folders, files and archives together, with words and small pictures."""

from __future__ import annotations

import zipfile
from pathlib import Path

import dicom_factory as factory
import pytest

from surgitwin.core.errors import Cancelled, InputError
from surgitwin.core.progress import Progress
from surgitwin.planning.images.new_case import case_from_series
from surgitwin.planning.images.origin import import_facts
from surgitwin.planning.images.source import look


def series(folder: Path, **more) -> list[Path]:
    grid = factory.grid_like()
    return factory.write_series(folder, factory.ramp(grid), grid, **more)


def zipped(folder: Path, packed: Path) -> Path:
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*.dcm")):
            archive.write(file, file.relative_to(folder.parent))
    return packed


def test_folder_and_archive_are_looked_at_together(tmp_path: Path) -> None:
    series(tmp_path / "a")
    series(tmp_path / "b")
    (tmp_path / "a" / "notes.txt").write_text("no image")
    packed = zipped(tmp_path / "b", tmp_path / "b.zip")
    seen: list[float] = []
    progress = Progress(lambda e: seen.append(e.fraction) if e.fraction is not None else None)
    found = look([tmp_path / "a", packed], tmp_path / "place", progress)
    assert found.where == "a, b.zip"
    assert found.words == "2 series found."
    assert found.left == "Left aside: 1 file with no DICOM image."
    assert set(found.thumbnails) == {r.series.uid for r in found.rows}
    assert found.best in found.rows
    assert seen == sorted(seen), "progress never goes back"
    assert seen[-1] == 1.0
    inside = [r for r in found.rows if "place" in r.series.slices[0].name]
    case = case_from_series(tmp_path / "x.twin", inside[0].series)
    assert case.volume.grid.shape == (6, 10, 8)


def test_words_for_what_cannot_be_used(tmp_path: Path) -> None:
    files = series(tmp_path / "a")
    files[2].unlink()
    assert "cannot be used" in look([tmp_path / "a"], tmp_path / "place").words
    series(tmp_path / "b")[1].unlink()
    both = look([tmp_path], tmp_path / "place")
    assert both.words.startswith("None of the 2 series")
    assert both.best is None
    series(tmp_path / "c")
    assert look([tmp_path], tmp_path / "place").words == "3 series found, 1 can be used."


def test_a_series_without_pixels_has_no_picture(tmp_path: Path) -> None:
    def bare(dataset, _k: int) -> None:
        del dataset.PixelData

    series(tmp_path / "a", edit=bare)
    found = look([tmp_path / "a"], tmp_path / "place")
    assert found.thumbnails == {}
    assert not found.rows[0].usable


def test_errors_and_cancel_come_through(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no files"):
        look([tmp_path / "empty"], tmp_path / "place")
    series(tmp_path / "a")
    with pytest.raises(Cancelled):
        look([tmp_path / "a"], tmp_path / "place", Progress(cancelled=lambda: True))


def test_facts_of_a_case_are_coded_and_in_words(tmp_path: Path) -> None:
    def known(dataset, _k: int) -> None:
        dataset.PatientSex, dataset.PatientAge, dataset.SeriesDate = "M", "045Y", "20260102"

    series(tmp_path / "a", edit=known)
    (row,) = look([tmp_path / "a"], tmp_path / "place").rows
    lines = import_facts(case_from_series(tmp_path / "x.twin", row.series))
    assert lines[0] == "x"
    assert lines[1] == "CT phantom, taken 2 January 2026, 6 slices 2.50 mm apart, pixel 0.80 mm"
    assert lines[2].startswith("Patient P-")
    assert lines[2].endswith("male, 45 years, 68.5 kg from the image header")
    assert "Secret" not in " ".join(lines)
