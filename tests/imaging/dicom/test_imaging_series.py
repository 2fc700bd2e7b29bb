"""What a good series says, in any order, orientation and storage; and the volume that comes of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from dicom_factory import FEET_FIRST, grid_like, ramp, write_series
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from surgitwin.core.errors import Cancelled
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.core.progress import Event, Progress
from surgitwin.imaging import (
    crop,
    from_sitk,
    load_series,
    read_labels,
    scan,
    to_sitk,
    write_labels,
)

CONTRACT = {
    "uid": str, "modality": str, "description": str, "shape": list, "spacing_mm": list, "direction": list,
    "origin_lps_mm": list, "tilt_deg": float, "gaps": list, "status": str, "code": str, "hint": str,
    "files": list,
}  # fmt: skip

ORIENTATIONS = {
    "head first": np.eye(3),
    "feet first": np.array(FEET_FIRST, float).T,
    "sagittal": np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]], float),
    "oblique": grid_like(rotvec=(0.4, -0.7, 1.1)).direction,
}


def _load(folder: Path) -> Volume:
    (series,) = scan(folder)
    assert series.status == "ok", series.hint
    return load_series(series)


def _with_itk(files: list[Path]) -> sitk.Image:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(f) for f in files])
    return reader.Execute()


def test_fields_of_the_contract(tmp_path: Path) -> None:
    grid = grid_like()
    files = write_series(tmp_path, ramp(grid), grid)
    (series,) = scan(tmp_path)
    fields = json.loads(json.dumps(series.as_dict()))
    assert {name: type(fields[name]) for name in CONTRACT} == CONTRACT
    assert fields["shape"] == [6, 10, 8]
    assert fields["spacing_mm"] == pytest.approx([2.5, 0.9, 0.8])
    assert fields["direction"] == pytest.approx(np.eye(3).ravel().tolist())
    assert fields["origin_lps_mm"] == pytest.approx(grid.origin_mm.tolist())
    assert fields["files"] == [str(f) for f in files]
    assert (fields["status"], fields["code"], fields["gaps"]) == ("ok", "", [])
    assert (fields["body_weight_kg"], fields["kvp"], fields["kernel"]) == (68.5, 120.0, "B30")


def test_neither_name_nor_id_of_the_patient_is_kept(tmp_path: Path) -> None:
    grid = grid_like()
    write_series(tmp_path, ramp(grid), grid)
    (series,) = scan(tmp_path)
    kept = json.dumps({**series.as_dict(), "files": []}) + json.dumps(dict(load_series(series).meta))
    assert "Secret" not in kept
    assert "ID-4711" not in kept  # (digits alone may stand in a UID)
    assert series.patient_code


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_same_as_simpleitk(tmp_path: Path, name: str) -> None:
    base = grid_like()
    grid = ImageGrid(base.shape, base.origin_mm, base.spacing_mm, ORIENTATIONS[name])
    files = write_series(tmp_path, ramp(grid), grid)
    volume = _load(tmp_path)
    other = from_sitk(_with_itk(files))
    assert volume.array.dtype == np.int16
    assert (volume.array == other.array).all()
    assert volume.grid.affine == pytest.approx(other.grid.affine, abs=1e-9)
    assert volume.grid.affine == pytest.approx(grid.affine, abs=1e-9)


def test_a_stack_that_runs_against_its_normal_is_turned(tmp_path: Path) -> None:
    base = grid_like(rotvec=(0.2, 0.1, -0.4))
    mirrored = base.direction * (1, 1, -1)
    grid = ImageGrid(base.shape, base.origin_mm, base.spacing_mm, mirrored)
    values = ramp(grid)
    write_series(tmp_path, values, grid)
    volume = _load(tmp_path)
    assert np.linalg.det(volume.grid.direction) == pytest.approx(1)
    assert (volume.array == values[::-1]).all()
    first = grid.index_to_lps((0, 0, grid.shape[0] - 1))
    assert volume.grid.origin_mm == pytest.approx(first)
    assert volume.grid.index_to_lps((3, 2, 1)) == pytest.approx(grid.index_to_lps((3, 2, grid.shape[0] - 2)))


@given(order=st.permutations(range(6)))
def test_the_order_of_files_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    grid = grid_like(rotvec=(0.3, 0.0, 0.9))
    folder = tmp_path_factory.mktemp("shuffled")
    write_series(folder, ramp(grid), grid, names=[f"I{n}" for n in order])
    volume = _load(folder)
    assert (volume.array == ramp(grid)).all()
    assert volume.grid.affine == pytest.approx(grid.affine, abs=1e-9)


@given(
    rotvec=st.tuples(*[st.floats(-3, 3)] * 3),
    ijk=st.tuples(*[st.floats(-50, 500)] * 3),
)
def test_affine_round_trip(rotvec: tuple[float, ...], ijk: tuple[float, ...]) -> None:
    grid = grid_like(rotvec=rotvec)
    assert grid.lps_to_index(grid.index_to_lps(ijk)) == pytest.approx(np.array(ijk), abs=1e-8)
    image = to_sitk(Volume(np.zeros(grid.shape, np.int16), grid))
    point = image.TransformContinuousIndexToPhysicalPoint(ijk)
    assert grid.index_to_lps(ijk) == pytest.approx(np.array(point), abs=1e-9)


def test_rescale_of_each_slice(tmp_path: Path) -> None:
    grid = grid_like()
    values = 2 * ramp(grid)
    write_series(
        tmp_path,
        values,
        grid,
        slopes=[1, 2, 1, 2, 1, 1],
        intercepts=[-1024, -1000, 0 - 2000, -1024, -1024, -900],
    )
    volume = _load(tmp_path)
    assert volume.array.dtype == np.int16
    assert (volume.array == values).all()


def test_fractions_are_kept_as_float(tmp_path: Path) -> None:
    grid = grid_like()
    values = ramp(grid) * 0.5
    write_series(tmp_path, values, grid, slopes=[1, 1, 1, 0.5, 0.5, 0.5], intercepts=-1000)
    volume = _load(tmp_path)
    assert volume.array.dtype == np.float32
    assert (volume.array[3:] == values[3:].astype(np.float32)).all()
    assert np.abs(volume.array[:3] - values[:3]).max() <= 0.5


def test_padding_becomes_air(tmp_path: Path) -> None:
    grid = grid_like()
    values = ramp(grid)
    values[:, 0, :] = -2000

    def pad(ds: pydicom.Dataset, k: int) -> None:
        ds.add_new("PixelPaddingValue", "US", 48)

    write_series(tmp_path, values, grid, intercepts=-2048, edit=pad)
    volume = _load(tmp_path)
    assert (volume.array[:, 0, :] == -1000).all()
    assert (volume.array[:, 1:, :] == values[:, 1:, :]).all()
    assert volume.meta["padded_voxels"] == 6 * 8


def test_padding_with_a_value_of_tissue_is_not_believed(tmp_path: Path) -> None:
    grid = grid_like()

    def pad(ds: pydicom.Dataset, k: int) -> None:
        ds.add_new("PixelPaddingValue", "US", 1024)  # 0 HU: water

    write_series(tmp_path, ramp(grid), grid, edit=pad)
    volume = _load(tmp_path)
    assert (volume.array == ramp(grid)).all()
    assert volume.meta["padded_voxels"] == 0


def test_overlay_in_unused_bits_is_dropped(tmp_path: Path) -> None:
    grid = grid_like()

    def overlay(ds: pydicom.Dataset, k: int) -> None:
        ds.BitsStored, ds.HighBit = 12, 11
        ds.PixelData = (np.frombuffer(ds.PixelData, "<u2") | 0x8000).astype("<u2").tobytes()

    write_series(tmp_path, ramp(grid), grid, edit=overlay)
    assert (_load(tmp_path).array == ramp(grid)).all()


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless]
)
def test_transfer_syntaxes(tmp_path: Path, syntax: pydicom.uid.UID) -> None:
    grid = grid_like()

    def encode(ds: pydicom.Dataset, k: int) -> None:
        if syntax == RLELossless:
            ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
            ds.compress(RLELossless)
        elif syntax == ExplicitVRBigEndian:
            ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
            ds["PixelData"].VR = "OW"

    write_series(tmp_path, ramp(grid), grid, syntax=syntax, edit=encode)
    assert (_load(tmp_path).array == ramp(grid)).all()


@pytest.mark.parametrize("name", ["JPEG2000_LOSSLESS", "jpeg_ls_lossless", "RLE", "bigendian"])
def test_decoders_agree_with_the_uncompressed_twin(name: str) -> None:
    from pydicom.data import get_testdata_file

    from surgitwin.imaging.dicom.decoding import decode
    from surgitwin.imaging.dicom.source import Source

    twin = {"JPEG2000_LOSSLESS": "jp2klossless"}.get(name, name)
    first = Path(str(get_testdata_file("MR_small.dcm")))
    other = Path(str(get_testdata_file(f"MR_small_{twin}.dcm")))
    plain = decode(Source(first, first.stat().st_size))[1]
    packed = decode(Source(other, other.stat().st_size))[1]
    assert (plain == packed).all()


def test_mr_has_no_hounsfield_units(tmp_path: Path) -> None:
    grid = grid_like()
    write_series(tmp_path, ramp(grid) + 400, grid, modality="MR")
    volume = _load(tmp_path)
    assert (volume.modality, volume.unit) == ("MR", "1")


def test_zip_and_nested_folders(tmp_path: Path) -> None:
    grid = grid_like()
    files = write_series(tmp_path / "a" / "b", ramp(grid), grid)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        for file in files:
            archive.write(file, f"x/{file.name}")
    assert _load(tmp_path / "study.zip").hash == _load(tmp_path / "a").hash


def test_several_series_are_told_apart(tmp_path: Path) -> None:
    for n in range(3):
        write_series(tmp_path, ramp(grid_like()), grid_like(), names=[f"{n}_{k}" for k in range(6)])
    assert [s.status for s in scan(tmp_path)] == ["ok"] * 3


def test_first_window_of_the_header_is_kept(tmp_path: Path) -> None:
    grid = grid_like()

    def two_windows(dataset: pydicom.Dataset, _k: int) -> None:
        dataset.WindowCenter, dataset.WindowWidth = ["300", "40"], ["1500", "400"]

    write_series(tmp_path / "with", ramp(grid), grid, edit=two_windows)
    write_series(tmp_path / "without", ramp(grid), grid)
    meta, bare = (_load(tmp_path / name).meta for name in ("with", "without"))
    assert (meta["window_center"], meta["window_width"]) == (300.0, 1500.0)
    assert (bare["window_center"], bare["window_width"]) == (None, None)


def test_the_phase_of_the_heart_is_carried(tmp_path: Path) -> None:
    grid = grid_like()
    files = write_series(tmp_path, ramp(grid), grid)
    assert _load(tmp_path).meta["cardiac_phase_percent"] is None
    for file in files:
        dataset = pydicom.dcmread(file)
        dataset.NominalPercentageOfCardiacPhase = 35.0
        dataset.save_as(file)
    assert _load(tmp_path).meta["cardiac_phase_percent"] == 35.0


def test_loading_reports_and_can_be_cancelled(tmp_path: Path) -> None:
    grid = grid_like()
    write_series(tmp_path, ramp(grid), grid)
    (series,) = scan(tmp_path)
    events: list[Event] = []
    load_series(series, Progress(events.append))
    assert [e.fraction for e in events] == pytest.approx([0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    seen: list[Event] = []
    with pytest.raises(Cancelled):
        load_series(series, Progress(seen.append, lambda: len(seen) == 3))
    assert len(seen) == 3


def test_labels_keep_their_meaning(tmp_path: Path) -> None:
    grid = grid_like(rotvec=(1, 2, 3))
    segments = (Segment(1, "femur", "71341001", (0.9, 0.8, 0.7)), Segment(2, "canal é\\n", "1", (0, 0, 1)))
    labels = LabelMap((ramp(grid) % 3).astype(np.uint8), grid, segments)
    write_labels(labels, tmp_path / "l.nrrd")
    again = read_labels(tmp_path / "l.nrrd")
    assert again.hash == labels.hash
    assert again.segments == segments
    assert b"Not for clinical use" in (tmp_path / "l.nrrd").read_bytes()


def test_crop_keeps_places() -> None:
    grid = grid_like(rotvec=(0.1, 0.2, 0.3))
    part = crop(Volume(ramp(grid), grid), (1, 2, 3), (4, 99, 6))
    assert part.array.shape == (3, 8, 3)
    assert part.grid.index_to_lps((0, 0, 0)) == pytest.approx(grid.index_to_lps((3, 2, 1)))
    assert part.array[0, 0, 0] == ramp(grid)[1, 2, 3]
    with pytest.raises(ValueError, match="holds no voxel"):
        crop(part, (5, 0, 0), (6, 1, 1))
