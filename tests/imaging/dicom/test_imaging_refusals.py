"""Every fault of a series is named by its code, with the files and a next step; nothing is loaded."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_factory import grid_like, ramp, write_series
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from scipy.spatial.transform import Rotation

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid
from surgitwin.imaging import Series, load_series, scan, scan_all
from surgitwin.imaging.dicom.decoding import decode
from surgitwin.imaging.dicom.source import Source

GRID = grid_like()


def _one(folder: Path) -> Series:
    (series,) = scan(folder)
    return series


def _refused(folder: Path, code: str, *files: Path) -> Series:
    series = _one(folder)
    assert series.status == "refused", series.as_dict()
    assert code in [p.code for p in series.problems], series.hint
    problem = next(p for p in series.problems if p.code == code)
    assert problem.hint
    assert problem.hint in series.hint
    assert {Path(f).name for f in problem.files} >= {f.name for f in files}
    with pytest.raises(InputError) as error:
        load_series(series)
    assert error.value.code == series.code
    return series


def _set(tag: str, value: object, only: int | None = None):
    def edit(ds: Dataset, k: int) -> None:
        if only is None or k == only:
            setattr(ds, tag, value)

    return edit


def _drop(*tags: str):
    def edit(ds: Dataset, k: int) -> None:
        for tag in tags:
            del ds[tag]

    return edit


def test_missing_slices_name_the_neighbours(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    files[2].unlink()
    series = _refused(tmp_path, "dicom.missing_slices", files[1], files[3])
    assert series.code == "dicom.missing_slices"
    (gap,) = series.gaps
    assert gap["missing"] == 1
    assert gap["to_mm"] - gap["from_mm"] == pytest.approx(5.0)
    assert series.as_dict()["spacing_mm"][0] == pytest.approx(2.5)


def test_several_missing_slices(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    for lost in (1, 2):
        files[lost].unlink()
    (gap,) = _refused(tmp_path, "dicom.missing_slices", files[0], files[3]).gaps
    assert gap["missing"] == 2


def test_another_slice_at_one_place_is_a_duplicate(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    other = pydicom.dcmread(files[3])
    other.SOPInstanceUID, other.PixelData = generate_uid(), other.PixelData[::-1]
    other.save_as(tmp_path / "other.dcm")
    series = _refused(tmp_path, "dicom.duplicate_slices", files[3], tmp_path / "other.dcm")
    assert series.code == "dicom.duplicate_slices"


def test_uneven_spacing(tmp_path: Path) -> None:
    def shift(ds: Dataset, k: int) -> None:
        if k == 3:
            ds.ImagePositionPatient[2] += 0.9

    write_series(tmp_path, ramp(GRID), GRID, edit=shift)
    series = _refused(tmp_path, "dicom.uneven_spacing")
    assert series.code == "dicom.uneven_spacing"
    assert "1.6" in series.message


def test_rounded_positions_are_even(tmp_path: Path) -> None:
    def rounded(ds: Dataset, k: int) -> None:
        ds.ImagePositionPatient[2] = round(float(ds.ImagePositionPatient[2]), 1)

    grid = grid_like(spacing=(0.8, 0.9, 1.25))
    write_series(tmp_path, ramp(grid), grid, edit=rounded)
    assert _one(tmp_path).status == "ok"


@pytest.mark.parametrize("tilt_deg", [18.5, -7.0])
def test_gantry_tilt_is_reported(tmp_path: Path, tilt_deg: float) -> None:
    tilted = Rotation.from_euler("x", tilt_deg, degrees=True).as_matrix()
    tilted[:, 2] = (0, 0, 1)  # the table moves along z, the slices lean
    grid = ImageGrid(GRID.shape, GRID.origin_mm, GRID.spacing_mm, tilted)
    write_series(tmp_path, ramp(grid), grid)
    series = _one(tmp_path)
    assert (series.status, series.code) == ("choice", "dicom.sheared")
    with pytest.raises(InputError) as error:
        load_series(series)
    assert error.value.code == "dicom.sheared"
    assert "--resample" in error.value.hint
    assert series.tilt_deg == pytest.approx(abs(tilt_deg), abs=1e-6)


def test_one_slice(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    series = _refused(files[0], "dicom.one_slice", files[0])
    assert series.as_dict()["shape"] is None
    assert series.as_dict()["reason"] == "dicom.one_slice"


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("dicom.mixed_orientation", _set("ImageOrientationPatient", [0, 1, 0, 0, 0, 1], only=1)),
        ("dicom.mixed_pixel_spacing", _set("PixelSpacing", [0.5, 0.5], only=1)),
        ("dicom.mixed_modality", _set("Modality", "MR", only=1)),
        ("dicom.mixed_type", _set("ImageType", ["DERIVED", "SECONDARY", "AXIAL"], only=1)),
        ("dicom.no_geometry", _set("ImageOrientationPatient", [1, 0, 0, 1, 0, 0], only=1)),
        ("dicom.no_rescale", _set("RescaleSlope", "0", only=1)),
        ("dicom.multiframe", _set("NumberOfFrames", 2, only=1)),
    ],
)  # fmt: skip
def test_a_slice_that_differs_is_named(tmp_path: Path, code: str, edit) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID, edit=edit)
    _refused(tmp_path, code, files[1])


def test_mixed_sizes(tmp_path: Path) -> None:
    def crop(ds: Dataset, k: int) -> None:
        if k == 4:
            ds.Rows, ds.PixelData = 5, ds.PixelData[: len(ds.PixelData) // 2]

    files = write_series(tmp_path, ramp(GRID), GRID, edit=crop)
    _refused(tmp_path, "dicom.mixed_size", files[4])


@pytest.mark.parametrize(
    ("code", "tags"),
    [
        ("dicom.no_geometry", ("ImagePositionPatient",)),
        ("dicom.no_geometry", ("ImageOrientationPatient",)),
        ("dicom.no_geometry", ("PixelSpacing",)),
        ("dicom.no_rescale", ("RescaleSlope",)),
        ("dicom.no_rescale", ("RescaleIntercept",)),
        ("dicom.not_an_image", ("PixelData",)),
    ],
)
def test_missing_tags(tmp_path: Path, code: str, tags: tuple[str, ...]) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID, edit=_drop(*tags))
    _refused(tmp_path, code, *files)


def test_colour(tmp_path: Path) -> None:
    def paint(ds: Dataset, k: int) -> None:
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
        ds.PixelData = ds.PixelData * 3

    _refused(tmp_path / "a", "dicom.colour", *write_series(tmp_path / "a", ramp(GRID), GRID, edit=paint))


@pytest.mark.parametrize("factor", [1000, 0.001])
def test_wrong_units_in_plane(tmp_path: Path, factor: float) -> None:
    write_series(tmp_path, ramp(GRID), GRID, edit=_set("PixelSpacing", [0.9 * factor, 0.8 * factor]))
    assert "not the size of a person" in _refused(tmp_path, "dicom.wrong_units").message


@pytest.mark.parametrize("factor", [1000, 0.001])
def test_wrong_units_of_positions(tmp_path: Path, factor: float) -> None:
    def scale(ds: Dataset, k: int) -> None:
        ds.ImagePositionPatient = [f"{float(x) * factor:.9g}" for x in ds.ImagePositionPatient]

    write_series(tmp_path, ramp(GRID), GRID, edit=scale)
    assert _one(tmp_path).status == "refused"
    assert {p.code for p in _one(tmp_path).problems} & {"dicom.wrong_units", "dicom.duplicate_slices"}


def test_values_a_thousand_times_too_large(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(GRID), GRID, edit=_set("RescaleSlope", "1000"))
    _refused(tmp_path, "dicom.no_rescale")


def test_values_that_no_ct_holds(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(GRID), GRID, edit=_set("RescaleSlope", "99"))
    with pytest.raises(InputError) as error:
        load_series(_one(tmp_path))
    assert error.value.code == "dicom.wrong_units"


def test_truncated_file(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    files[2].write_bytes(files[2].read_bytes()[:-20])
    _refused(tmp_path, "dicom.truncated", files[2])


def test_truncated_after_the_scan(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    series = _one(tmp_path)
    files[2].write_bytes(files[2].read_bytes()[:-20])
    with pytest.raises(InputError) as error:
        load_series(series)
    assert error.value.code == "dicom.undecodable"
    assert error.value.where.endswith(files[2].name)


def test_zero_bytes_beside_the_slices(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    files[-1].write_bytes(b"")  # the last slice: no gap would tell
    _refused(tmp_path, "dicom.unreadable_files", files[-1])


def test_cut_in_the_header(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    files[-1].write_bytes(files[-1].read_bytes()[:400])
    assert _one(tmp_path).status == "refused"


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.100", "1.2.3.4.5"])
def test_unknown_compression_names_the_decoder(tmp_path: Path, syntax: str) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID)
    for file in files:
        data = file.read_bytes()
        old = b"1.2.840.10008.1.2.1\0"
        assert data.count(old) == 1
        file.write_bytes(_with_syntax(data, old, syntax))
    series = _refused(tmp_path, "dicom.no_decoder", *files)
    assert "decoder" in series.message


def _with_syntax(data: bytes, old: bytes, syntax: str) -> bytes:
    """Replace the transfer syntax and the length fields of its element and group."""
    new = syntax.encode() + b"\0" * (len(syntax) % 2)
    at = data.index(old)
    data = data[: at - 2] + len(new).to_bytes(2, "little") + new + data[at + len(old) :]
    group = int.from_bytes(data[140:144], "little") + len(new) - len(old)
    return data[:140] + group.to_bytes(4, "little") + data[144:]


def test_localisers_are_left_out(tmp_path: Path) -> None:
    def scout(ds: Dataset, k: int) -> None:
        if k == 0:
            ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
            ds.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]

    write_series(tmp_path, ramp(GRID), GRID, edit=scout)
    series = _one(tmp_path)
    assert (series.status, len(series.files)) == ("ok", 5)
    assert "localiser" in series.hint


def test_localisers_only(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(GRID), GRID, edit=_set("ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"]))
    _refused(tmp_path, "dicom.localiser")


def test_two_phases_in_one_series_are_a_choice(tmp_path: Path) -> None:
    uid = generate_uid()

    def phase(number: int):
        def edit(ds: Dataset, k: int) -> None:
            ds.SeriesInstanceUID, ds.AcquisitionNumber = uid, number

        return edit

    for number in (1, 2):
        write_series(tmp_path / str(number), ramp(GRID) + 50 * number, GRID, edit=phase(number))
    first, second = scan(tmp_path)
    assert [s.status for s in (first, second)] == ["choice", "choice"]
    assert first.code == "dicom.several_stacks"
    assert first.uid != second.uid
    assert (load_series(second).array == ramp(GRID) + 100).all()


def test_other_units_of_a_ct_are_a_choice(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(GRID), GRID, edit=_set("RescaleType", "MGML"))
    series = _one(tmp_path)
    assert (series.status, series.code) == ("choice", "dicom.not_hounsfield")
    assert load_series(series).unit == "MGML"


def test_all_problems_are_listed_together(tmp_path: Path) -> None:
    files = write_series(tmp_path, ramp(GRID), GRID, edit=_drop("RescaleSlope"))
    files[2].unlink()
    codes = [p.code for p in _one(tmp_path).problems]
    assert codes == ["dicom.no_rescale", "dicom.missing_slices"]


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("dicom.path_missing", None),
        ("dicom.empty_folder", {}),
        ("dicom.none_found", {"a.txt": b"no image", "b.dcm": b"short"}),
        ("dicom.none_found", {"a.dcm": b""}),
        ("dicom.none_found", {"a.dcm": bytes(128) + b"DICM" + bytes(range(256))}),
    ],
)
def test_nothing_to_read(tmp_path: Path, code: str, content: dict[str, bytes] | None) -> None:
    folder = tmp_path / "study"
    if content is not None:
        folder.mkdir()
        for name, data in content.items():
            (folder / name).write_bytes(data)
    with pytest.raises(InputError) as error:
        scan(folder)
    assert error.value.code == code
    assert error.value.hint
    assert str(folder) in error.value.where


def test_other_files_are_counted(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(GRID), GRID)
    (tmp_path / "notes.txt").write_text("a letter")
    found = scan_all(tmp_path)
    assert found.series[0].status == "ok"
    assert found.counts() == {"not_dicom": 1}


@pytest.mark.parametrize("seed", range(40))
def test_damaged_bytes_never_end_in_a_traceback(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    files = write_series(tmp_path, ramp(GRID), GRID)
    data = bytearray(files[1].read_bytes())
    for at in rng.integers(132, len(data) - 160, size=12):
        data[at] = rng.integers(256)
    files[1].write_bytes(bytes(data))
    for series in scan(tmp_path):
        if series.status != "refused":
            with contextlib.suppress(InputError):  # any other exception fails the test
                load_series(series)


def test_damaged_compressed_pixels(tmp_path: Path) -> None:
    from pydicom.data import get_testdata_file

    data = bytearray(Path(str(get_testdata_file("MR_small_jpeg_ls_lossless.dcm"))).read_bytes())
    data[-2000:-1000] = bytes(1000)
    file = tmp_path / "a.dcm"
    file.write_bytes(bytes(data[:-1500]))
    (series,) = scan(file)
    assert "dicom.truncated" in [p.code for p in series.problems]
    with pytest.raises(InputError) as error:
        decode(Source(file, file.stat().st_size))
    assert error.value.code == "dicom.undecodable"


def test_encrypted_or_damaged_zip(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.dcm", bytes(128) + b"DICM" + bytes(1000))
    data = bytearray(file.read_bytes())
    data[60:70] = b"0123456789"  # the checksum is wrong now
    file.write_bytes(bytes(data))
    with pytest.raises(InputError) as error:
        scan(file)
    assert error.value.code == "dicom.none_found"


def test_a_folder_of_another_format_says_what_to_name(tmp_path: Path) -> None:
    names = ("brain.nii.gz", "mask_liver.nii.gz", "mask_spleen.nii.gz", "mask_tumour.nrrd")
    for name in names:
        (tmp_path / name).write_bytes(b"no DICOM at all, but some bytes of another kind")
    with pytest.raises(InputError) as caught:
        scan(tmp_path)
    assert caught.value.code == "dicom.none_found"
    assert f"name the file itself, one of {', '.join(names)}." in caught.value.hint
    for name in names[1:]:
        (tmp_path / name).unlink()
    with pytest.raises(InputError) as caught:
        scan(tmp_path)
    assert "name the file brain.nii.gz." in caught.value.hint
