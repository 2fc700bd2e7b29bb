"""Headers as hospitals have them: positions of the patient, padding, no meta header, alphabets, private tags,
damaged values, rescale of every slice, inverted grey scales."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_factory import Edit, grid_like, ramp, write_series
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging import Series, load_series, sample, scan
from surgitwin.imaging.dicom.thumbnail import preview

GRID = grid_like()
AIR = -1000


def _one(folder: Path) -> Series:
    (series,) = scan(folder)
    assert series.status == "ok", series.hint
    return series


def _load(folder: Path) -> Volume:
    return load_series(_one(folder))


# ---- position of the patient ------------------------------------------------------------------------

ROW_COLUMN = {
    "HFS": ((1, 0, 0), (0, 1, 0)), "HFP": ((-1, 0, 0), (0, -1, 0)),
    "HFDR": ((0, 1, 0), (-1, 0, 0)), "HFDL": ((0, -1, 0), (1, 0, 0)),
    "FFS": ((-1, 0, 0), (0, 1, 0)), "FFP": ((1, 0, 0), (0, -1, 0)),
    "FFDR": ((0, -1, 0), (-1, 0, 0)), "FFDL": ((0, 1, 0), (1, 0, 0)),
}  # fmt: skip
"""What the gantry's right and down are in the patient, who lies in these ways (PS3.3 C.7.3.1.1.2)."""


def _anatomy(points: np.ndarray) -> np.ndarray:
    """HU of a body without symmetry at LPS points."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.rint(3 * x - 5 * y + 7 * z + 0.1 * x * y).clip(-900, 2500)


@pytest.mark.parametrize("position", ROW_COLUMN)
def test_every_position_of_the_patient_gives_the_same_anatomy(tmp_path: Path, position: str) -> None:
    """Only ImagePositionPatient and ImageOrientationPatient place a voxel, not PatientPosition."""
    row, column = (np.array(v, float) for v in ROW_COLUMN[position])
    toward = np.array([0, 0, -1.0 if position.startswith("FF") else 1.0])  # how the table moves
    direction = np.column_stack([row, column, toward])
    shape, spacing = (7, 22, 18), np.array([2.0, 2.0, 3.0])
    extent = direction @ (spacing * (np.array(shape[::-1]) - 1))
    grid = ImageGrid(shape, np.array([5.0, -8.0, 30.0]) - extent / 2, spacing, direction)
    k, j, i = np.indices(shape)
    values = _anatomy(grid.index_to_lps(np.stack([i, j, k], -1)))

    def placed(ds: Dataset, k: int) -> None:
        ds.PatientPosition = position

    write_series(tmp_path, values, grid, edit=placed)
    volume = _load(tmp_path)
    assert np.linalg.det(volume.grid.direction) == pytest.approx(1)
    points = np.random.default_rng(2).uniform(-8, 8, (60, 3)) + np.array([5.0, -8.0, 30.0])
    read = sample(volume, points)
    assert read == pytest.approx(_anatomy(points), abs=2.0)


# ---- padding ----------------------------------------------------------------------------------------


def _circle() -> np.ndarray:
    """Mask [k, j, i] of the corners outside a reconstruction circle."""
    _, j, i = np.indices(GRID.shape)
    return (j - 4.5) ** 2 + (i - 3.5) ** 2 > 20


@pytest.mark.parametrize("fill", [-2000, -3024, -8192, -1500])
def test_a_fill_below_the_scale_is_air_without_a_padding_tag(tmp_path: Path, fill: int) -> None:
    values = ramp(GRID)
    values[_circle()] = fill
    write_series(tmp_path, values, GRID, intercepts=-8192)
    volume = _load(tmp_path)
    assert (volume.array[_circle()] == AIR).all()
    assert (volume.array[~_circle()] == ramp(GRID)[~_circle()]).all()
    assert volume.meta["padded_voxels"] == np.count_nonzero(_circle())


def test_noise_below_the_scale_is_left_as_measured(tmp_path: Path) -> None:
    grid = grid_like((3, 80, 80))
    values = np.random.default_rng(1).normal(-1000, 40, grid.shape).round()
    write_series(tmp_path, values, grid, intercepts=-2048)
    volume = _load(tmp_path)
    assert volume.array.min() < -1100
    assert (volume.array == values).all()


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("other_sign", [False, True])
def test_padding_written_with_the_wrong_sign(tmp_path: Path, signed: bool, other_sign: bool) -> None:
    intercept, fill = 0 if signed else -40000, -950  # above the scale's end: only the tag tells
    values = ramp(GRID).astype(np.int64)
    values[_circle()] = fill
    stored = fill - intercept
    wrong = stored % 65536 if signed else stored - 65536

    def pad(ds: Dataset, k: int) -> None:
        ds.PixelRepresentation = int(signed)
        value = wrong if other_sign else stored
        ds.add_new("PixelPaddingValue", "SS" if value < 0 else "US", value)
        kind = "<i2" if signed else "<u2"
        ds.PixelData = (values[k] - intercept).astype(kind).tobytes()

    write_series(tmp_path, np.zeros(GRID.shape), GRID, intercepts=intercept, edit=pad)
    volume = _load(tmp_path)
    assert (volume.array[_circle()] == AIR).all()
    assert (volume.array[~_circle()] == values[~_circle()]).all()


def test_a_range_of_padding(tmp_path: Path) -> None:
    values = ramp(GRID)
    values[:, 0, :] = -2000 + np.arange(8)

    def pad(ds: Dataset, k: int) -> None:
        ds.add_new("PixelPaddingValue", "US", 48)
        ds.add_new("PixelPaddingRangeLimit", "US", 60)

    write_series(tmp_path, values, GRID, intercepts=-2048, edit=pad)
    assert (_load(tmp_path).array[:, 0, :] == AIR).all()


# ---- how the file is written ------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("kept", ["nothing", "preamble"])
def test_no_meta_header(tmp_path: Path, syntax: pydicom.uid.UID, kept: str) -> None:
    """The data set alone, or behind a preamble with "DICM"; what it is encoded in is found out."""
    grid = GRID
    for file in write_series(tmp_path, ramp(grid), grid):
        ds = pydicom.dcmread(file)
        implicit, little = syntax.is_implicit_VR, syntax.is_little_endian
        bare = Dataset()
        bare.update({e.tag: e for e in ds})
        if not little:
            bare.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
            bare["PixelData"].VR = "OW"
        with file.open("wb") as stream:
            if kept == "preamble":
                stream.write(bytes(128) + b"DICM")
            pydicom.filewriter.dcmwrite(
                stream, bare, implicit_vr=implicit, little_endian=little, enforce_file_format=False
            )
    assert (_load(tmp_path).array == ramp(grid)).all()


NAMES = {
    "GB18030": ("王^小东", "GB18030"),
    "ISO 2022 JP": ("Yamada^Tarou=山田^太郎", ["", "ISO 2022 IR 87"]),
    "ISO 2022 KR": ("Hong^Gildong=洪^吉洞", ["", "ISO 2022 IR 149"]),
    "UTF-8": ("Müller^Jörg", "ISO_IR 192"),
    "Cyrillic": ("Люкceмбypг", "ISO_IR 144"),
}


@pytest.mark.parametrize("name", NAMES)
def test_alphabets(tmp_path: Path, name: str) -> None:
    who, charset = NAMES[name]

    def written(ds: Dataset, k: int) -> None:
        ds.SpecificCharacterSet, ds.PatientName = charset, who

    write_series(tmp_path, ramp(GRID), GRID, edit=written)
    family = who.split("=")[0].partition("^")[0]
    assert _one(tmp_path).identity.name.startswith(family)


@pytest.mark.parametrize("charset", ["NONSENSE", "ISO_IR 999", "ISO 2022 IR 87\\\\GB18030", "utf8", ""])
@pytest.mark.parametrize("raw", [b"M\xfcller^J\xf6rg", b"\xff\xfe\x1b$B", b"\x1b\x28\x49\xd4"])
def test_alphabets_that_are_wrong_hinder_nothing(tmp_path: Path, charset: str, raw: bytes) -> None:
    def written(ds: Dataset, k: int) -> None:
        ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 100", "N" * (len(raw) + len(raw) % 2)

    for file in write_series(tmp_path, ramp(GRID), GRID, edit=written):
        even = raw + b" " * (len(raw) % 2)
        code = charset.encode().ljust(10)[:10]
        data = file.read_bytes().replace(b"N" * len(even), even, 1)
        file.write_bytes(data.replace(b"ISO_IR 100", code, 1))
    assert (_load(tmp_path).array == ramp(GRID)).all()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_private_tags_and_sequences(tmp_path: Path, syntax: pydicom.uid.UID) -> None:
    def private(ds: Dataset, k: int) -> None:
        block = ds.private_block(0x0029, "MAKER 1.0", create=True)
        inner = Dataset()
        inner.add_new(0x00291010, "LO", "x")
        deeper = Dataset()
        deeper.add_new(0x00291020, "SQ", [inner])
        block.add_new(0x01, "SQ", [deeper, inner])
        block.add_new(0x02, "OB", bytes(range(256)) * 8)
        block.add_new(0x03, "UN", b"\xe0\x7f\x10\x00OW\x00\x00")  # looks like the tag of the pixels
        ds[0x00291001].is_undefined_length = True
        odd = ds.private_block(0x7FE1, "PIXELS OF MINE", create=True)
        odd.add_new(0x10, "OW", bytes(64))

    write_series(tmp_path, ramp(GRID), GRID, syntax=syntax, edit=private)
    assert (_load(tmp_path).array == ramp(GRID)).all()


def test_values_of_a_wrong_length_count_as_absent_and_are_said(tmp_path: Path) -> None:
    """An unsigned short of three bytes."""

    def pad(ds: Dataset, k: int) -> None:
        ds.add_new("PixelPaddingValue", "US", 7)

    for file in write_series(tmp_path, ramp(GRID), GRID, edit=pad):
        data = file.read_bytes()
        assert data.count(b"\x28\x00\x20\x01US\x02\x00") == 1
        file.write_bytes(data.replace(b"\x28\x00\x20\x01US\x02\x00", b"\x28\x00\x20\x01US\x03\x00\x00"))
    series = _one(tmp_path)
    assert any("PixelPaddingValue" in note for note in series.notes)
    assert (load_series(series).array == ramp(GRID)).all()


def test_letters_in_a_number_count_as_absent(tmp_path: Path) -> None:
    for file in write_series(tmp_path, ramp(GRID), GRID):
        data = file.read_bytes()
        at = data.index(b"\x18\x00\x60\x00DS")  # KVP "120 "
        file.write_bytes(data[: at + 8] + b"1,x " + data[at + 12 :])
    assert _one(tmp_path).kvp is None


def test_a_number_with_too_many_bytes(tmp_path: Path) -> None:
    """An unsigned short of six bytes (three values) where one is meant."""

    def long(ds: Dataset, k: int) -> None:
        ds.add_new("PixelPaddingValue", "US", [1, 2, 3])

    write_series(tmp_path, ramp(GRID), GRID, edit=long)
    assert (_load(tmp_path).array == ramp(GRID)).all()


# ---- values -----------------------------------------------------------------------------------------


def test_a_pet_has_a_rescale_of_every_slice_and_its_own_unit(tmp_path: Path) -> None:
    stored = (np.arange(np.prod(GRID.shape)).reshape(GRID.shape) % 3000).astype(float)
    slopes = 0.5 + 0.25 * np.arange(6)

    def pet(ds: Dataset, k: int) -> None:
        ds.Modality, ds.Units = "PT", "BQML"
        ds.RescaleSlope, ds.RescaleIntercept = str(slopes[k]), "0"

    write_series(tmp_path, stored, GRID, modality="MR", edit=pet)
    volume = _load(tmp_path)
    assert (volume.modality, volume.unit) == ("PT", "BQML")
    assert volume.array == pytest.approx(stored * slopes[:, None, None])


@pytest.mark.parametrize("signed", [False, True])
def test_an_inverted_mr_is_turned_with_its_window(tmp_path: Path, signed: bool) -> None:
    signal = ramp(GRID) + 400
    top = -1 if signed else 4095

    def inverted(ds: Dataset, k: int) -> None:
        ds.PhotometricInterpretation, ds.PixelRepresentation = "MONOCHROME1", int(signed)
        ds.BitsStored, ds.HighBit = 12, 11
        ds.WindowCenter, ds.WindowWidth = str(top - 700), "500"
        ds.PixelData = (top - signal[k]).astype("<i2").tobytes()

    write_series(tmp_path, np.zeros(GRID.shape), GRID, modality="MR", edit=inverted)
    series = _one(tmp_path)
    assert (load_series(series).array == signal).all()
    assert (series.window_center, series.window_width) == (700.0, 500.0)
    assert any("MONOCHROME1" in note for note in series.notes)


def test_an_inverted_ct_keeps_its_hounsfield_units(tmp_path: Path) -> None:
    def inverted(ds: Dataset, k: int) -> None:
        ds.PhotometricInterpretation = "MONOCHROME1"

    write_series(tmp_path, ramp(GRID), GRID, edit=inverted)
    assert (_load(tmp_path).array == ramp(GRID)).all()


def test_an_mr_has_the_window_of_its_header(tmp_path: Path) -> None:
    edit: Edit = lambda ds, k: (setattr(ds, "WindowCenter", "300"), setattr(ds, "WindowWidth", "800"))  # noqa: E731
    write_series(tmp_path, ramp(GRID) + 400, GRID, modality="MR", edit=edit)
    series = _one(tmp_path)
    volume = load_series(series)
    assert (series.unit, volume.unit, series.code) == ("1", "1", "")
    assert (volume.meta["window_center"], volume.meta["window_width"]) == (300.0, 800.0)
    assert preview(series).axial.max() > 0


def test_warnings_of_pydicom_do_not_reach_the_user(tmp_path: Path) -> None:
    def odd(ds: Dataset, k: int) -> None:
        ds.Laterality = "RIGHT SIDE OF THE BODY"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_series(tmp_path, ramp(GRID), GRID, edit=odd)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _load(tmp_path)


# ---- bits -------------------------------------------------------------------------------------------


def test_numbers_in_higher_bits_are_refused(tmp_path: Path) -> None:
    """12 bits kept at the top of 16, as old ACR-NEMA writers did: never read as if they lay below."""

    def shifted(ds: Dataset, k: int) -> None:
        ds.BitsStored, ds.HighBit = 12, 15
        ds.PixelData = (np.frombuffer(ds.PixelData, "<u2") << 4).tobytes()

    write_series(tmp_path, ramp(GRID), GRID, edit=shifted)
    (series,) = scan(tmp_path)
    assert series.status == "refused"
    assert "dicom.high_bit" in {p.code for p in series.problems}


def test_no_value_of_a_header_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """pydicom's warnings on odd values repeat them, for each file, and nobody looks for names in a log."""

    def odd(ds: Dataset, k: int) -> None:
        ds.StudyInstanceUID = "1.2.111111"

    for file in write_series(tmp_path, ramp(GRID), GRID, edit=odd):
        file.write_bytes(file.read_bytes().replace(b"1.2.111111", b"1.2.Secret"))
    caplog.clear()
    scan(tmp_path)
    assert "Secret" not in caplog.text
