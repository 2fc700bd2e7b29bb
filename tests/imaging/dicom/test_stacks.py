"""One series that holds several stacks: each offered with the reason; copies and localisers are left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_factory import Edit, grid_like, ramp, write_series
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from surgitwin.core.image import ImageGrid
from surgitwin.imaging import Series, load_series, scan

GRID = grid_like()
PLANES = {
    "axial": np.eye(3),
    "coronal": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float).T,
    "sagittal": np.array([[0, 1, 0], [0, 0, -1], [-1, 0, 0]], float).T,
}


def _write(folder: Path, *stacks: Edit, step: int = 100, modality: str = "CT") -> None:
    """Stacks at one place with other values (n * step), all under one series UID."""
    uid = generate_uid()
    for n, edit in enumerate(stacks):

        def both(ds: Dataset, k: int, edit: Edit = edit) -> None:
            ds.SeriesInstanceUID = uid
            edit(ds, k)

        write_series(folder / str(n), ramp(GRID) + 400 + step * n, GRID, edit=both, modality=modality)


def _tag(name: str, value: object) -> Edit:
    return lambda ds, k: setattr(ds, name, value)


def _each(name: str, value: Callable[[int], object]) -> Edit:
    return lambda ds, k: setattr(ds, name, value(k))


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        ("acquisition 2", _tag("AcquisitionNumber", 1), _tag("AcquisitionNumber", 2)),
        ("echo 2", _tag("EchoNumbers", 1), _tag("EchoNumbers", 2)),
        ("echo time 9.2 ms", _tag("EchoTime", "4.6"), _tag("EchoTime", "9.2")),
        ("time point 2", _tag("TemporalPositionIdentifier", 1), _tag("TemporalPositionIdentifier", 2)),
        ("heart phase 75 %", _tag("NominalPercentageOfCardiacPhase", 35.0),
         _tag("NominalPercentageOfCardiacPhase", 75.0)),
        ("b-value 800 s/mm2", _tag("DiffusionBValue", 0.0), _tag("DiffusionBValue", 800.0)),
        ("image type p ffe", _tag("ImageType", ["ORIGINAL", "PRIMARY", "M", "FFE"]),
         _tag("ImageType", ["ORIGINAL", "PRIMARY", "P", "FFE"])),
        ("CT derived primary", _tag("ImageType", ["ORIGINAL", "PRIMARY", "AXIAL"]),
         _tag("ImageType", ["DERIVED", "PRIMARY", "AXIAL"])),
        ("kernel B70", _tag("ConvolutionKernel", "B30"), _tag("ConvolutionKernel", "B70")),
        ("phase 2 of 2", _each("TriggerTime", lambda k: 10.0 + k), _each("TriggerTime", lambda k: 400.0 - k)),
        ("pass 2 of 2", _each("InstanceNumber", lambda k: k + 1), _each("InstanceNumber", lambda k: k + 7)),
    ],
)  # fmt: skip
def test_two_stacks_at_one_place(tmp_path: Path, words: str, first: Edit, second: Edit) -> None:
    _write(tmp_path, first, second)
    found = scan(tmp_path)
    assert [s.status for s in found] == ["choice", "choice"], found[0].hint
    assert [s.code for s in found] == ["dicom.several_stacks"] * 2
    other = next(s for s in found if s.stack == words)
    assert words in other.message
    assert "2 stacks" in other.message
    assert (load_series(other).array == ramp(GRID) + 500).all()
    assert len({s.uid for s in found}) == 2
    assert {s.base_uid for s in found} == {found[0].uid.partition("#")[0]}
    assert not set(found[0].uid) - set("#=,_.+-") - set(map(chr, range(48, 123)))


def test_echoes_of_magnitude_and_phase_are_four_stacks(tmp_path: Path) -> None:
    def kind(letter: str, echo: int) -> Edit:
        def edit(ds: Dataset, k: int) -> None:
            ds.ImageType, ds.EchoNumbers = ["ORIGINAL", "PRIMARY", letter, "FFE"], echo

        return edit

    _write(tmp_path, kind("M", 1), kind("M", 2), kind("P", 1), kind("P", 2), modality="MR")
    found = scan(tmp_path)
    assert len(found) == 4
    assert [s.status for s in found] == ["choice"] * 4
    assert {s.stack for s in found} == {
        f"image type {letter} ffe, echo {n}" for letter in "mp" for n in (1, 2)
    }
    assert sorted(int(load_series(s).array[0, 0, 0]) for s in found) == [100, 200, 300, 400]


def test_each_orientation_is_a_stack_of_its_own(tmp_path: Path) -> None:
    uid = generate_uid()
    for n, direction in enumerate(PLANES.values()):
        grid = ImageGrid((5 + n, 10, 8), GRID.origin_mm, GRID.spacing_mm, direction)
        write_series(
            tmp_path / str(n), ramp(grid), grid, edit=lambda ds, k: setattr(ds, "SeriesInstanceUID", uid)
        )
    found = scan(tmp_path)
    assert [s.stack for s in found] == ["sagittal", "coronal", "axial"]  # the largest first
    assert all("3 stacks that differ in orientation" in s.message for s in found)
    assert [load_series(s).grid.shape[0] for s in found] == [7, 6, 5]


@pytest.mark.parametrize("what", ["image size", "pixel spacing"])
def test_other_sizes_are_stacks_of_their_own(tmp_path: Path, what: str) -> None:
    uid = generate_uid()
    for n in range(2):
        size = (6, 10 + 2 * n, 8) if what == "image size" else GRID.shape
        spacing = (0.8, 0.9, 2.5) if what == "image size" else (0.8 + 0.1 * n, 0.9, 2.5)
        grid = grid_like(size, spacing=spacing)
        write_series(
            tmp_path / str(n), ramp(grid), grid, edit=lambda ds, k: setattr(ds, "SeriesInstanceUID", uid)
        )
    found = scan(tmp_path)
    assert [s.status for s in found] == ["choice", "choice"]
    assert all(f"differ in {what}" in s.message for s in found)


def test_an_odd_picture_beside_a_stack_is_left_out_and_named(tmp_path: Path) -> None:
    def odd(ds: Dataset, k: int) -> None:
        if k == 5:
            ds.ImageType = ["DERIVED", "SECONDARY", "SCREEN"]

    write_series(tmp_path, ramp(GRID), GRID, edit=odd)
    (series,) = scan(tmp_path)
    assert (series.status, len(series.slices)) == ("choice", 5)
    assert "1 single images of other kinds are left out" in series.message
    assert series.problems[-1].files == (str(tmp_path / "0005.dcm"),)


def test_continued_acquisitions_along_one_stack_stay_together(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(GRID), GRID, edit=_each("AcquisitionNumber", lambda k: 1 + k // 3))
    (series,) = scan(tmp_path)
    assert (series.status, len(series.slices)) == ("ok", 6)


def test_values_that_differ_at_every_slice_do_not_tell_stacks_apart(tmp_path: Path) -> None:
    _write(tmp_path, _each("EchoTime", lambda k: 1.0 + k), _each("EchoTime", lambda k: 21.0 + k))
    found = scan(tmp_path)
    assert len(found) == 1
    assert found[0].code == "dicom.duplicate_slices"


def _said(series: Series) -> str:
    assert series.status == "ok", series.hint
    return " ".join(series.notes)


def test_a_copied_file_is_left_out_and_named(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    (tmp_path / "copy.dcm").write_bytes(files[3].read_bytes())
    (series,) = scan(tmp_path)
    assert f"1 copies of slices are left out: {tmp_path.name}/copy.dcm" in _said(series)
    assert (load_series(series).array == ramp(GRID)).all()


def test_a_copy_that_was_cut_off_gives_way_to_the_whole_one(tmp_path: Path) -> None:
    files = write_series(tmp_path / "good", ramp(GRID), GRID)
    (tmp_path / "bad").mkdir()
    whole = files[3].read_bytes()
    (tmp_path / "bad" / files[3].name).write_bytes(whole[:-200])
    (series,) = scan(tmp_path)
    assert f"1 damaged copies of slices are left out: bad/{files[3].name}" in _said(series)
    assert (load_series(series).array == ramp(GRID)).all()
    files[3].unlink()
    assert scan(tmp_path)[0].status == "refused"  # without a whole one it stays a fault


def test_the_same_pixels_under_another_uid_are_a_copy(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    for n in (0, 4):
        twin = pydicom.dcmread(files[n])
        twin.SOPInstanceUID = generate_uid()
        twin.save_as(tmp_path / f"twin{n}.dcm")
    (series,) = scan(tmp_path)
    assert "2 copies" in _said(series)


def test_a_folder_copied_as_a_whole(tmp_path: Path) -> None:
    for file in write_series(tmp_path / "a", ramp(GRID), GRID):
        (tmp_path / "b").mkdir(exist_ok=True)
        (tmp_path / "b" / file.name).write_bytes(file.read_bytes())
    (series,) = scan(tmp_path)
    assert "6 copies" in _said(series)
    assert len(series.slices) == 6


def test_one_uid_for_all_slices_does_not_make_them_copies(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(GRID), GRID, edit=_tag("SOPInstanceUID", "1.2.3.4"))
    (series,) = scan(tmp_path)
    assert (series.status, len(series.slices), series.notes) == ("ok", 6, ())


def test_the_same_pixels_with_another_rescale_are_no_copy(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    twin = pydicom.dcmread(files[2])
    twin.RescaleIntercept = "-1000"
    twin.save_as(tmp_path / "twin.dcm")
    (series,) = scan(tmp_path)
    assert series.code == "dicom.duplicate_slices"
