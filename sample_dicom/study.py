"""Writes a sample study: a CT or MR series (DICOM PS3.3 A.3, A.4), uncompressed, and its truth.

Shared by all sample studies. UIDs follow from the pixels, so the same phantom gets the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from surgitwin.core.arrays import content_hash
from surgitwin.core.image import LabelMap, Volume

NOTICE = "SYNTHETIC - NOT FOR CLINICAL USE"
RESCALE_INTERCEPT = -1024
STORAGE = {"CT": CTImageStorage, "MR": MRImageStorage}


@dataclass(frozen=True)
class StudyHeader:
    """What the header says of a phantom. key: tells phantoms with equal pixels apart; technique: further
    attributes of the modality by keyword; window: centre and width."""

    key: str
    patient_name: str
    patient_id: str
    study: str
    series: str
    body_part: str
    model: str
    birth_date: str
    age: str
    weight_kg: float
    size_m: float
    time: str
    series_number: int
    window: tuple[int, int]
    protocol: str = ""
    technique: Mapping[str, Any] = field(default_factory=dict)


def contrast_ct(
    *, patient_name: str, patient_id: str, study: str, series: str, body_part: str, model: str,
    phase_percent: float | None = None,
) -> StudyHeader:  # fmt: skip
    """The header of a CT angiogram. phase_percent: of the RR interval (0020,9241), None without gating."""
    technique: dict[str, Any] = {
        "KVP": 100, "XRayTubeCurrent": 400, "ExposureTime": 280, "ConvolutionKernel": "Bv40",
        "ContrastBolusAgent": "Simulated iodinated contrast",
    }  # fmt: skip
    if phase_percent is not None:
        technique["NominalPercentageOfCardiacPhase"] = float(phase_percent)
    return StudyHeader(
        patient_id, patient_name, patient_id, study, series, body_part, model, "19430611", "080Y", 74.0, 1.72,
        "101500", 3, (250, 900), technique=technique,
    )  # fmt: skip


def _uid(*words: str) -> UID:
    """A UID under pydicom's root that depends on the words alone."""
    return generate_uid(entropy_srcs=["surgitwin sample", *words])


def _patient_and_study(ds: Dataset, header: StudyHeader, key: str) -> None:
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = header.patient_name
    ds.PatientID = header.patient_id
    ds.PatientBirthDate = header.birth_date
    ds.PatientSex = "M"
    ds.PatientAge = header.age
    ds.PatientWeight = header.weight_kg
    ds.PatientSize = header.size_m
    ds.PatientComments = NOTICE
    ds.StudyInstanceUID = _uid("study", key)
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20240117"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = header.time
    ds.StudyID = "1"
    ds.AccessionNumber = ""
    ds.ReferringPhysicianName = ""
    ds.StudyDescription = f"{NOTICE}: {header.study}"[:64]


def _series_and_equipment(ds: Dataset, header: StudyHeader, modality: str, key: str) -> None:
    ds.Modality = modality
    ds.SeriesInstanceUID = _uid("series", key)
    ds.FrameOfReferenceUID = _uid("frame", key)
    ds.PositionReferenceIndicator = ""
    ds.SeriesNumber = header.series_number
    ds.AcquisitionNumber = 1
    ds.SeriesDescription = f"{NOTICE}: {header.series}"[:64]
    ds.ProtocolName = (header.protocol or header.study)[:64]
    ds.ImageComments = NOTICE
    ds.Manufacturer = "SurgiTwin"
    ds.ManufacturerModelName = header.model
    ds.SoftwareVersions = "1"
    ds.BodyPartExamined = header.body_part
    ds.PatientPosition = "HFS"
    for keyword, value in header.technique.items():
        setattr(ds, keyword, value)


def _image(ds: Dataset, volume: Volume, header: StudyHeader, k: int) -> None:
    grid = volume.grid
    position = grid.index_to_lps((0, 0, k))
    ds.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    ds.DerivationDescription = NOTICE
    ds.InstanceNumber = k + 1
    ds.ImagePositionPatient = [f"{v:.6f}" for v in position]
    ds.ImageOrientationPatient = [f"{v:g}" for v in (*grid.direction[:, 0], *grid.direction[:, 1])]
    ds.SliceLocation = f"{position[2]:.6f}"
    ds.PixelSpacing = [f"{grid.spacing_mm[1]:.6f}", f"{grid.spacing_mm[0]:.6f}"]
    ds.SliceThickness = f"{grid.spacing_mm[2]:.6f}"
    ds.SpacingBetweenSlices = f"{grid.spacing_mm[2]:.6f}"
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = grid.shape[1], grid.shape[2]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    pixels = np.asarray(volume.array[k], np.int32)
    if volume.modality == "CT":
        pixels = pixels - RESCALE_INTERCEPT
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = str(RESCALE_INTERCEPT), "1", "HU"
    ds.WindowCenter, ds.WindowWidth = (str(v) for v in header.window)
    ds.PixelData = pixels.astype("<u2").tobytes()


def write_series(volume: Volume, header: StudyHeader, folder: Path) -> list[Path]:
    """Write `volume` into `folder`, which must exist; returns the files, first slice first.

    A CT in whole HU from -1024 to 3071, an MR in whole numbers from 0 to 4095.
    """
    key = f"{header.key} {content_hash(volume.array, volume.grid)}"
    storage = STORAGE[volume.modality]
    files = []
    for k in range(volume.grid.shape[0]):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = storage
        meta.MediaStorageSOPInstanceUID = _uid("instance", key, str(k))
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"slice_{k + 1:04d}.dcm"
        ds = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID = storage
        ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        _patient_and_study(ds, header, key)
        _series_and_equipment(ds, header, volume.modality, key)
        _image(ds, volume, header, k)
        ds.save_as(path, enforce_file_format=True)
        files.append(path)
    return files


def write_truth(labels: LabelMap, truth: Mapping[str, Any], folder: Path, stem: str = "truth") -> None:
    """<stem>.json and labels<what follows "truth" in the stem>.nrrd into `folder`, which must exist."""
    grid = labels.grid
    image = SimpleITK.GetImageFromArray(labels.array)
    image.SetOrigin(grid.origin_mm.tolist())
    image.SetSpacing(grid.spacing_mm.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    name = f"labels{stem.removeprefix('truth')}.nrrd"
    SimpleITK.WriteImage(image, str(folder / name), useCompression=True)
    text = json.dumps(truth, indent=1) + "\n"
    (folder / f"{stem}.json").write_text(text, encoding="utf-8")


def write_study(
    volume: Volume, labels: LabelMap, truth: Mapping[str, Any], header: StudyHeader, out: Path,
    *, series: str = "dicom", stem: str = "truth",
) -> None:  # fmt: skip
    """Series and truth below `out`; replaces a series made before."""
    for folder in (out / series, out / "truth"):
        folder.mkdir(parents=True, exist_ok=True)
    for old in (out / series).glob("slice_*.dcm"):
        old.unlink()
    write_series(volume, header, out / series)
    write_truth(labels, truth, out / "truth", stem)
