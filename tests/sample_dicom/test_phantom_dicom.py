"""The sample study as files: valid CT objects, repeatable to the byte, read back as built."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.uid import CTImageStorage

from femur_fracture.fracture_file import fracture_toml
from femur_fracture.make import BODY_WEIGHT_KG, header
from femur_fracture.parameters import FULL, coarse
from femur_fracture.phantom import Phantom
from phantoms import coarse_phantom
from study import write_series, write_truth

# Type 1 attributes of the CT Image IOD (DICOM PS3.3 A.3, C.8.2.1, C.7.6.2, C.12.1) that apply to this image.
REQUIRED = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "Modality",
    "ImageType",
    "PixelSpacing",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RescaleIntercept",
    "RescaleSlope",
    "PixelData",
)
# Type 2: must be there, may be empty. KVP is filled because density depends on it.
PRESENT = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
    "SeriesNumber",
    "Laterality",
    "PositionReferenceIndicator",
    "Manufacturer",
    "InstanceNumber",
    "SliceThickness",
    "KVP",
    "AcquisitionNumber",
    "PatientPosition",
)


@pytest.fixture(scope="module")
def made() -> Phantom:
    return coarse_phantom("left", 4.0)


@pytest.fixture(scope="module")
def files(made: Phantom, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_series(made.volume, header(coarse(voxel_mm=4.0).side), tmp_path_factory.mktemp("dicom"))


def test_every_slice_has_what_a_ct_image_needs(files: list[Path]) -> None:
    for path in files:
        ds = pydicom.dcmread(path)
        for keyword in REQUIRED:
            assert ds.get(keyword) not in (None, ""), keyword
        for keyword in PRESENT:
            assert keyword in ds, keyword
        assert ds.SOPClassUID == CTImageStorage == ds.file_meta.MediaStorageSOPClassUID
        assert ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID
        assert ds.PatientWeight == BODY_WEIGHT_KG
        for text in (ds.SeriesDescription, ds.StudyDescription, ds.ImageComments):
            assert "SYNTHETIC" in text
            assert "NOT FOR CLINICAL USE" in text


def test_uids_are_unique_where_they_must_be(files: list[Path]) -> None:
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in files]
    assert len({h.SOPInstanceUID for h in headers}) == len(files)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        assert len({h[keyword].value for h in headers}) == 1
    assert sorted(h.InstanceNumber for h in headers) == list(range(1, len(files) + 1))


def test_writing_twice_gives_the_same_bytes(made: Phantom, files: list[Path], tmp_path: Path) -> None:
    again = write_series(made.volume, header(coarse(voxel_mm=4.0).side), tmp_path)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in files]


def test_another_reader_sees_the_same_image(made: Phantom, files: list[Path]) -> None:
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(files[0].parent))
    image = SimpleITK.ReadImage(names)
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), made.volume.array)
    assert np.allclose(image.GetOrigin(), made.grid.origin_mm, atol=1e-4)
    assert np.allclose(image.GetSpacing(), made.grid.spacing_mm, atol=1e-4)
    assert np.allclose(np.reshape(image.GetDirection(), (3, 3)), made.grid.direction)


def test_truth_files_hold_the_truth(made: Phantom, tmp_path: Path) -> None:
    write_truth(made.labels, made.truth, tmp_path)
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")) == made.truth
    labels = SimpleITK.ReadImage(str(tmp_path / "labels.nrrd"))
    assert np.array_equal(SimpleITK.GetArrayFromImage(labels), made.labels.array)
    assert np.allclose(labels.GetOrigin(), made.grid.origin_mm)


def test_committed_fracture_fits_the_phantom(repo_root: Path, made: Phantom) -> None:
    text = (repo_root / "sample_dicom" / "femur_fracture" / "fracture.toml").read_text(encoding="utf-8")
    assert text == fracture_toml(FULL)
    fracture = tomllib.loads(text)["fracture"]
    assert set(fracture) == {"point_mm", "normal", "gap_mm", "healing", "virtual"}
    stages = tomllib.loads((repo_root / "resources/materials/callus.toml").read_text(encoding="utf-8"))[
        "stages"
    ]
    assert fracture["healing"] in stages
    axis = np.array(made.truth["shaft_axis"]["direction"])
    below = (np.array(made.truth["landmarks"]["lesser_trochanter"]) - fracture["point_mm"]) @ axis
    assert 60 < below < 80
    assert np.dot(fracture["normal"], axis) > 0.95
    index = np.rint(made.grid.lps_to_index(fracture["point_mm"])).astype(int)
    assert made.labels.array[tuple(index[::-1])] == made.labels.segment("femur_canal").label
