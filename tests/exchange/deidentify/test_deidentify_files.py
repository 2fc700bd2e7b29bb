"""Whole folders made nobody's: every byte of the output is searched for every identifier of the input."""

from __future__ import annotations

import json
import stat
import warnings
import zipfile

import dicom_factory as factory
import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    UltrasoundImageStorage,
)

import deidentify_samples as samples
from surgitwin.core.errors import InputError, UsageError
from surgitwin.exchange.deidentify import Options, deidentify
from surgitwin.imaging import load_series, scan

EVERYTHING = Options(shift_dates=True, keep_device=True, clean_text=True, keep_characteristics=True)
KEPT = {samples.STATION, samples.SERIAL}


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nasty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom says that the planted values are odd
        samples.write_nasty(folder)
    return folder


def datasets(folder):
    return [pydicom.dcmread(f) for f in sorted(folder.rglob("*.dcm"))]


def test_the_search_finds_what_was_planted(originals):
    missing = {"1943-06-11", "11.06.1943"}  # spellings that the sample does not use
    assert set(samples.left(originals)) == set(samples.IDENTIFIERS) - missing


@pytest.mark.parametrize("options", [Options(), EVERYTHING])
def test_nothing_of_the_patient_is_left(originals, tmp_path, options):
    report = deidentify([originals], tmp_path / "out", options)
    kept = KEPT if options.keep_device else set()
    assert set(samples.left(tmp_path / "out")) == kept
    said = json.dumps(report.as_dict()) + report.words()
    assert [w for w in samples.IDENTIFIERS if w.lower() in said.lower()] == []
    assert len(report.files) == 3
    assert report.others == 2  # the index of the disc and a text
    for dataset in datasets(tmp_path / "out"):
        assert dataset.PatientIdentityRemoved == "YES"
        assert dataset.PatientName == dataset.PatientID
        codes = [c.CodeValue for c in dataset.DeidentificationMethodCodeSequence]
        wanted = ["113100", "113105", "113107", "113108", "113109"]
        assert sorted(codes) == (wanted if options.keep_device else wanted[:1])
        assert set(dataset.preamble) == {0}


def test_options_keep_what_they_say(originals, tmp_path):
    deidentify([originals], tmp_path / "out", EVERYTHING, key=tmp_path / "key.json")
    key = json.loads((tmp_path / "key.json").read_text())
    (person,) = key["patients"].values()
    made = datasets(tmp_path / "out")[0]
    assert (made.PatientSex, made.PatientAge, made.PatientWeight) == ("M", "090Y", 82)
    assert made.SeriesDescription == "Pelvis native 1.0 mm"
    assert "StudyDescription" not in made
    moved = np.datetime64("2024-01-17") + person["shift_days"]
    assert made.StudyDate == made.SeriesDate == str(moved).replace("-", "")
    assert made.PatientBirthDate == ""
    assert person["name"] == samples.NAME
    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600


def test_same_key_same_codes_other_key_other_codes(originals, tmp_path):
    for out, key in (("a", "one"), ("b", "one"), ("c", "two")):
        deidentify([originals], tmp_path / out, key=tmp_path / key)
    a, b, c = ([d.SOPInstanceUID for d in datasets(tmp_path / n)] for n in "abc")
    assert a == b
    assert not set(a) & set(c)
    first, last = datasets(tmp_path / "a")[0], datasets(tmp_path / "a")[-1]
    assert last.ReferencedImageSequence[0].ReferencedSOPInstanceUID == first.SOPInstanceUID
    assert first.ReferencedImageSequence[0].ReferencedSOPClassUID == first.SOPClassUID
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID
    assert all(u.is_valid and u.startswith("2.25.") for u in a)


def test_image_is_the_same_volume(originals, tmp_path):
    deidentify([originals], tmp_path / "out")
    before, after = (load_series(next(iter(scan(f)))) for f in (originals, tmp_path / "out"))
    assert np.array_equal(before.array, after.array)
    assert np.array_equal(before.grid.affine, after.grid.affine)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless]
)
def test_every_syntax_becomes_plain(tmp_path, syntax):
    def edit(d, k):
        samples.nasty(d, k)
        if syntax == RLELossless:
            d.compress(RLELossless, generate_instance_uid=False)
        elif syntax == ExplicitVRBigEndian:
            d.PixelData = np.frombuffer(d.PixelData, "<u2").astype(">u2").tobytes()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = ExplicitVRLittleEndian if syntax == RLELossless else syntax
        samples.write_nasty(tmp_path / "in", given, slices=2, edit=edit)
    deidentify([tmp_path / "in"], tmp_path / "out")
    assert samples.left(tmp_path / "out") == []
    wanted = factory.ramp(factory.grid_like((2, 10, 8)))
    for k, dataset in enumerate(datasets(tmp_path / "out")):
        assert dataset.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        assert np.array_equal(dataset.pixel_array.astype(int) - 1024, wanted[k])


def test_bits_and_bytes_beside_the_pixels_go(tmp_path):
    def edit(d, k):
        d.BitsStored, d.HighBit = 12, 11
        pixels = np.frombuffer(d.PixelData, np.uint16) | 0x5000
        d.PixelData = pixels.tobytes() + b"Lukaszewicz "

    grid = factory.grid_like((2, 10, 8))
    factory.write_series(tmp_path / "in", factory.ramp(grid), grid, edit=edit)
    report = deidentify([tmp_path / "in"], tmp_path / "out")
    assert report.files[0].pixels == ("12 bytes behind the pixels", "bits above the stored ones")
    made = datasets(tmp_path / "out")[0]
    assert len(made.PixelData) == 160
    assert np.array_equal(made.pixel_array.astype(int) - 1024, factory.ramp(grid)[0])


def test_zip_archives_are_read(originals, tmp_path):
    with zipfile.ZipFile(tmp_path / "Lukaszewicz.zip", "w") as archive:
        for file in originals.rglob("*.dcm"):
            archive.write(file, f"Lukaszewicz/{file.name}")
    deidentify([tmp_path / "Lukaszewicz.zip"], tmp_path / "out")
    assert len(datasets(tmp_path / "out")) == 3
    assert samples.left(tmp_path / "out") == []


def burned(d, k):
    d.BurnedInAnnotation = "YES"


def ultrasound(d, k):
    d.SOPClassUID = UltrasoundImageStorage


def screen(d, k):
    d.ImageType = ["DERIVED", "SECONDARY", "SCREEN SAVE"]


def captured(d, k):
    d.ConversionType = "WSD"


@pytest.mark.parametrize(
    ("edit", "words"),
    [(burned, "burned"), (ultrasound, "Ultrasound"), (screen, "screen"), (captured, "captured")],
)
def test_pictures_with_text_are_refused(tmp_path, edit, words):
    grid = factory.grid_like((2, 10, 8))
    factory.write_series(tmp_path / "in", factory.ramp(grid), grid, edit=edit)
    with pytest.raises(InputError, match=words) as caught:
        deidentify([tmp_path / "in"], tmp_path / "out")
    assert caught.value.code == "deidentify.nothing"
    assert not (tmp_path / "out").exists()


def test_doubtful_pictures_wait_for_a_look(tmp_path):
    def angiogram(d, k):
        d.SOPClassUID, d.Modality = "1.2.840.10008.5.1.4.1.1.12.1", "XA"

    grid = factory.grid_like((2, 10, 8))
    factory.write_series(tmp_path / "in", factory.ramp(grid), grid, edit=angiogram)
    with pytest.raises(InputError, match="burned") as caught:
        deidentify([tmp_path / "in"], tmp_path / "out")
    assert caught.value.code == "deidentify.doubt"
    report = deidentify([tmp_path / "in"], tmp_path / "out", Options(accept_doubt=True))
    assert len(report.files) == 2


def test_places_that_would_mix_or_leak_are_refused(originals, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("x")
    for out, key, code in (
        (tmp_path / "full", None, "deidentify.out"),
        (originals / "out", None, "deidentify.out"),
        (tmp_path / "out", tmp_path / "out" / "key.json", "deidentify.key_place"),
    ):
        with pytest.raises(UsageError) as caught:
            deidentify([originals], out, key=key)
        assert caught.value.code == code
    (tmp_path / "bad").write_text("{}")
    with pytest.raises(InputError) as wrong:
        deidentify([originals], tmp_path / "out", key=tmp_path / "bad")
    assert wrong.value.code == "deidentify.key"
    assert not (tmp_path / "out").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad", "full"]


def test_head_is_warned_about(tmp_path):
    grid = factory.grid_like((2, 10, 8))
    factory.write_series(
        tmp_path / "in", factory.ramp(grid), grid, edit=lambda d, k: setattr(d, "BodyPartExamined", "HEAD")
    )
    report = deidentify([tmp_path / "in"], tmp_path / "out")
    assert any("a head is shown" in w for w in report.warnings)
    assert datasets(tmp_path / "out")[0].RecognizableVisualFeatures == "YES"
    with pytest.raises(InputError, match="no face"):
        deidentify([tmp_path / "in"], tmp_path / "out2", Options(deface=True))
