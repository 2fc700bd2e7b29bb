"""The profile, the codes, the search for names, and random datasets."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import dicom_factory as factory
import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary, keyword_for_tag
from pydicom.dataset import Dataset

import deidentify_samples as samples
from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table
from surgitwin.exchange.deidentify import Options, deidentify
from surgitwin.exchange.deidentify.dates import capped_age, shifted
from surgitwin.exchange.deidentify.identifiers import identifiers_of
from surgitwin.exchange.deidentify.keyfile import Key
from surgitwin.exchange.deidentify.pixels import plain_pixels
from surgitwin.exchange.deidentify.profile import letter_of, row_of
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.exchange.deidentify.words import is_plain

KEYS = Pseudonyms(b"k" * 32)


def test_table_is_whole():
    rows = load_table("deidentification")["attributes"]
    assert len(rows) == 655
    for row in rows:
        assert set(row["basic"].rstrip("*").split("/")) <= set("XZDU")
        known = "x" not in row["tag"] and keyword_for_tag(int(row["tag"], 16))
        assert not known or known == row["keyword"]
    assert sum(r["verified"] for r in rows) >= 646


@pytest.mark.parametrize(
    ("keyword", "vr", "kind", "options", "letter"),
    [
        ("PatientName", "PN", 2, Options(), "Z"),
        ("PatientBirthDate", "DA", 2, Options(shift_dates=True), "Z"),
        ("StudyDate", "DA", 2, Options(), "Z"),
        ("StudyDate", "DA", 2, Options(shift_dates=True), "C"),
        ("SeriesDate", "DA", 3, Options(), "X"),
        ("SeriesDate", "DA", 1, Options(), "D"),
        ("SOPInstanceUID", "UI", 1, Options(), "U"),
        ("StationName", "SH", 3, Options(), "X"),
        ("StationName", "SH", 3, Options(keep_device=True), "K"),
        ("SeriesDescription", "LO", 3, Options(clean_text=True), "C"),
        ("PatientSex", "CS", 2, Options(keep_characteristics=True), "K"),
        ("SourceImageSequence", "SQ", 3, Options(), "U"),
    ],
)
def test_letters(keyword, vr, kind, options, letter):
    assert letter_of(pydicom.datadict.tag_for_keyword(keyword), vr, kind, options) == letter


def test_overlays_and_curves_stand_in_the_table():
    assert row_of(0x60023000)["basic"] == row_of(0x50101234)["basic"] == "X"


@given(st.from_regex(r"[0-9]+(\.[0-9]+){2,8}", fullmatch=True))
def test_uids_are_valid_and_steady(original):
    made = KEYS.uid(original)
    assert made.is_valid
    assert made == KEYS.uid(original)
    assert made != Pseudonyms(b"o" * 32).uid(original)


def test_uids_of_the_standard_stay_and_lookalikes_go():
    assert KEYS.uid("1.2.840.10008.5.1.4.1.1.2") == "1.2.840.10008.5.1.4.1.1.2"
    assert KEYS.uid("1.2.840.10008.5.1.4.1.1.2.7734521").startswith("2.25.")


@given(st.dates(np.datetime64("1950-01-01").item(), np.datetime64("2030-01-01").item()), st.integers(0, 5000))
def test_dates_keep_their_distances(day, later):
    shift = KEYS.shift_days("x")
    assert -3650 <= shift <= -365
    texts = [str(np.datetime64(day) + n).replace("-", "") for n in (0, later)]
    a, b = (np.datetime64(f"{t[:4]}-{t[4:6]}-{t[6:]}") for t in (shifted(t, "DA", shift) for t in texts))
    assert (b - a).astype(int) == later


def test_values_that_are_no_dates_go():
    assert shifted("Lukaszewicz", "DA", -400) == shifted("2024", "DA", -400) == ""
    assert shifted("20240117101500.25+0100", "DT", -17) == "20231231101500.25+0100"
    assert shifted("10:15 Orjan", "TM", -1) == ""
    assert (capped_age("089Y"), capped_age("090Y"), capped_age("103Y"), capped_age("Jan")) == (
        "089Y", "090Y", "090Y", "",
    )  # fmt: skip


def test_text_of_the_allow_list():
    assert is_plain("CT Pelvis native, 1.0 mm axial")
    for text in ("Pelvis Kowalski", "CT 11.06.1943", "CT 11 06 43", "room 4711", "pelvis@home"):
        assert not is_plain(text), text


@pytest.mark.parametrize(
    "text",
    [
        "of LUKASZEWICZ", "xŁUKASZEWICZx", "o r j a n".replace(" ", ""), "MRN 773-4521", "born 1943-06-11",
        "11.6.1943", "acc.998877", "Q. Öŕjan", "OERJAN",
    ],
)  # fmt: skip
def test_names_are_found_in_any_spelling(text):
    who = Dataset()
    who.PatientName, who.PatientID, who.PatientBirthDate = samples.NAME, samples.PATIENT_ID, samples.BIRTH
    who.AccessionNumber = samples.ACCESSION
    found = identifiers_of(who, Options())
    assert found.found_in(text)
    assert not found.found_in("CT pelvis axial, Br64, 1.0 mm")
    assert samples.PATIENT_ID not in repr(found)


def test_names_in_other_scripts_are_found():
    who = Dataset()
    who.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    assert identifiers_of(who, Options()).found_in("頭部山田太郎様")


def test_short_names_are_not_searched_inside_words():
    who = Dataset()
    who.PatientName = "Ann^Li"
    found = identifiers_of(who, Options())
    assert found.found_in("scan of Ann")
    assert not found.found_in("scanner, plain")


def test_padding_and_sign_survive(tmp_path):
    dataset = Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 1, 4, 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.add_new("PixelPaddingValue", "SS", -32768)
    given_ = np.array([-5, 0x7001, -32768, 3], np.int16)
    dataset.PixelData = given_.tobytes()
    plain_pixels(dataset, pydicom.uid.ExplicitVRLittleEndian, "x")
    assert np.frombuffer(dataset.PixelData, np.int16).tolist() == [-5, 1, -32768, 3]


TEXT = sorted(
    tag
    for tag, row in DicomDictionary.items()
    if row[0] in ("LO", "SH", "ST", "LT", "UT", "UC", "PN", "CS", "AE", "UI", "OB", "UN", "UR")
    and tag >> 16 >= 8
    and row[4] not in ("SOPClassUID", "SOPInstanceUID", "SpecificCharacterSet", "PatientID", "PatientName")
)
SEQUENCES = sorted(t for t, r in DicomDictionary.items() if r[0] == "SQ" and t >> 16 >= 8)
SECRETS = ("Lukaszewicz", "MRN7734521", "Örjan")


@st.composite
def planted(draw, depth=2):
    """A dataset with the patient in random attributes, sequences and private elements."""
    out = Dataset()
    for tag in draw(st.lists(st.sampled_from(TEXT), max_size=6)):
        words = f"{draw(st.sampled_from(('', 'x ', '1.')))}{draw(st.sampled_from(SECRETS))}"
        vr = DicomDictionary[tag][0]
        out.add_new(tag, vr, words.encode("latin-1") + b" " if vr in ("OB", "UN") else words)
    for tag in draw(st.lists(st.sampled_from(SEQUENCES), max_size=2)) if depth else ():
        out.add_new(tag, "SQ", [draw(planted(depth - 1))])
    if draw(st.booleans()):
        element = draw(st.integers(0x10, 0xFF))
        out.private_block(0x0011, draw(st.sampled_from(SECRETS)), create=True).add_new(
            element, "LT", SECRETS[0]
        )
    return out


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(planted(), st.sampled_from([Options(), Options(True, True, True, True)]))
def test_random_datasets_keep_nobody(extra, options):
    def edit(d, k):
        for element in extra:
            if element.keyword not in d:
                d[element.tag] = element
        d.SpecificCharacterSet = "ISO_IR 192"
        d.PatientName, d.PatientID = "Lukaszewicz^Örjan", "MRN7734521"

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        grid = factory.grid_like((1, 4, 4))
        factory.write_series(folder / "in", factory.ramp(grid), grid, edit=edit)
        try:
            report = deidentify([folder / "in"], folder / "out", options)
        except InputError as error:  # a planted header may make the image one that is refused
            if error.code != "deidentify.nothing":
                raise
            return
        assert samples.left(folder / "out", SECRETS) == []
        assert not any(w in json.dumps(report.as_dict()) for w in SECRETS)


def test_images_that_were_anonymised_before_pass(tmp_path):
    def edit(d, k):
        d.PatientName, d.PatientID, d.InstitutionName = "REMOVED^Patient", "ANONYMOUS", "Unknown"
        d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]

    grid = factory.grid_like((1, 4, 4))
    factory.write_series(tmp_path / "in", factory.ramp(grid), grid, edit=edit)
    report = deidentify([tmp_path / "in"], tmp_path / "out")
    assert not any("name or an ID" in c.reason for c in report.files[0].changes)


def test_two_runs_with_one_key_lose_nothing(tmp_path: Path) -> None:
    """Each opens the key, works for minutes, and writes it: what the other one added stays."""
    first = Key.open(tmp_path / "key")
    first.write()
    one, two = Key.open(tmp_path / "key"), Key.open(tmp_path / "key")
    one.patients["P-1"], two.patients["P-2"] = {"name": "a"}, {"name": "b"}
    one.write()
    two.write()
    assert set(Key.open(tmp_path / "key").patients) == {"P-1", "P-2"}


def test_a_key_that_another_run_made_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    one, two = Key.open(tmp_path / "key"), Key.open(tmp_path / "key")
    one.write()
    with pytest.raises(InputError) as caught:
        two.write()
    assert caught.value.code == "deidentify.key"
    assert Key.open(tmp_path / "key").secret == one.secret
