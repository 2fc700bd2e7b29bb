"""Thumbnails and previews of series, and who the patient is said to be while one chooses."""

from __future__ import annotations

from pathlib import Path

import dicom_factory as factory
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from surgitwin.core.errors import Cancelled, InputError
from surgitwin.core.image import ImageGrid
from surgitwin.core.progress import Progress
from surgitwin.imaging import load_series, scan
from surgitwin.imaging.dicom.scanner import scan_all
from surgitwin.imaging.dicom.source import Source
from surgitwin.imaging.dicom.thumbnail import (
    PREVIEW_PX,
    grey,
    preview,
    thumbnail,
    thumbnail_of,
    to_body,
    window_of,
)


def marked(direction: np.ndarray) -> tuple[np.ndarray, ImageGrid]:
    """Air, with bone where LPS x, y and z are all above the centre (left, behind, above)."""
    shape = (20, 24, 30)
    grid = ImageGrid(shape, (10.0, -20.0, 300.0), (2.0, 1.0, 1.5), direction)
    k, j, i = np.indices(shape)
    points = grid.index_to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    middle = grid.index_to_lps((np.array(shape[::-1]) - 1) / 2)
    inside = (points > middle - 5).all(axis=1).reshape(shape)
    return np.where(inside, 1200, -1000).astype(np.int16), grid


@pytest.mark.parametrize(
    "direction",
    [np.eye(3), np.array(factory.FEET_FIRST, float), Rotation.from_euler("x", 90, degrees=True).as_matrix(),
     Rotation.from_euler("xyz", [80, 10, 95], degrees=True).as_matrix()],
    ids=["head-first", "feet-first", "coronal", "oblique"],
)  # fmt: skip
def test_preview_is_held_as_a_radiologist_holds_it(tmp_path: Path, direction: np.ndarray) -> None:
    array, grid = marked(direction)
    factory.write_series(tmp_path, array, grid)
    (series,) = scan(tmp_path)
    body, _ = to_body(array, grid.direction, grid.spacing_mm[::-1])
    assert np.median(body[-4:, -4:, -4:]) == 1200, "z up, y behind, x left are the high ends"
    assert np.median(body[:4, :4, :4]) == -1000
    seen = preview(series)
    for picture, corner in ((seen.axial, (-1, -1)), (seen.coronal, (0, -1)), (seen.sagittal, (0, -1))):
        high, wide = picture.shape
        quarter = picture[: high // 4] if corner[0] == 0 else picture[-(high // 4) :]
        assert quarter[:, -(wide // 4) :].mean() > quarter[:, : wide // 4].mean() + 60
        assert max(picture.shape) == PREVIEW_PX


def test_preview_keeps_the_proportions_and_reads_few_slices(tmp_path: Path, monkeypatch) -> None:
    grid = ImageGrid((500, 12, 10), (0, 0, 0), (4.0, 2.0, 1.0), np.eye(3))
    factory.write_series(tmp_path, np.zeros(grid.shape, np.int16), grid)
    (series,) = scan(tmp_path)
    read = []

    real = Source.open
    monkeypatch.setattr(Source, "open", lambda self: read.append(self) or real(self))
    seen = preview(series)
    assert len(read) <= PREVIEW_PX
    assert seen.size_mm == pytest.approx((40, 24, 501), rel=0.01)
    assert seen.coronal.shape[1] / seen.coronal.shape[0] == pytest.approx(40 / 500, abs=0.01)
    assert seen.axial.shape == (round(PREVIEW_PX * 24 / 40), PREVIEW_PX)
    read.clear()
    assert thumbnail(series).shape == (round(96 * 24 / 40), 96)
    assert len(read) == 1


def test_preview_can_be_stopped(tmp_path: Path) -> None:
    grid = factory.grid_like()
    factory.write_series(tmp_path, factory.ramp(grid), grid)
    (series,) = scan(tmp_path)
    with pytest.raises(Cancelled):
        preview(series, Progress(cancelled=lambda: True))


def test_thumbnail_uses_the_window_of_the_header(tmp_path: Path) -> None:
    grid = factory.grid_like((3, 40, 40))
    array = np.full(grid.shape, 100, np.int16)

    def window(dataset, _k: int) -> None:
        dataset.WindowWidth, dataset.WindowCenter = "400", "100"

    factory.write_series(tmp_path / "a", array, grid, edit=window)
    (series,) = scan(tmp_path / "a")
    assert np.unique(thumbnail(series)).tolist() == [127]
    assert np.array_equal(thumbnail(series), thumbnail_of(load_series(series)))
    assert not thumbnail(series).flags.writeable


def test_window_without_header() -> None:
    assert window_of((None, None), "CT", "HU", np.zeros(3))[0] > 500  # the preset for bone
    width, level = window_of((None, None), "MR", "1", np.arange(101.0))
    assert (width, level) == (98.0, 50.0)
    assert window_of((None, None), "MR", "1", np.zeros(9))[0] == 1.0
    assert grey(np.array([-1000, 0, 1000]), (1000, 0)).tolist() == [0, 127, 255]


def test_a_refused_series_says_why_it_has_no_preview(tmp_path: Path) -> None:
    grid = factory.grid_like()
    for file in factory.write_series(tmp_path, factory.ramp(grid), grid)[2:3]:
        file.unlink()
    (series,) = scan(tmp_path)
    assert series.status == "refused"
    assert thumbnail(series).shape == (96, 96 * 64 // 90)  # one slice can still be seen
    with pytest.raises(InputError, match="slice"):
        preview(series)


def test_identity_is_for_the_eyes_only(tmp_path: Path) -> None:
    grid = factory.grid_like()

    def study(dataset, _k: int) -> None:
        dataset.StudyDescription, dataset.SeriesNumber, dataset.StudyDate = "CT thigh", 4, "20260102"
        dataset.PatientBirthDate = "19600405"

    factory.write_series(tmp_path, factory.ramp(grid), grid, edit=study)
    (series,) = scan(tmp_path)
    who = series.identity
    assert (who.name, who.patient_id, who.birth_date) == ("Secret, Person", "ID-4711", "19600405")
    assert (series.study_description, series.number, series.study_date) == ("CT thigh", 4, "20260102")
    told = repr(series) + repr(series.as_dict())
    for secret in ("Secret", "ID-4711", "19600405"):
        assert secret not in told


def test_several_places_are_scanned_as_one(tmp_path: Path) -> None:
    grid = factory.grid_like()
    files = factory.write_series(tmp_path / "a", factory.ramp(grid), grid)
    factory.write_series(tmp_path / "b", factory.ramp(grid), grid)
    found = scan_all([tmp_path / "a", tmp_path / "b", files[0]])
    assert sorted(len(s.slices) for s in found.series) == [6, 6]
